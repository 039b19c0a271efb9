import type { Lab } from "../../../lab/hosts/lab";
import type { Delivery, WebhookReceiver } from "../../../lab/hosts/webhook";
import { curl, deliveriesOf } from "../../../lab/demo/alerts";
import { eventually } from "../../../lab/polling";
import { api } from "./cluster";

/** Gives an alert to one monitor's Alertmanager, as a Prometheus would. */
export async function sendAlert(lab: Lab, host: string, name: string): Promise<void> {
  await lab.exec(host, `${curl} --header 'Content-Type: application/json' --data @- ${api}/api/v2/alerts`, {
    stdin: JSON.stringify([{ labels: { alertname: name } }]),
  });
}

/** Waits until a webhook got so many notifications of an alert. */
export async function untilNotified(
  webhook: WebhookReceiver,
  name: string,
  count: number,
): Promise<Delivery[]> {
  const { value } = await eventually(60, () => {
    const found = deliveriesOf(webhook.deliveries, name);
    if (found.length >= count) return found;
    throw new Error(`${found.length} notifications of ${name} arrived; ${count} were expected`);
  });
  return value;
}
