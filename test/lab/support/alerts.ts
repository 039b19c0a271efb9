import type { Lab } from "../../../lab/hosts/lab";
import type { Delivery, WebhookReceiver } from "../../../lab/hosts/webhook";
import { api } from "./cluster";
import { eventually } from "./polling";

/** Gives an alert to one monitor's Alertmanager, as a Prometheus would. */
export async function sendAlert(lab: Lab, host: string, name: string): Promise<void> {
  await lab.exec(
    host,
    `curl --silent --fail --max-time 5 --header 'Content-Type: application/json' --data @- ${api}/api/v2/alerts`,
    { stdin: JSON.stringify([{ labels: { alertname: name } }]) },
  );
}

/** The notifications of an alert that a webhook got. */
export function notificationsOf(webhook: WebhookReceiver, name: string): Delivery[] {
  return webhook.deliveries.filter(({ body }) => {
    const { alerts } = body as { alerts: { labels: Record<string, string> }[] };
    return alerts.some(({ labels }) => labels.alertname === name);
  });
}

/** Waits until a webhook got so many notifications of an alert. */
export async function untilNotified(
  webhook: WebhookReceiver,
  name: string,
  count: number,
): Promise<Delivery[]> {
  const { value } = await eventually(30, () => {
    const found = notificationsOf(webhook, name);
    if (found.length >= count) return Promise.resolve(found);
    throw new Error(`${found.length} notifications of ${name} arrived; ${count} were expected`);
  });
  return value;
}
