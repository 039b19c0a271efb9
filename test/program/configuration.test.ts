import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it } from "vitest";
import { MonitoringStack } from "../../components";
import { configuredStack } from "../../program/configuration";
import {
  alertmanagerDefaults,
  certificateDefaults,
  dropletDefaults,
  firewallDefaults,
  gatewayDefaults,
  overlayDefaults,
  prometheusDefaults,
  scrapingDefaults,
  stackFirewallDefaults,
} from "../../model/defaults";
import { settings } from "../../program/fields";
import { describedKeys, descriptionOf, stackFile } from "../support/configuration";
import { deploy } from "../support/deployment";
import { hostKey, privateKey } from "../support/monitors";

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
    return new MonitoringStack("monitoring", configuredStack(new pulumi.Config("project"), "monitoring"))
      .monitors;
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
          receivers: [{ name: "chat", slack_configs: [{ api_url: `https://chat.example.com/${token}` }] }],
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
      "project:gossip: it is a secret, but diffs and state would show its content; set it again without --secret",
    );
    expect(errors.join()).not.toContain(token);
    expect(resources).toEqual([]);
  });

  it("lists everything that is wrong at once, each with its key, before anything is registered", async () => {
    const { errors, resources } = await run({
      monitors: [
        { name: "Monitor A", address: "198.51.100.10", connection: { hostKey, usr: "root" } },
        { name: "monitor-b", region: "frankfurt" },
        { name: "monitor-c" },
      ],
      targets: [
        { name: "web", host: {}, region: "fra1", address: "198.51.100.20", droplet: { image: "centos" } },
      ],
      droplets: { sizes: "s-1vcpu-2gb", addressFamily: "ipv5" },
      gosip: {},
    });
    expect(resources).toEqual([]);
    expect(errors).toHaveLength(1);
    const lines = errors[0]!.split("\n");
    expect(lines[0]).toContain("the configuration cannot be used");
    expect(lines.slice(1).map((line) => line.replace(/ there are .*/, ""))).toEqual([
      expect.stringMatching(/^ {2}- project:monitors\[0\]\.connection\.usr: there is no such setting;/),
      expect.stringMatching(/^ {2}- project:targets\[0\]\.host: there is no such setting;/),
      expect.stringMatching(/^ {2}- project:droplets\.sizes: there is no such setting;/),
      expect.stringMatching(/^ {2}- project:gosip: there is no such setting;/),
      expect.stringMatching(/^ {2}- project:monitors\[0\]\.name: "Monitor A" is not a DNS label/),
      expect.stringMatching(/^ {2}- project:monitors\[1\]\.region: "frankfurt" is not the slug of a region/),
      expect.stringMatching(
        /^ {2}- project:targets\[0\]\.droplet\.image: "centos" is not allowed; use debian-13-x64/,
      ),
      expect.stringMatching(
        /^ {2}- project:droplets\.addressFamily: "ipv5" is not allowed; use ipv4 or ipv6/,
      ),
      expect.stringMatching(/^ {2}- project:monitors\[2\]: an address is needed, or a region/),
      expect.stringMatching(/^ {2}- project:targets\[0\]\.address: .*leave it out, or leave out region/),
      expect.stringMatching(/^ {2}- project:targets\[0\]\.region: nobody could log in/),
    ]);
  });

  it("takes one connection for all hosts, and knows the private key by its own key", async () => {
    const hosts = ["a", "b"].map((letter, index) => ({
      name: `monitor-${letter}`,
      address: `198.51.100.${10 + index}`,
      connection: { hostKey },
    }));
    const shared = await run({ monitors: hosts, connection: { user: "operator", port: 2222 } });
    expect(shared.errors).toEqual([]);
    const commands = shared.resources.filter(({ type }) => type === "command:remote:Command");
    expect(commands.length).toBeGreaterThan(0);
    for (const { inputs } of commands)
      expect(inputs["connection"]).toMatchObject({ user: "operator", port: 2222, privateKey });
    const wrong = await run({
      monitors: hosts,
      connection: { hostKey, privateKey: token },
    });
    expect(wrong.errors.join()).not.toContain(token);
    expect(wrong.errors[0]!.split("\n").slice(1)).toEqual([
      expect.stringMatching(/^ {2}- project:connection\.hostKey: there is no such setting;/),
      expect.stringMatching(/^ {2}- project:connection\.privateKey: there is no such setting;/),
    ]);
  });

  it("says of every key what form it must have, without showing what was given, and which are missing", async () => {
    const { errors, resources } = await run({
      monitors: "monitor-a",
      targets: { name: "web" },
      gossip: [token],
      scraping: { scrapeInterval: { every: token } },
      rules: { "own.yml": [token] },
      alerting: null,
    });
    expect(resources).toEqual([]);
    expect(errors.join()).not.toContain(token);
    expect(errors[0]!.split("\n").slice(1)).toEqual([
      "  - project:alerting: this is needed, and was not set",
      "  - project:monitors: a text was given; write a list",
      "  - project:targets: a section was given; write a list",
      "  - project:gossip: a list was given; write a section of settings by name",
      "  - project:scraping.scrapeInterval: a section was given; write a text, in quotes if it looks like a number or a flag",
      '  - project:rules["own.yml"]: a list was given; write a text, in quotes if it looks like a number or a flag',
    ]);
  });

  it.each(["false", "no", "off", "true", 0])("refuses %j for a flag", async (value) => {
    const connection = { acceptAnyHostKey: value };
    const { errors, resources } = await run({
      monitors: [
        { name: "monitor-a", address: "198.51.100.10", connection },
        { name: "monitor-b", address: "198.51.100.11", connection: { hostKey, acceptAnyHostKey: false } },
      ],
      droplets: { protected: value },
      firewall: { enabled: value },
      scraping: { nodeExporter: { install: value } },
      network: { keepaliveSeconds: "25" },
    });
    expect(resources).toEqual([]);
    const was = typeof value === "string" ? "a text" : "a number";
    const flag = `${was} was given; write true or false, without quotes`;
    expect(errors[0]!.split("\n").slice(1)).toEqual([
      `  - project:monitors[0].connection.acceptAnyHostKey: ${flag}`,
      `  - project:droplets.protected: ${flag}`,
      "  - project:network.keepaliveSeconds: a text was given; write a number, without quotes",
      `  - project:scraping.nodeExporter.install: ${flag}`,
      `  - project:firewall.enabled: ${flag}`,
    ]);
  });

  it.each(Object.entries(settings))("describes every setting of %s in Pulumi.yaml", (key, { field }) => {
    const description = descriptionOf(key);
    if (description === undefined) return expect(key).toBe("alertingSecretFiles");
    const section = field.item ?? field;
    const names = Object.keys(section.fields ?? {});
    // Targets have the settings of monitors but one, and their description says so.
    const missing =
      key === "targets" ? [] : names.filter((name) => !new RegExp(`\\b${name}\\b`).test(description));
    expect(missing).toEqual([]);
  });

  it.each<[string, object]>([
    ["alertmanager", alertmanagerDefaults],
    ["gossip", gatewayDefaults],
    ["network", overlayDefaults],
    ["scraping", scrapingDefaults],
    ["prometheus", prometheusDefaults],
    ["firewall", { ...stackFirewallDefaults, ...firewallDefaults }],
    ["certificates", certificateDefaults],
    ["droplets", dropletDefaults],
  ])("says the defaults of %s in Pulumi.yaml", (key, defaults) => {
    const said = [...(descriptionOf(key) ?? "").matchAll(/\b([a-zA-Z]+) \(([\w.-]+)\)/g)];
    const known = Object.entries(defaults).filter(([name]) => said.some(([, other]) => other === name));
    expect(known.length).toBeGreaterThan(0);
    const wrong = said.filter(
      ([, name = "", value]) =>
        Object.hasOwn(defaults, name) && value !== String((defaults as Record<string, unknown>)[name]),
    );
    expect(wrong.map(([text]) => text)).toEqual([]);
  });

  it("has a description in Pulumi.yaml for every key, and no other, but for files that have no default", () => {
    expect([...describedKeys(), "alertingSecretFiles"].sort()).toEqual(Object.keys(settings).sort());
  });

  it.each(["Pulumi.example-droplets.yaml", "Pulumi.example-hosts.yaml"])(
    "deploys what %s describes",
    async (file) => {
      const { errors, resources } = await run({
        ...stackFile(file),
        alertingSecretFiles: { chat: "https://chat.example.com/hook" },
      });
      expect(errors).toEqual([]);
      const droplets = resources.filter(({ type }) => type === "digitalocean:index/droplet:Droplet");
      const names = droplets.map(({ inputs }) => `${inputs["name"] as string} ${inputs["region"] as string}`);
      expect(names.sort()).toEqual(
        file.includes("droplets") ? ["monitor-ams ams3", "monitor-fra fra1", "web-nyc nyc3"] : [],
      );
    },
  );
});
