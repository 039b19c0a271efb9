import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { placeholderOf } from "../../cli/placeholders";
import type { Registered as Rendered } from "../../cli/runtime/resources";
import { readStackFile } from "../../cli/stackFile";
import { MonitoringStack } from "../../components";
import { configuredStack } from "../../program/configuration";
import { deploy, type Registered } from "../support/deployment";
import { hostKey } from "../support/monitors";
import { answerAsPrinted, requesterIn } from "../support/printedFacts";
import { makeDirectory, runSource, settings, writeStack, type Settings } from "./support";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(() => pulumi.runtime.setAllConfig({}, []));

const machine = (name: string, address: string, connection: object = {}) => ({
  ...{ name, address },
  connection: { hostKey, ...connection },
});

/** A stack that says something of everything. */
const everything: Settings = {
  sshPrivateKey: { secure: "v1:abc" },
  monitors: [
    { ...machine("one", "198.51.100.1"), number: 5, overlayAddress: "fd00:5::1", firewallMode: "deny" },
    { ...machine("two", "2001:db8::2", { user: "operator", port: 2222 }), sshPort: 22 },
    {
      ...machine("three", "three.example.com", {
        host: "203.0.113.3",
        bastion: { host: "203.0.113.9", hostKey },
      }),
      endpoint: "203.0.113.30",
      listenPort: 4444,
      inboundRules: [{ protocol: "tcp", port: 443, sources: ["192.0.2.0/24"], purpose: "a service" }],
    },
  ],
  targets: [
    {
      ...machine("web", "198.51.100.21"),
      labels: { role: "web" },
      exporters: [{ job: "app", port: 8080, path: "/m", scheme: "https", labels: { team: "a" } }],
    },
    {
      ...machine("quiet", "198.51.100.22"),
      nodeExporter: { install: false },
      exporters: [{ job: "app", port: 1 }],
    },
    {
      ...machine("tuned", "198.51.100.23"),
      nodeExporter: { port: 9200, flags: ["--collector.systemd"], timex: true },
    },
  ],
  alerting: {
    config: {
      route: { receiver: "chat", group_interval: "3m" },
      receivers: [
        { name: "chat", slack_configs: [{ api_url: { secure: "v1:def" } }, { api_url_file: "pager" }] },
      ],
    },
    templates: { "chat.tmpl": '{{ define "chat" }}text{{ end }}' },
  },
  alertingSecretFiles: { pager: { secure: "v1:ghi" } },
  alertmanager: {
    image: { name: "registry.example.com/alertmanager:1", pull: false },
    retention: "240h",
    peerTimeout: "25s",
  },
  gossip: {
    streamPort: 7094,
    bindAddresses: ["0.0.0.0"],
    gossipSources: ["198.51.100.0/24"],
    clusterLabel: "c",
  },
  network: { network: "fd00:5::/64", interfaceName: "mon0", keepaliveSeconds: 0, mtu: 1380 },
  scraping: {
    ...{ scrapeInterval: "30s", evaluationInterval: "20s", externalLabels: { site: "x" } },
    config: {
      remote_write: [{ url: "https://r.example.com", authorization: { credentials: { secure: "v1:j" } } }],
    },
  },
  prometheus: { port: 9999, retention: { time: "3d", sizeMegabytes: 512 }, logLevel: "debug" },
  rules: { "own.yml": "groups: []\n" },
  ruleGroups: [{ name: "g", rules: [{ alert: "Down", expr: "up == 0" }] }],
  firewall: { mode: "guard", confirmWithinSeconds: 20 },
  software: { prometheus: { source: "apt" }, nodeExporter: { version: "1.6.1", sha256: "a".repeat(64) } },
  certificates: { curve: "P256", lifetimeHours: 100, earlyRenewalHours: 10 },
};

// What a resource is, in the words of both.
interface Described {
  resource: string;
  inputs: Record<string, unknown>;
  secrets: string[];
}

/** What the program registers with Pulumi's own SDK, each resource answered as render answers it. */
async function withPulumi(stackFile: string): Promise<Described[]> {
  const { config, secretKeys } = readStackFile(stackFile);
  const { resources, errors } = await deploy(
    () => {
      pulumi.runtime.setAllConfig(config, secretKeys);
      return new MonitoringStack("monitoring", configuredStack(new pulumi.Config("project"), "monitoring"))
        .monitors;
    },
    { answer: ({ type, name, inputs }) => answerAsPrinted({ type, name, inputs, secrets: [] }) },
  );
  expect(errors).toEqual([]);
  return described(resources.filter(({ custom }) => custom));
}

/** What it registers when it is rendered. */
function rendered(stackFile: string): Described[] {
  const run = runSource("test/support/dumpRegistrations.ts", stackFile);
  expect(run.stderr).toBe("");
  const { resources, errors } = JSON.parse(run.stdout) as { resources: Rendered[]; errors: string[] };
  expect(errors).toEqual([]);
  return described(resources);
}

function described(resources: Pick<Registered, "type" | "name" | "inputs" | "secrets">[]): Described[] {
  return (
    resources
      // Render makes no provider for Docker: it would write keys for ssh.
      .filter(({ type }) => type !== "pulumi:providers:docker")
      .map(({ type, name, inputs, secrets }) => ({
        resource: `${type} ${name}`,
        inputs: withMockIds(withoutRequest(inputs), resources),
        // Parts of a secret are secret, too.
        secrets: [...new Set(secrets.map((path) => path.split(".")[0] as string))].sort(),
      }))
      .sort((left, right) => (left.resource < right.resource ? -1 : 1))
  );
}

/** The inputs with the common name in the place of a request: what is rendered has a placeholder, Pulumi a request that is verified. */
function withoutRequest(inputs: Record<string, unknown>): Record<string, unknown> {
  const { certRequestPem } = inputs;
  return typeof certRequestPem === "string"
    ? { ...inputs, certRequestPem: requesterIn(certRequestPem) }
    : inputs;
}

/** The inputs with every id as Pulumi's mocks make them. */
function withMockIds(
  inputs: Record<string, unknown>,
  resources: { name: string }[],
): Record<string, unknown> {
  let text = JSON.stringify(inputs);
  for (const { name } of resources)
    text = text.replaceAll(placeholderOf("id", `id of ${name}`), `${name}-id`);
  return JSON.parse(text) as Record<string, unknown>;
}

describe("what is rendered is what Pulumi would be told", { timeout: 120_000 }, () => {
  it.each([
    ["a small stack", settings()],
    ["a stack that says something of everything", everything],
    [
      "a stack whose alerting is text",
      settings({
        alerting: { configYaml: "route: {receiver: a}\nreceivers: [{name: a}]\n" },
        alertmanager: { image: { alertmanagerImage: "prom/alertmanager:v1" } },
        firewall: { enabled: false },
      }),
    ],
  ])("of %s: every resource, every input, and what of it is secret", async (name, stack) => {
    const scene = join(directory, name.replaceAll(" ", "-"));
    mkdirSync(scene);
    const stackFile = writeStack(scene, stack, "stack", "project");
    const expected = await withPulumi(stackFile);
    expect(expected.length).toBeGreaterThan(50);
    expect(rendered(stackFile)).toEqual(expected);
  });
});
