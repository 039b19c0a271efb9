import Table from "cli-table3";
import type { Result } from "../engine/events";
import type { LabHost } from "../hosts/inventory";
import type { Lab } from "../hosts/lab";
import { pulumiInstallation } from "../engine/cli";
import { buildReleaseArchives } from "../releases/archives";
import { defaultReleases } from "../releases/recipes";
import { describeVersions } from "../versions";
import { gossipPorts } from "../stack";
import { deployed, prepareStack, type LabStack } from "./deploy";
import { Progress } from "./progress";
import { proveDelivery, proveGossip } from "./proofs";
import { demoStack } from "./settings";
import { showEvents } from "./steps";

/**
 * Boots the lab, deploys the unmodified program onto it, and shows that it does what it promises.
 *
 * @throws with one clear line as soon as something is not as promised.
 */
export async function demo(lab: Lab): Promise<void> {
  const progress = new Progress();
  try {
    await progress.step("the Pulumi CLI", () => pulumiInstallation((line) => progress.print(line)));
    const versions = await describeVersions();
    progress.print(versions);
    // Builds take the processors, and hosts the network: side by side.
    const [stack] = await Promise.all([
      prepareStack(lab, {
        ...demoStack,
        step: (label, run) => progress.step(label, run),
        onEvent: showEvents(progress),
      }),
      progress.step("the default releases, built from upstream's Go modules", () =>
        buildReleaseArchives(defaultReleases, (line) => progress.print(line)),
      ),
    ]);
    progress.print(summary(deployed(await stack.engine.up())));
    const gossip = await proveGossip(lab, stack.monitors, progress);
    const delivery = await proveDelivery(lab, stack, progress);
    progress.stop();
    console.log(`\n${gossip}\n\n${delivery}\n\n${hostTable(stack)}\n\n${versions}\n\n${nextCommands}`);
  } finally {
    progress.stop();
  }
}

/** One line about a deployment. */
export function summary({ changes, seconds }: Result): string {
  const changed = Object.entries(changes).filter(([operation, count]) => operation !== "same" && count > 0);
  if (changed.length === 0)
    return `nothing to change: all ${changes.same} resources are as the program says (${seconds.toFixed(1)} s)`;
  return `deployed: ${changed.map(([operation, count]) => `${count} ${operation}`).join(", ")} (${seconds.toFixed(1)} s)`;
}

function hostTable({ monitors, targets }: LabStack): string {
  const table = new Table({
    head: ["host", "addresses", "system", "services"],
    style: { head: [], border: [] },
  });
  const add = (host: LabHost, services: string[]) =>
    table.push([host.name, `${host.address}\n${host.address6}`, host.os, services.join("\n")]);
  for (const host of monitors) {
    add(host, [
      `gossip ${gossipPorts.streams} and ${gossipPorts.datagrams}, mutual TLS`,
      "WireGuard 51820/udp, silent",
      "Prometheus 9090 and Alertmanager 9093: loopback, and the overlay for monitors",
      "node_exporter 9100: the overlay, for monitors",
    ]);
  }
  for (const host of targets) {
    add(host, ["WireGuard 51820/udp, silent", "node_exporter 9100: the overlay, for monitors"]);
  }
  return table.toString();
}

const nextCommands = `Next:
  npm run lab -- status                                       what runs
  npm run lab -- ssh monitor-a                                a shell on a host
  npm run lab -- exec monitor-a -- curl -s 127.0.0.1:9093/api/v2/status
  npm run lab -- preview [--diff]                             what the next deployment would change
  npm run lab -- destroy                                      take the program off the hosts again
  make demo                                                   once more: changes nothing
  make demo-down                                              remove everything`;
