import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Executed } from "../support/execute";
import { changedLines, haMonitoring, makeDirectory, readFolder, settings, writeStack } from "./support";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true }));

const programs = join(__dirname, "programs");
const out = join(directory, "rendered");

/** Renders a program of a user with two settings of its own, both encrypted. */
function render(program: string): Executed {
  const folder = join(directory, "stack");
  mkdirSync(folder, { recursive: true });
  const secret = { secure: "v1:nobody:can read it" };
  const stack = join(folder, "Pulumi.prod.yaml");
  writeFileSync(stack, JSON.stringify({ config: { "own:sshPrivateKey": secret, "own:webhook": secret } }));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: own\nruntime: nodejs\n");
  return haMonitoring("render", "--program", program, "--stack", stack, "--out", out);
}

describe("ha-monitoring render --program", { timeout: 120_000 }, () => {
  it("gives the same bytes for this repository's program as the fast way does", () => {
    const stack = writeStack(directory, settings());
    const [fast, slow] = [join(directory, "fast"), join(directory, "slow")];
    expect(haMonitoring("render", "--stack", stack, "--out", fast).output).toMatch(/unchanged\nhosts: /);
    const run = haMonitoring("render", "--program", "index.ts", "--stack", stack, "--out", slow);
    expect(run.output).toMatch(
      /^\S+: \d+ written, 0 removed, 0 unchanged;\s+running index\.ts took \d+\.\d s\n/,
    );
    expect(readFolder(fast).size).toBeGreaterThan(100);
    expect(changedLines(readFolder(fast), readFolder(slow))).toEqual({});
  });

  it("renders a program that waits, is in several files, reads one beside it, and makes resources of its own", () => {
    expect(render(join(programs, "own"))).toMatchObject({ status: 0, stderr: "" });
    const files = readFolder(out);
    expect(files.get("monitor-1/etc/ha-monitoring/prometheus/rules/own.yml")).toBe("groups: []\n");
    expect(files.get("web/etc/ha-monitoring/wireguard/wg0.conf")).toContain("# monitor-2\n");
    expect(files.get("monitor-2/etc/ha-monitoring/wireguard/wg0.conf")).toContain(
      "Endpoint = <IPv4 address of web>:51820\n",
    );
    expect(files.get("monitor-1/etc/ha-monitoring/alertmanager/secrets/chat")).toBe("<secret>\n");
    expect(files.get("resources.yml")).toContain(
      "digitalocean:index/dnsRecord:DnsRecord web:\n  domain: example.com\n  type: A\n  value: <IPv4 address of web>\n",
    );
  });

  it("names everything that only a run with providers and a backend could answer", () => {
    expect(render(join(programs, "asking.ts"))).toMatchObject({
      status: 1,
      stdout: "",
      stderr: [
        "error: digitalocean:index/getSshKey:getSshKey asks a provider, which render does not; give the values in the configuration of the stack\n",
        "error: organization/network/prod is another stack, which render does not read; give the values in the configuration of the stack\n",
      ].join(""),
    });
  });

  it("reports every mistake with its resource: what is known at once, what is known later, and what nobody waits for", () => {
    expect(render(join(programs, "wrong.ts"))).toMatchObject({
      status: 1,
      stdout: "",
      stderr: [
        "error: ha-monitoring:index:HostFirewall early: confirmWithinSeconds: 1 is not allowed; use a whole number of seconds from 5 to 120\n",
        "error: nobody waits for this\n",
        "error: ha-monitoring:index:HostFirewall late: rules[0].port: 70000 is not a port; use 1 to 65535\n",
      ].join(""),
    });
  });

  it("says which program is not there", () => {
    const run = render(join(programs, "missing.ts"));
    expect(run.status).toBe(1);
    expect(run.stderr).toContain(join(programs, "missing.ts"));
  });
});
