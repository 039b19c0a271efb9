import { describe, expect, it } from "vitest";
import {
  certificatePaths,
  gatewayBundle,
  gatewayCertificatesBundle,
} from "../../../templates/gateway/gatewayBundles";
import { itRendersBundles } from "../../support/bundleChecks";

const privateKeyPath = "/etc/ha-monitoring/identity/peer.pem.key";
const pem = (label: string, content: string) =>
  `-----BEGIN ${label}-----\n${content}\n-----END ${label}-----\n`;
const paths = certificatePaths(privateKeyPath);

describe("the gateway's bundles", () => {
  itRendersBundles("gatewayBundles", {
    certificates: gatewayCertificatesBundle({
      certificatePem: pem("CERTIFICATE", "bW9uaXRvci1h"),
      trustBundlePem: pem("CERTIFICATE", "cm9vdA=="),
      privateKeyPath,
      user: "ha-monitoring-gateway",
    }),
    gateway: gatewayBundle({
      peers: [{ name: "monitor-b", address: "198.51.100.11", streamPort: 9094, datagramPort: 9095 }],
      bindAddresses: ["0.0.0.0", "::"],
      streamPort: 9094,
      datagramPort: 9095,
      apiPort: 9093,
      metricsPort: 8405,
      certificatePath: paths.certificate,
      trustBundlePath: paths.trustBundle,
      apiNames: ["monitor-a"],
      drainSeconds: 15,
    }),
  });

  it("put the certificate where HAProxy looks for its key: the same name without .key", () => {
    expect(paths).toEqual({
      certificate: "/etc/ha-monitoring/identity/peer.pem",
      trustBundle: "/etc/ha-monitoring/identity/trust-bundle.pem",
    });
  });
});
