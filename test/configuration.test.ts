import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it } from "vitest";
import { MonitoringStack } from "../components";
import { configuredStack } from "../configuration";
import { deploy } from "./support/deployment";
import { hostKey, privateKey } from "./support/monitors";

const token = "a token that nobody may see";

/** Runs the program with this configuration; of the settings, these were set with --secret. */
function run(settings: Record<string, unknown>, secret: string[] = []) {
  const machine = (name: string, address: string) => ({ name, address, connection: { hostKey } });
  const values = {
    sshPrivateKey: privateKey,
    monitors: [machine("monitor-a", "198.51.100.10"), machine("monitor-b", "198.51.100.11")],
    alerting: { config: { route: { receiver: "chat" }, receivers: [{ name: "chat" }] } },
    ...settings,
  };
  const config = Object.entries(values).map(([key, value]) => [
    `project:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const secretKeys = ["sshPrivateKey", ...secret].map((key) => `project:${key}`);
  return deploy(() => {
    pulumi.runtime.setAllConfig(Object.fromEntries(config) as Record<string, string>, secretKeys);
    return new MonitoringStack("monitoring", configuredStack(new pulumi.Config("project"))).monitors;
  });
}

/** Bundles of the first monitor that hold the token, and whether their text is secret. */
const holders = ({ resources }: Awaited<ReturnType<typeof run>>) =>
  resources
    .filter(({ name, inputs }) => name.includes("monitor-a") && JSON.stringify(inputs).includes(token))
    .map(({ name, secrets }) => [name, secrets.includes("stdin")]);

describe("the stack that pulumi config describes", () => {
  afterEach(() => pulumi.runtime.setAllConfig({}, []));

  it.each([
    [
      "alerting",
      {
        config: {
          route: { receiver: "chat" },
          receivers: [{ name: "chat", slack_configs: [{ api_url: token }] }],
        },
      },
      "alertmanager-config",
    ],
    [
      "scraping",
      {
        config: {
          remote_write: [{ url: "https://samples.example.com", authorization: { credentials: token } }],
        },
      },
      "prometheus-server",
    ],
    ["rules", { "own.yml": `groups: [] # ${token}\n` }, "prometheus-server"],
  ])("keeps %s secret that was set as one: %#", async (key, value, bundle) => {
    const secret = await run({ [key]: value }, [key]);
    expect(secret.errors).toEqual([]);
    expect(holders(secret)).toEqual([[`monitoring-monitor-a-${bundle}`, true]]);
    expect(holders(await run({ [key]: value }))).toEqual([[`monitoring-monitor-a-${bundle}`, false]]);
  });

  it("keeps contents of secret files secret, however they were set, and knows their names at once", async () => {
    const alerting = {
      config: {
        route: { receiver: "chat" },
        receivers: [{ name: "chat", slack_configs: [{ api_url_file: "chat" }] }],
      },
    };
    for (const secret of [[], ["alertingSecretFiles"]]) {
      const deployment = await run({ alerting, alertingSecretFiles: { chat: token } }, secret);
      expect(deployment.errors).toEqual([]);
      expect(holders(deployment)).toEqual([["monitoring-monitor-a-alertmanager-secrets", true]]);
    }
    const misnamed = await run({ alerting, alertingSecretFiles: { pager: token } }, ["alertingSecretFiles"]);
    expect(misnamed.errors.join()).toContain("pager");
    expect(misnamed.errors.join()).not.toContain(token);
    expect(misnamed.resources.filter(({ custom }) => custom)).toEqual([]);
  });

  it("refuses a secret where it would be shown", async () => {
    const { errors, resources } = await run({ gossip: { clusterLabel: token } }, ["gossip"]);
    expect(errors.join()).toContain(
      "project:gossip is a secret, but what is in it is shown in diffs and state; set it again without --secret",
    );
    expect(errors.join()).not.toContain(token);
    expect(resources).toEqual([]);
  });
});
