import type { Delivery } from "../hosts/webhook";
import type { Lab } from "../hosts/lab";

const prometheus = "http://127.0.0.1:9090";
/** Asks an API of a monitor; the limit is against hanging only. */
export const curl = "curl --silent --fail --max-time 60";
/** Where a monitor serves the API of its Alertmanager. */
export const alertmanagerApi = "http://127.0.0.1:9093";

/** One alert in what Alertmanager told a webhook. */
export interface NotifiedAlert {
  status: "firing" | "resolved";
  labels: Record<string, string>;
}

/** A notification that a webhook got: one group of alerts. */
export interface Notification {
  /** When it had arrived, in milliseconds since 1970. */
  time: number;
  status: "firing" | "resolved";
  alerts: NotifiedAlert[];
}

/** What a webhook got about an alert, of one machine or of any. */
export function deliveriesOf(deliveries: Delivery[], alertname: string, instance?: string): Delivery[] {
  return deliveries.filter(({ body }) =>
    (body as Notification).alerts.some(
      ({ labels }) =>
        labels.alertname === alertname && (instance === undefined || labels.instance === instance),
    ),
  );
}

/** How often, and when, a webhook was told of an alert of a machine. */
export function notificationsOf(deliveries: Delivery[], alertname: string, instance: string): Notification[] {
  return deliveriesOf(deliveries, alertname, instance).map(({ time, body }) => ({
    ...(body as Notification),
    time,
  }));
}

/** What the Prometheus of a monitor says of every target: `job instance` and 1 or 0. */
export async function targetsAt(lab: Lab, monitor: string): Promise<Record<string, number>> {
  const { data } = await ask<{
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  }>(lab, monitor, `${prometheus}/api/v1/query?query=up`);
  const entries = data.result.map(
    ({ metric, value }) => [`${metric.job} ${metric.instance}`, Number(value[1])] as const,
  );
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Whether an alert of a machine fires at the Prometheus of a monitor. */
export async function firesAt(
  lab: Lab,
  monitor: string,
  alertname: string,
  instance: string,
): Promise<boolean> {
  const { data } = await ask<{ data: { alerts: { state: string; labels: Record<string, string> }[] } }>(
    lab,
    monitor,
    `${prometheus}/api/v1/alerts`,
  );
  return data.alerts.some(
    ({ state, labels }) =>
      state === "firing" && labels.alertname === alertname && labels.instance === instance,
  );
}

/** What the Alertmanager of a monitor says of an alert of a machine: `active`, `suppressed`, or undefined when it has none. */
export async function alertStateAt(
  lab: Lab,
  monitor: string,
  alertname: string,
  instance: string,
): Promise<string | undefined> {
  const filter = encodeURIComponent(`alertname="${alertname}"`);
  const alerts = await ask<{ labels: Record<string, string>; status: { state: string } }[]>(
    lab,
    monitor,
    `${alertmanagerApi}/api/v2/alerts?filter=${filter}`,
  );
  return alerts.find(({ labels }) => labels.instance === instance)?.status.state;
}

/** A silence of alerts of this name from now on, as the API takes it. */
export function silenceOf(alertname: string, comment: string, seconds: number): string {
  const now = Date.now();
  return JSON.stringify({
    matchers: [{ name: "alertname", value: alertname, isRegex: false, isEqual: true }],
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + seconds * 1000).toISOString(),
    createdBy: "ha-monitoring lab",
    comment,
  });
}

/** The command that makes a silence of what it is given on standard input, and prints the silence's id. */
export const makeSilenceCommand = `${curl} --header 'Content-Type: application/json' --data @- ${alertmanagerApi}/api/v2/silences`;

/** Silences alerts of this name at the Alertmanager of a monitor for ten minutes; returns the silence's id. */
export async function silenceAt(lab: Lab, monitor: string, alertname: string): Promise<string> {
  const stdin = silenceOf(alertname, "made by the lab", 600);
  const { stdout } = await lab.exec(monitor, makeSilenceCommand, { stdin });
  return (JSON.parse(stdout) as { silenceID: string }).silenceID;
}

/** Ends a silence. */
export async function endSilence(lab: Lab, monitor: string, id: string): Promise<void> {
  await lab.exec(monitor, `${curl} --request DELETE ${alertmanagerApi}/api/v2/silence/${id}`);
}

/** Stops or starts the node_exporter of a host. Its socket would start it again at the next scrape. */
export async function nodeExporter(lab: Lab, host: string, verb: "stop" | "start"): Promise<void> {
  const unit = "ha-monitoring-node-exporter";
  await lab.exec(host, `systemctl ${verb} ${unit}.socket ${unit}.service`);
}

async function ask<T>(lab: Lab, monitor: string, url: string): Promise<T> {
  const { stdout } = await lab.exec(monitor, `${curl} '${url}'`);
  return JSON.parse(stdout) as T;
}
