import * as pulumi from "@pulumi/pulumi";
import { DropletHost, HostFirewall, MonitoringStack, SshHost } from "ha-monitoring";
import { mocks, valueOf } from "ha-monitoring/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alerting, hostKey, privateKey, stackArgs, targets } from "../support/monitors";

/** Errors of promises that nothing waits for, which make a user's test run fail. */
const rejections: string[] = [];
const report = (error: unknown) => void rejections.push(String(error));
let others: NodeJS.UnhandledRejectionListener[] = [];

beforeEach(() => {
  rejections.length = 0;
  others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", report);
});
afterEach(async () => {
  // Or what is left of one test would ask the mocks of the next one.
  await settled();
  process.removeAllListeners("unhandledRejection");
  for (const listener of others) process.on("unhandledRejection", listener);
});

/** Waits until every resource is registered and rejections are announced. */
async function settled(): Promise<void> {
  await pulumi.runtime.disconnect();
  await new Promise((resolve) => setTimeout(resolve, 1));
  await pulumi.runtime.disconnect();
}

/** Mocks as Pulumi's guide to unit tests has them: inputs are outputs. */
class OrdinaryMocks implements pulumi.runtime.Mocks {
  readonly #made: string[] = [];
  constructor(private readonly answers: Record<string, unknown> = {}) {}

  newResource = ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
    this.#made.push(`${type} ${name}`);
    return { id: `${name}_id`, state: { ...(inputs as object), ...this.answers } };
  };

  call({ inputs }: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    return { ...(inputs as object), made: this.#made.length };
  }

  get made(): string[] {
    return this.#made;
  }
}

const droplet = (name: string) => ({ name, region: "fra1", connection: { privateKey } });
const stacks = {
  "two droplets": () =>
    new MonitoringStack("monitoring", {
      monitors: [droplet("monitor-a"), droplet("monitor-b")],
      droplets: { sshKeys: ["aa:bb"] },
      alerting,
    }),
  "existing hosts": () => new MonitoringStack("monitoring", stackArgs(2, { targets: targets(1) })),
};
type Kind = keyof typeof stacks;
const kinds = Object.keys(stacks) as Kind[];

describe.each([
  ["the mocks of ha-monitoring/testing", () => mocks()],
  ["ordinary mocks", () => new OrdinaryMocks()],
  // As those have them who set what their own commands print.
  ["mocks that answer every command with nothing", () => new OrdinaryMocks({ stdout: "", stderr: "" })],
])("under %s", (_, make) => {
  it.each(kinds)("a stack on %s has all its outputs, and nothing is rejected", async (kind) => {
    await pulumi.runtime.setMocks(make());
    const stack = stacks[kind]();
    const monitors = await valueOf(stack.monitors);
    const listed = await valueOf(stack.targets);
    expect(monitors.map(({ name }) => name)).toEqual(["monitor-a", "monitor-b"]);
    expect(new Set(monitors.map(({ address }) => address)).size).toBe(2);
    for (const { address, overlayAddress, tunnel } of monitors) {
      expect(address).toMatch(/^198\.(18|19|51)\.\d+\.\d+$/);
      expect(overlayAddress).toMatch(/^fd/);
      expect(tunnel).toContain(`root@${address}`);
    }
    expect(listed.map(({ name }) => name)).toEqual(kind === "existing hosts" ? ["target-a"] : []);
    expect(await valueOf(stack.trustBundle)).toBe("certificate monitoring-ca-root\n");
    await settled();
    expect(rejections).toEqual([]);
  });

  it("the id of a droplet is a number", async () => {
    await pulumi.runtime.setMocks(make());
    const host = new DropletHost("web", { region: "fra1", sshKeys: ["aa:bb"], privateKey });
    expect(await valueOf(host.dropletId)).toBeGreaterThan(0);
  });
});

describe("mocks of a user's own", () => {
  it("keep what they answer, are called as before, and see every resource once", async () => {
    const own = new OrdinaryMocks({ ipv4Address: "203.0.113.7", certPem: "own\n" });
    await pulumi.runtime.setMocks(own);
    const stack = stacks["two droplets"]();
    expect((await valueOf(stack.monitors)).map(({ address }) => address)).toEqual([
      "203.0.113.7",
      "203.0.113.7",
    ]);
    expect(await valueOf(stack.trustBundle)).toBe("own\n");
    const called: unknown = await pulumi.runtime.invoke("some:index:function", { given: true });
    expect(called).toMatchObject({ given: true, made: own.made.length });
    await settled();
    expect(own.made.length).toBe(new Set(own.made).size);
  });

  it("can be given to ours, and then see the inputs of all resources", async () => {
    const rules: unknown[] = [];
    await pulumi.runtime.setMocks(
      mocks({
        newResource: ({ name, inputs }) => {
          rules.push((inputs as { stdin?: unknown }).stdin);
          return { id: name, state: inputs as object };
        },
      }),
    );
    const host = new SshHost("web", { address: "198.51.100.21", connection: { privateKey, hostKey } });
    const rule = { protocol: "tcp", port: 8080, sources: [], purpose: "an application" };
    const firewall = new HostFirewall("web", { host, rules: [rule] });
    expect(await valueOf(firewall.urn)).toContain("web");
    await settled();
    expect(rules.filter((stdin) => String(stdin).includes("tcp dport 8080"))).toHaveLength(1);
    expect(rejections).toEqual([]);
  });

  it("leave what only a host knows unknown in a preview", async () => {
    await pulumi.runtime.setMocks(mocks(), "project", "stack", true);
    const host = new DropletHost("web", { region: "fra1", sshKeys: ["aa:bb"], privateKey });
    expect(await valueOf(host.address)).toBeUndefined();
    expect(await valueOf(host.name)).toBe("web");
    await settled();
    expect(rejections).toEqual([]);
  });

  it("still see what a component refuses", async () => {
    await pulumi.runtime.setMocks(mocks());
    expect(() => new SshHost("web", { address: "no address", connection: { privateKey } })).toThrow(
      /address/,
    );
  });
});
