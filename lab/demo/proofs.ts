import Table from "cli-table3";
import type { LabHost } from "../hosts/inventory";
import type { Lab } from "../hosts/lab";
import { WebhookReceiver } from "../hosts/webhook";
import { eventually } from "../polling";
import { gossipPorts } from "../stack";
import { targetsAt } from "./alerts";
import { deliverOnce, staySilent, type DeliveryCase, type Stages } from "./delivery";
import type { LabStack } from "./deploy";
import type { Progress } from "./progress";
import { clusterStatus, knock, silenceLatency } from "./proof";
import { demoAlert, demoPeerTimeout, demoWebhookPort } from "./settings";

/**
 * Members, silences that cross, and doors that stay shut without a certificate; a table of what was seen.
 *
 * @param peers names of the peers on these hosts, where they are not the hosts' own.
 */
export async function proveGossip(
  lab: Lab,
  hosts: LabHost[],
  progress: Progress,
  peers = hosts.map(({ name }) => name),
): Promise<string> {
  const table = new Table({ head: ["what", "seen"], style: { head: [], border: [] } });

  await progress.step("members at each Alertmanager", async () => {
    for (const { name } of hosts) {
      const { value: members } = await eventually(30, async () => {
        const { status, members: seen } = await clusterStatus(lab, name);
        if (status === "ready" && seen.length === hosts.length) return seen;
        throw new Error(
          `${name} sees ${seen.length} of ${hosts.length} members (${seen.join(", ")}) and is ${status}`,
        );
      });
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
    for (const [index, host] of hosts.entries()) {
      for (const address of [host.address, host.address6]) {
        for (const [use, port] of Object.entries(gossipPorts)) {
          const outcome = await knock({ name: peers[index] ?? host.name, address }, port);
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

/**
 * Every Prometheus has every target, and an alert goes all its way exactly once; a table of what was seen, with times.
 *
 * @throws as soon as something is not so.
 */
export async function proveDelivery(
  lab: Lab,
  { monitors, targets }: Pick<LabStack, "monitors" | "targets">,
  progress: Progress,
): Promise<string> {
  const table = new Table({ head: ["what", "seen"], style: { head: [], border: [] } });
  const [monitor, target] = [monitors[0] as LabHost, targets[0] as LabHost];
  const webhook = await WebhookReceiver.start(monitor, demoWebhookPort);
  try {
    await progress.step("every target up at every Prometheus", async () => {
      for (const { name } of monitors) {
        const { value } = await eventually(60, () => allUp(lab, name));
        table.push([`scraped by ${name}`, `${value.length} of ${value.length} up:\n${value.join("\n")}`]);
      }
    });
    const delivery: DeliveryCase = {
      ...{ lab, webhook, monitors: monitors.map(({ name }) => name), target: target.name },
      ...{ alertname: demoAlert, peerTimeout: demoPeerTimeout, within: 30 },
    };
    await progress.step(`an alert: the exporter of ${target.name} stops, and starts again`, async () => {
      const { fired, resolved } = await deliverOnce(delivery);
      table.push([`exporter of ${target.name} stopped`, `${timeline(fired)}\nexactly one notification`]);
      table.push([`exporter of ${target.name} started`, `${timeline(resolved)}\nexactly one notification`]);
    });
    await progress.step(`silenced at ${monitor.name}, the exporter of ${target.name} stops`, async () => {
      const suppressed = await staySilent(delivery);
      table.push([`silenced at ${monitor.name}`, `${timeline(suppressed)}\nno notification`]);
    });
  } finally {
    webhook.stop();
  }
  return table.toString();
}

/**
 * Names of everything that the Prometheus of a monitor scrapes.
 *
 * @throws unless all of it answers.
 */
export async function allUp(lab: Lab, monitor: string): Promise<string[]> {
  const targets = Object.entries(await targetsAt(lab, monitor));
  const down = targets.filter(([, up]) => up !== 1).map(([name]) => name);
  if (targets.length === 0 || down.length > 0)
    throw new Error(`${monitor} cannot scrape ${down.join(", ") || "anything"}`);
  return targets.map(([name]) => name);
}

function timeline(stages: Stages): string {
  return Object.entries(stages)
    .sort(([, one], [, other]) => one - other)
    .map(([stage, seconds]) => `after ${seconds.toFixed(1)} s ${stage}`)
    .join("\n");
}
