import { expect, it } from "vitest";
import type { MonitoringStackArgs, StackHostArgs } from "../../components/stack/args";
import { preflightOf } from "../../model/preflight";
import { resolve } from "../../model/stack";
import { stackArgs, targets } from "../support/monitors";

/** What a firewall of somebody else must let in, on the first monitor and on the first target. */
function open(changes: Partial<MonitoringStackArgs> = {}): string[][] {
  const { model, problems } = resolve(stackArgs(2, { targets: targets(1), ...changes }), "shop/prod");
  expect(problems).toEqual([]);
  return [model!.monitors[0]!, model!.targets[0]!].map((host) =>
    preflightOf(host, model!).open.map((each) => Object.values(each).join(" ").trim()),
  );
}

const ofMonitor = [
  ...["ip udp 51820", "ip6 tcp 9100 wg0", "ip tcp 9094", "ip tcp 9095"],
  ...["ip6 tcp 9093 wg0", "ip6 tcp 9090 wg0"],
];

it("is what the stack's rules let in on a host: of WireGuard on monitors, which targets call", () => {
  expect(open()).toEqual([ofMonitor, ["ip6 tcp 9100 wg0"]]);
});

it("is also of WireGuard on targets where they do not keep up the connection", () => {
  expect(open({ network: { keepaliveSeconds: 0 } })[1]).toEqual(["ip udp 51820", "ip6 tcp 9100 wg0"]);
});

it("has the family of the address at which the others reach the host, and nothing of the user's own rules", () => {
  const rule = { protocol: "tcp", port: 8080, sources: [], purpose: "own" };
  const [target] = targets(1).map((each) => ({ ...each, address: "2001:db8::7", inboundRules: [rule] }));
  expect(open({ targets: [target!], network: { keepaliveSeconds: 0 } })[1]).toEqual([
    "ip6 udp 51820",
    "ip6 tcp 9100 wg0",
  ]);
});

it("is nothing where the user takes the risk", () => {
  const trusting = targets(1).map((each) => ({ ...each, trustForeignFirewall: true }));
  expect(open({ targets: trusting })).toEqual([ofMonitor, []]);
});

it("has the port that the firewall leaves open for SSH, if it is known and there is a firewall", () => {
  const ssh = (changes: Partial<MonitoringStackArgs>) => {
    const { model } = resolve(stackArgs(2, { targets: targets(1), ...changes }), "shop/prod");
    return preflightOf(model!.targets[0]!, model!).sshPort;
  };
  const of = (change: object) => ({ targets: targets(1).map((each) => ({ ...each, ...change })) });
  const [{ connection }] = targets(1) as [StackHostArgs];
  expect(ssh({})).toBe(22);
  expect(ssh(of({ connection: { ...connection, port: 2222 } }))).toBe(2222);
  expect(ssh(of({ connection: { ...connection, port: 2222 }, sshPort: 22 }))).toBe(22);
  expect(ssh(of({ connection: { ...connection, port: Promise.resolve(2222) } }))).toBeUndefined();
  expect(ssh({ firewall: { enabled: false } })).toBeUndefined();
});

it("has the logins at once that sshd must take: more on a monitor", () => {
  const { model } = resolve(stackArgs(2, { targets: targets(1) }), "shop/prod");
  expect([...model!.monitors, ...model!.targets].map((host) => preflightOf(host, model!).sshLogins)).toEqual([
    4, 4, 2,
  ]);
});
