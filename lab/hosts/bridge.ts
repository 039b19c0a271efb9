import { existsSync, readFileSync } from "node:fs";
import { run } from "./command";
import { administratorEnvironment, isRoot } from "./machine";

const userChain = "DOCKER-USER";

/**
 * Lets packets between hosts of one lab pass, whatever addresses they bear. Where Linux shows bridged packets to the firewall, Docker's
 * rules for internal networks drop those from or to addresses outside the network before they reach the lab's router. Packets that leave
 * the bridge are not concerned: Docker's rules go on dropping them.
 */
export async function passBridgedPackets(network: string, log: (line: string) => void): Promise<void> {
  for (const [program, setting] of filters) {
    if (!showsBridgedPackets(setting)) continue;
    if (!isRoot()) {
      log(
        `Only root may let packets for other networks pass to the router of the lab (${program}); it does not see them`,
      );
      continue;
    }
    const rule = bridgeRule(await bridgeName(network));
    if (!(await hasUserChain(program))) continue;
    const present = await firewall(program, ["--check", userChain, ...rule]);
    if (present.status !== 0) await firewall(program, ["--insert", userChain, ...rule], { mustWork: true });
  }
}

/** Takes back what `passBridgedPackets` did. */
export async function stopPassingBridgedPackets(network: string): Promise<void> {
  if (!isRoot()) return;
  const rule = bridgeRule(await bridgeName(network));
  for (const [program, setting] of filters)
    if (showsBridgedPackets(setting)) await firewall(program, ["--delete", userChain, ...rule]);
}

const filters = [
  ["iptables", "/proc/sys/net/bridge/bridge-nf-call-iptables"],
  ["ip6tables", "/proc/sys/net/bridge/bridge-nf-call-ip6tables"],
] as const;

function bridgeRule(bridge: string): string[] {
  return ["--in-interface", bridge, "--out-interface", bridge, "--jump", "ACCEPT"];
}

function showsBridgedPackets(setting: string): boolean {
  return existsSync(setting) && readFileSync(setting, "utf8").trim() === "1";
}

/** Older engines filter IPv4 only. */
async function hasUserChain(program: string): Promise<boolean> {
  return (await firewall(program, ["--list-rules", userChain])).status === 0;
}

function firewall(program: string, args: string[], { mustWork = false } = {}) {
  return run(program, ["--wait", ...args], {
    allowFailure: !mustWork,
    environment: administratorEnvironment,
  });
}

/** Docker names bridges after the network's id unless told otherwise. */
async function bridgeName(network: string): Promise<string> {
  const { stdout } = await run("docker", ["network", "inspect", "--format", "{{.Id}}", network]);
  return `br-${stdout.trim().slice(0, 12)}`;
}
