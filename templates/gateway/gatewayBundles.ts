import { gatewayLayout as layout } from "./gatewayLayout";
import { renderGatewayService } from "./gatewayService";
import { renderHaproxyCfg, type HaproxyCfg } from "./haproxyCfg";
import { checkStaged, checkUnits } from "../host/bundleChecks";
import type { HostBundle } from "../host/hostBundle";

type Bundle = Omit<HostBundle, "name" | "host">;

/** Where a certificate and the trust bundle lie, given the path of the private key. */
export function certificatePaths(privateKeyPath: string): { certificate: string; trustBundle: string } {
  // HAProxy finds the key of a certificate beside it, under its name with .key.
  const certificate = privateKeyPath.replace(/\.key$/, "");
  return { certificate, trustBundle: certificate.replace(/[^/]+$/, "trust-bundle.pem") };
}

/** The gateway's certificates: volatile text in a bundle of its own, so that a renewal leaves other diffs readable. */
export function gatewayCertificatesBundle(certificate: {
  certificatePem: string;
  trustBundlePem: string;
  privateKeyPath: string;
  user: string;
}): Bundle {
  const paths = certificatePaths(certificate.privateKeyPath);
  const file = { mode: "0640", owner: `root:${certificate.user}` };
  return {
    commands: [{ name: "openssl", packages: ["openssl"] }],
    files: [
      { ...file, path: paths.certificate, content: certificate.certificatePem },
      { ...file, path: paths.trustBundle, content: certificate.trustBundlePem },
    ],
    checks: [
      `openssl verify -no_check_time -CAfile "$(staged ${paths.trustBundle})" "$(staged ${paths.certificate})"`,
    ],
    // The first certificate comes before the unit; a renewed one is read by a reload.
    onChange: [`! systemctl --quiet is-active ${layout.unit} || systemctl reload ${layout.unit}`],
  };
}

/** The gateway itself: HAProxy, its configuration and its unit. */
export function gatewayBundle(cfg: HaproxyCfg): Bundle {
  const { user, unit, configFile, unitFile } = layout;
  const owned = { mode: "0750", owner: `${user}:${user}`, state: true };
  return {
    commands: [
      { name: "haproxy", packages: ["haproxy"] },
      { name: "curl", packages: ["curl"] },
    ],
    users: [user],
    directories: [
      { path: "/etc/ha-monitoring", mode: "0755", owner: "root:root" },
      { path: layout.directory, mode: "0750", owner: `root:${user}` },
      { path: layout.runtimeDirectory, ...owned },
      { path: layout.socketDirectory, ...owned },
    ],
    files: [
      // Not secret in its guarded directory: errors may quote it, which say for example what port is taken.
      { path: configFile, mode: "0644", owner: "root:root", content: renderHaproxyCfg(cfg) },
      { path: unitFile, mode: "0644", owner: "root:root", content: renderGatewayService() },
    ],
    checks: [checkStaged("haproxy", ["-c", "-f", { file: configFile }]), checkUnits([unitFile])],
    services: [{ unit, restartOn: [unitFile], reloadOn: [configFile] }],
    probes: [
      {
        within: 20,
        run: `curl --silent --fail --max-time 2 --output /dev/null http://127.0.0.1:${cfg.metricsPort}/metrics`,
      },
    ],
  };
}
