import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FirewallMode,
  MonitoringStack,
  type MonitoringStackArgs,
  type StackHostArgs,
} from "../../../components";
import { deploy, type Deployment } from "../../support/deployment";
import { monitors, stackArgs, targets } from "../../support/monitors";
import { verdictOf } from "../../support/nftablesReader";

/** Where something listens: `address port`, but for loopback. */
interface Listener {
  protocol: "tcp" | "udp";
  address: string;
  port: number;
}

/** All bundles of a machine as one text, its files' contents without their marks. */
function machineText({ resources }: Deployment, name: string): string {
  return resources
    .map(({ inputs }) => String(inputs.stdin))
    .filter((text) => text.includes(` on ${name} for `))
    .join("\n")
    .replaceAll(/^\|/gm, "");
}

/** Everything in the bundles of a machine that will listen beyond its loopback. */
function listenersOf(text: string): Listener[] {
  const patterns: [RegExp, Listener["protocol"]][] = [
    [/^ +bind (\S+):(\d+)( |$)/gm, "tcp"],
    [/^ListenStream=(\S+):(\d+)$/gm, "tcp"],
    [/--web\.listen-address=(\S+):(\d+)/g, "tcp"],
    [/^ListenPort = ()(\d+)$/gm, "udp"],
  ];
  return patterns
    .flatMap(([pattern, protocol]) =>
      [...text.matchAll(pattern)].map(([, address = "", port]) => ({
        protocol,
        address,
        port: Number(port),
      })),
    )
    .filter(({ address }) => !address.startsWith("127."));
}

const rulesetOf = (text: string) => /^table inet ha_monitoring \{[^]*?^\}$/m.exec(text)?.[0] ?? "";
const openPorts = (ruleset: string) =>
  [...ruleset.matchAll(/(tcp|udp) dport (\d+) accept comment "(?!SSH|DHCP)/g)].map(
    ([, protocol, port]) => `${protocol} ${port}`,
  );
const unique = (values: string[]) => [...new Set(values)].sort();

const port = (from: number) => fc.integer({ min: from, max: from + 99 });
/** Stacks of all sizes and ports; the ranges of ports do not meet. */
const stacks = fc
  .record({
    counts: fc.record({ monitors: fc.integer({ min: 2, max: 4 }), targets: fc.integer({ min: 0, max: 3 }) }),
    gossip: fc.record({
      streamPort: port(7000),
      datagramPort: port(7100),
      apiPort: port(7200),
      metricsPort: port(7300),
    }),
    prometheus: fc.record({ port: port(7400) }),
    nodeExporter: fc.record({ port: port(7500) }),
    exporters: fc.constantFrom([], [{ job: "web", port: 7600 }]),
    network: fc.record({ interfaceName: fc.constantFrom("wg0", "wg7"), listenPort: port(7700) }),
    mode: fc.constantFrom(...Object.values(FirewallMode)),
    client: fc.constantFrom(undefined, false, true),
  })
  .map(({ counts, nodeExporter, exporters, mode, client, ...rest }): MonitoringStackArgs => {
    const host = <T extends StackHostArgs>(each: T) => ({ ...each, exporters });
    return stackArgs(counts.monitors, {
      ...rest,
      monitors: monitors(counts.monitors).map(host),
      targets: targets(counts.targets).map((each, index) => ({
        ...host(each),
        client: index === 0 ? client : undefined,
      })),
      scraping: { nodeExporter },
      firewall: { mode },
    });
  });

describe("what listens on the machines of a stack", () => {
  it("has a rule, and no rule is without a listener; on the overlay only monitors come in, clients to the two APIs, and elsewhere nobody", async () => {
    await fc.assert(
      fc.asyncProperty(stacks, async (args) => {
        const deployment = await deploy(() => {
          const stack = new MonitoringStack("monitoring", args);
          return { monitors: stack.monitors, targets: stack.targets };
        });
        expect(deployment.errors).toEqual([]);
        const { monitors: some, targets: others } = deployment.value as Record<
          "monitors" | "targets",
          { name: string; overlayAddress: string }[]
        >;
        const machines = [...some, ...others];
        // No two machines have the same address on the overlay.
        expect(new Set(machines.map(({ overlayAddress }) => overlayAddress)).size).toBe(machines.length);

        const networkInterface = args.network?.interfaceName ?? "wg0";
        for (const { name, overlayAddress } of machines) {
          const text = machineText(deployment, name);
          const ruleset = rulesetOf(text);
          const listeners = listenersOf(text);
          const isMonitor = some.some((each) => each.name === name);
          expect(listeners.length).toBeGreaterThanOrEqual(isMonitor ? 8 : 2);
          const own = (args.monitors[0]?.exporters ?? []).map((exporter) => `tcp ${exporter.port}`);
          expect(unique(openPorts(ruleset)), name).toEqual(
            unique([...listeners.map(({ protocol, port: number }) => `${protocol} ${number}`), ...own]),
          );
          for (const { protocol, address, port: destination } of listeners) {
            const from = (source: string, on: string) =>
              verdictOf(ruleset, { networkInterface: on, source, protocol, destination });
            const isOnOverlay = address.includes(overlayAddress);
            const stranger = "2001:db8::99";
            expect(from(stranger, "eth0"), `${name} ${address} ${destination}`).toBe(
              isOnOverlay ? "drop" : "accept",
            );
            for (const other of machines.filter((each) => each.name !== name)) {
              const isApi = isMonitor && [args.gossip?.apiPort, args.prometheus?.port].includes(destination);
              const isClient = args.targets?.some((each) => each.client && each.name === other.name) ?? false;
              const mayCome = !isOnOverlay || some.includes(other) || (isApi && isClient);
              expect(
                from(other.overlayAddress, networkInterface),
                `${other.name} to ${name} ${destination}`,
              ).toBe(mayCome ? "accept" : "drop");
            }
          }
        }
      }),
      { numRuns: 6 },
    );
  }, 180_000);
});
