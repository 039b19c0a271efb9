import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../hosts/lab";
import type { WebhookReceiver } from "../hosts/webhook";
import { eventually } from "../polling";
import {
  alertStateAt,
  endSilence,
  firesAt,
  nodeExporter,
  notificationsOf,
  silenceAt,
  type Notification,
} from "./alerts";

/** What an alert goes through. */
export interface DeliveryCase {
  lab: Lab;
  webhook: WebhookReceiver;
  /** Names of the monitors. */
  monitors: string[];
  /** Name of the machine whose node_exporter is stopped. */
  target: string;
  /** Name of the alert that then fires. */
  alertname: string;
  /** Seconds for which a peer waits for the one before it: until they have passed, a second notification may still come. */
  peerTimeout: number;
  /** Seconds within which each stage must be reached. */
  within: number;
  /** Seconds within which the webhook must be told of the end, for which a group waits longer than for its beginning; default: the same. */
  withinOfEnd?: number;
}

/** Seconds from the moment the node_exporter was stopped, or started again, to each stage. */
export type Stages = Record<string, number>;

/**
 * Stops a target's exporter, sees the alert fire at every Prometheus and arrive at every Alertmanager, and that the webhook is told exactly
 * once; starts the exporter again, and sees that it is told of the end exactly once.
 *
 * @throws as soon as something is not so.
 */
export async function deliverOnce(run: DeliveryCase): Promise<{ fired: Stages; resolved: Stages }> {
  const { lab, target } = run;
  const known = told(run).length;
  const fired = await stages(async () => {
    await nodeExporter(lab, target, "stop");
    return {
      ...stagesOfAlert(run, "active"),
      "webhook told": () => expectTold(run, known, ["firing"]),
    };
  }, run.within);
  await settle(run);
  expectTold(run, known, ["firing"]);

  const resolved = await stages(async () => {
    await nodeExporter(lab, target, "start");
    return { "webhook told of the end": () => expectTold(run, known, ["firing", "resolved"]) };
  }, run.withinOfEnd ?? run.within);
  await settle(run);
  expectTold(run, known, ["firing", "resolved"]);
  return { fired, resolved };
}

/**
 * Silences the alert at the first monitor, stops the target's exporter, and sees the alert suppressed at every Alertmanager while the webhook
 * is told nothing. Afterwards all is as before.
 *
 * @throws as soon as something is not so.
 */
export async function staySilent(run: DeliveryCase): Promise<Stages> {
  const { lab, monitors, target, alertname } = run;
  const [first = ""] = monitors;
  const known = told(run).length;
  const id = await silenceAt(lab, first, alertname);
  try {
    const suppressed = await stages(async () => {
      await nodeExporter(lab, target, "stop");
      return stagesOfAlert(run, "suppressed");
    }, run.within);
    await settle(run);
    expectTold(run, known, []);
    return suppressed;
  } finally {
    await nodeExporter(lab, target, "start");
    await untilQuiet(run);
    await endSilence(lab, first, id);
  }
}

/** The stages of an alert at every monitor, until its Alertmanager has it in this state. */
function stagesOfAlert({ lab, monitors, target, alertname }: DeliveryCase, state: string) {
  const one = (monitor: string): [string, () => Promise<void>][] => [
    [
      `fires at ${monitor}`,
      async () => {
        if (!(await firesAt(lab, monitor, alertname, target)))
          throw new Error(`${alertname} of ${target} does not fire at the Prometheus of ${monitor}`);
      },
    ],
    [
      `${state} at ${monitor}`,
      async () => {
        const seen = await alertStateAt(lab, monitor, alertname, target);
        if (seen !== state)
          throw new Error(
            `${alertname} of ${target} is ${seen ?? "unknown"} to the Alertmanager of ${monitor}, not ${state}`,
          );
      },
    ],
  ];
  return Object.fromEntries(monitors.flatMap(one));
}

/** Waits until no Prometheus lets the alert fire and no Alertmanager has it. */
async function untilQuiet({ lab, monitors, target, alertname, within }: DeliveryCase): Promise<void> {
  await eventually(within, async () => {
    for (const monitor of monitors) {
      if (await firesAt(lab, monitor, alertname, target))
        throw new Error(`${alertname} still fires at ${monitor}`);
      const state = await alertStateAt(lab, monitor, alertname, target);
      if (state !== undefined)
        throw new Error(`${alertname} is still ${state} at the Alertmanager of ${monitor}`);
    }
  });
}

function told({ webhook, alertname, target }: DeliveryCase): Notification[] {
  return notificationsOf(webhook.deliveries, alertname, target);
}

/** @throws unless the webhook was told exactly this since it had been told so much. */
function expectTold(run: DeliveryCase, known: number, expected: string[]): void {
  const statuses = told(run)
    .slice(known)
    .map(({ status }) => status);
  if (statuses.join() === expected.join()) return;
  throw new Error(
    `the webhook was told of ${run.alertname} of ${run.target}: ${statuses.join(", ") || "nothing"}; expected: ${expected.join(", ") || "nothing"}`,
  );
}

// As long as the slowest peer may still wait, and a little longer.
async function settle({ monitors, peerTimeout }: DeliveryCase): Promise<void> {
  await sleep((monitors.length - 1) * peerTimeout * 1000 + 2000);
}

/** Does something, then waits for each stage; the seconds that each took since. */
async function stages(
  begin: () => Promise<Record<string, () => Promise<void> | void>>,
  within: number,
): Promise<Stages> {
  const begun = performance.now();
  const checks = await begin();
  const entries = await Promise.all(
    Object.entries(checks).map(async ([stage, check]) => {
      await eventually(within, check);
      return [stage, (performance.now() - begun) / 1000] as const;
    }),
  );
  return Object.fromEntries(entries);
}
