import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { resolveConfiguration } from "../support/programConfiguration";
import { deploy, type Deployment } from "../support/deployment";
import { hostKey, privateKey } from "../support/monitors";

const root = join(__dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const names = ({ resources }: Deployment) => resources.map(({ name }) => name);
/** Examples in TypeScript that this file deploys. Others have tests of their own. */
const settings: Record<string, Record<string, unknown>> = {
  minimal: { hostKeyA: hostKey, hostKeyB: hostKey, hostKeyWeb1: hostKey },
  "existing-hosts": {
    monitors: machines("monitor-a", "monitor-b"),
    targets: machines("web-1"),
    bastion: { host: "203.0.113.1", user: "jump", hostKey },
    sshPort: 2222,
    webhook: "https://alerts.example.com/hook",
  },
  "three-monitors": {
    monitors: machines("monitor-a", "monitor-b", "monitor-c").map((each, index) => ({
      ...each,
      number: 2 * index + 1,
    })),
    targets: machines("web-1", "web-2"),
    pagerToken: "token of the pager",
  },
  "gateway-alone": {
    host: machines("monitor-a")[0],
    peers: [{ name: "monitor-b", address: "198.51.100.11", loopbackAddress: "127.0.1.2" }],
    certificatePem: "a certificate\n",
    trustBundlePem: "a root\n",
  },
  "scrape-target-alone": { prometheus: machines("prometheus")[0], target: machines("web-1")[0] },
};

function machines(...all: string[]) {
  // Each its own address: targets in another network than monitors, and single machines in either.
  const network = (name: string) => (name.startsWith("web") ? "203.0.113" : "198.51.100");
  return all.map((name, index) => ({ name, address: `${network(name)}.${10 + index}`, hostKey }));
}

/** Deploys an example with the defaults that its Pulumi.yaml has. */
async function deployExample(example: string): Promise<Deployment> {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const given = Object.entries({ sshPrivateKey: privateKey, ...settings[example] });
  const { values, secretKeys } = resolveConfiguration(
    join(root, "examples", example, "index.ts"),
    example,
    Object.fromEntries(given.map(([key, value]) => [key, text(value)])),
    [],
  );
  const own = (key: string) => key.replace(/^[^:]+/, pulumi.getProject());
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(values).map(([key, value]) => [own(key), value])),
    secretKeys.map(own),
  );
  return deploy(() => import(`../../examples/${example}/index.ts`));
}

describe("an example", () => {
  it("minimal: deploys two monitors and a target, and is the program of the README", async () => {
    const deployment = await deployExample("minimal");
    expect(deployment.errors).toEqual([]);
    expect(names(deployment)).toEqual(
      expect.arrayContaining([
        "monitoring-monitor-a-cluster",
        "monitoring-monitor-b-cluster",
        "monitoring-web-1-target-node-exporter",
      ]),
    );
    const withoutLayout = (text: string) => text.replaceAll(/\s+|,(?=\s*[\]})])/g, "");
    const [, shown = "nothing"] = /```ts\n([\s\S]*?)```/.exec(read("README.md")) ?? [];
    expect(withoutLayout(read("examples/minimal/index.ts"))).toContain(withoutLayout(shown));
  });

  it("existing-hosts: reaches every machine through the bastion, as a user with sudo, at its own port", async () => {
    const deployment = await deployExample("existing-hosts");
    expect(deployment.errors).toEqual([]);
    const commands = deployment.resources.filter(({ type }) => type === "command:remote:Command");
    expect(commands.length).toBeGreaterThan(20);
    for (const { inputs } of commands) {
      expect(inputs.connection).toMatchObject({ user: "operator", port: 2222, hostKey });
      expect(inputs.connection).toMatchObject({ proxy: { host: "203.0.113.1", user: "jump" } });
    }
  });

  it("three-monitors: gives every monitor the loopback address of its number, and the secret to a file", async () => {
    const deployment = await deployExample("three-monitors");
    expect(deployment.errors).toEqual([]);
    const haproxy = String(deployment.resource("monitoring-monitor-a-gateway-haproxy").inputs.stdin);
    expect(haproxy).toMatch(/outbound-stream-monitor-b[^]*outbound-stream-monitor-c/);
    const stdins = deployment.resources.map(({ inputs, name }) => ({ name, stdin: String(inputs.stdin) }));
    const holders = stdins.filter(({ stdin }) => stdin.includes("token of the pager"));
    expect(holders.map(({ name }) => name)).toHaveLength(3);
    expect(stdins.filter(({ stdin }) => stdin.includes("127.0.1.5"))).not.toEqual([]);
  });

  it("gateway-alone: deploys a gateway and nothing of an Alertmanager or an authority", async () => {
    const deployment = await deployExample("gateway-alone");
    expect(deployment.errors).toEqual([]);
    expect(names(deployment)).toEqual(
      expect.arrayContaining(["monitor-a-prepare", "gateway-certificates", "gateway-haproxy"]),
    );
    expect(names(deployment).filter((name) => /alertmanager|ca-root/.test(name))).toEqual([]);
  });

  it("scrape-target-alone: says what to put into a file of file_sd_configs", async () => {
    const deployment = await deployExample("scrape-target-alone");
    expect(deployment.errors).toEqual([]);
    expect(names(deployment).filter((name) => /prometheus-software|alertmanager/.test(name))).toEqual([]);
    const { fileSd } = deployment.value as { fileSd: string };
    expect(JSON.parse(fileSd)).toEqual([
      {
        targets: [expect.stringMatching(/^\[fd[0-9a-f:]+\]:9100$/)],
        labels: { instance: "web-1", job: "node" },
      },
    ]);
  });
});

describe("every example in TypeScript", () => {
  const manifest = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;

  it("is deployed here", () => {
    const all = readdirSync(join(root, "examples")).filter((name) =>
      existsSync(join(root, "examples", name, "index.ts")),
    );
    // The droplets' example is tested with what it needs, a DigitalOcean.
    expect(all.filter((name) => name !== "droplets")).toEqual(Object.keys(settings).sort());
  });

  it.each(Object.keys(settings))("%s: is a project whose every key is declared, and read", (example) => {
    const { name, config } = parse(read(`examples/${example}/Pulumi.yaml`)) as {
      name: string;
      config: Record<string, { description: string }>;
    };
    expect(name).toBe(example);
    const program = read(`examples/${example}/index.ts`);
    const reading = /(?:\.(?:get|require)\w*(?:<.*>)?|machines?|machine)\("(\w+)"\)/g;
    const keys = [...program.matchAll(reading)].map(([, key]) => `${name}:${key}`);
    expect([...new Set(keys)].sort()).toEqual(Object.keys(config).sort());
    for (const { description } of Object.values(config)) expect(description).toMatch(/\.$/);
  });

  it.each(Object.keys(settings))("%s: wants the versions that the package is made with", (example) => {
    const { dependencies, devDependencies } = JSON.parse(read(`examples/${example}/package.json`)) as {
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
    };
    expect(dependencies).toEqual({
      "@pulumi/pulumi": manifest.dependencies?.["@pulumi/pulumi"],
      "ha-monitoring": manifest.version,
    });
    for (const [name, version] of Object.entries(devDependencies))
      expect(version).toBe(manifest.devDependencies?.[name]);
  });
});
