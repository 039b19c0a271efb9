import { describe, expect, it } from "vitest";
import {
  renderAlertmanagerFlags,
  type AlertmanagerFlags,
} from "../../../templates/alertmanager/alertmanagerFlags";
import { expectGolden, expectGoldensOf } from "../../support/goldens";

const flags: AlertmanagerFlags = {
  name: "monitor-a",
  loopbackAddress: "127.0.1.1",
  peerAddresses: ["127.0.1.2"],
  clusterLabel: "project/stack/monitoring",
  retention: "120h",
  peerTimeout: "15s",
  logLevel: "info",
};
const cases: Record<string, AlertmanagerFlags> = {
  "two-peers": flags,
  "three-peers-with-external-url": {
    ...flags,
    loopbackAddress: "127.0.1.3",
    peerAddresses: ["127.0.1.1", "127.0.1.2"],
    externalUrl: "https://alerts.example.com/",
    logLevel: "debug",
  },
};
const goldenName = (name: string) => `alertmanagerFlags.${name}.txt`;

describe("the arguments of an Alertmanager", () => {
  it.each(Object.entries(cases))("%s: they are the golden's, one a line", (name, data) => {
    expectGolden(goldenName(name), `${renderAlertmanagerFlags(data).join("\n")}\n`);
  });

  it("has a case for each golden", () => {
    expectGoldensOf("alertmanagerFlags", Object.keys(cases).map(goldenName));
  });

  it("keep the API at / whatever the path of the external URL: gate, health check and Prometheus ask there", () => {
    const rendered = renderAlertmanagerFlags({ ...flags, externalUrl: "https://example.com/alerts/" });
    expect(rendered).toContain("--web.external-url=https://example.com/alerts/");
    expect(rendered).toContain("--web.route-prefix=/");
  });

  it("never publish anything beyond loopback", () => {
    const addresses = renderAlertmanagerFlags(flags).filter((flag) => flag.includes("-address="));
    expect(addresses).toHaveLength(3);
    for (const flag of addresses) expect(flag).toMatch(/=127\./);
  });
});
