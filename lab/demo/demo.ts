import Table from "cli-table3";
import type { Result } from "../engine/run";
import type { LabHost } from "../hosts/inventory";
import type { Lab } from "../hosts/lab";
import { gossipPorts } from "../stack";
import { deployed, prepareStack, type EngineChoice } from "./deploy";
import { Progress } from "./progress";
import { clusterStatus, knock, silenceLatency } from "./proof";
import { showEvents } from "./steps";

/**
 * Boots the lab, deploys the unmodified program onto it, and shows that it does what it promises.
 *
 * @throws with one clear line as soon as something is not as promised.
 */
export async function demo(lab: Lab, choice: EngineChoice): Promise<void> {
  const progress = new Progress();
  try {
    const { hosts, engine } = await prepareStack(lab, choice, {
      step: (label, run) => progress.step(label, run),
      onEvent: showEvents(progress),
    });
    progress.print(`deploying with ${engine.description}`);
    progress.print(summary(deployed(await engine.up())));
    const proofs = await prove(lab, hosts, progress);
    progress.stop();
    console.log(`\n${proofs}\n\n${hostTable(hosts)}\n\n${nextCommands}`);
  } finally {
    progress.stop();
  }
}

function summary({ changes, seconds }: Result): string {
  const changed = Object.entries(changes).filter(([operation, count]) => operation !== "same" && count > 0);
  if (changed.length === 0)
    return `nothing to change: all ${changes.same} resources are as the program says (${seconds.toFixed(1)} s)`;
  return `deployed: ${changed.map(([operation, count]) => `${count} ${operation}`).join(", ")} (${seconds.toFixed(1)} s)`;
}

async function prove(lab: Lab, hosts: LabHost[], progress: Progress): Promise<string> {
  const table = new Table({ head: ["what", "seen"], style: { head: [], border: [] } });

  await progress.step("members at each Alertmanager", async () => {
    for (const { name } of hosts) {
      const { status, members } = await clusterStatus(lab, name);
      if (status !== "ready" || members.length !== hosts.length) {
        throw new Error(
          `${name} sees ${members.length} of ${hosts.length} members (${members.join(", ")}) and is ${status}`,
        );
      }
      table.push([`members seen by ${name}`, `${members.length} of ${hosts.length}: ${members.join(", ")}`]);
    }
  });

  await progress.step("a silence crosses", async () => {
    for (const [from, to] of pairs(hosts)) {
      const small = await silenceLatency(lab, from.name, to.name);
      const large = await silenceLatency(lab, from.name, to.name, 6000);
      table.push([
        `silence from ${from.name} to ${to.name}`,
        `after ${small.toFixed(0)} ms as a datagram, ${large.toFixed(0)} ms as a 6 kB stream`,
      ]);
    }
  });

  await progress.step("connections without a client certificate", async () => {
    for (const host of hosts) {
      for (const address of [host.address, host.address6]) {
        for (const [use, port] of Object.entries(gossipPorts)) {
          const outcome = await knock({ name: host.name, address }, port);
          if (outcome !== "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED") {
            throw new Error(
              `port ${port} of ${host.name} (${address}) did not ask for a certificate: ${outcome}`,
            );
          }
          table.push([
            `no certificate, ${use}, ${host.name} [${address}]:${port}`,
            "refused: certificate required",
          ]);
        }
      }
    }
  });
  return table.toString();
}

function pairs(hosts: LabHost[]): [LabHost, LabHost][] {
  return hosts.flatMap((from) =>
    hosts.filter((to) => to !== from).map((to): [LabHost, LabHost] => [from, to]),
  );
}

function hostTable(hosts: LabHost[]): string {
  const table = new Table({
    head: ["host", "addresses", "system", "services"],
    style: { head: [], border: [] },
  });
  for (const host of hosts) {
    const services = [
      `gossip ${gossipPorts.streams} and ${gossipPorts.datagrams}, mutual TLS`,
      "Alertmanager 127.0.0.1:9093",
      "HAProxy's metrics 127.0.0.1:8405",
    ];
    table.push([host.name, `${host.address}\n${host.address6}`, host.os, services.join("\n")]);
  }
  return table.toString();
}

const nextCommands = `Next:
  npm run lab -- status                                       what runs
  npm run lab -- ssh monitor-a                                a shell on a host
  npm run lab -- exec monitor-a -- curl -s 127.0.0.1:9093/api/v2/status
  npm run lab -- preview                                      what the next deployment would change
  npm run lab -- destroy                                      take the program off the hosts again
  make demo                                                   once more: changes nothing
  make demo-down                                              remove everything`;
