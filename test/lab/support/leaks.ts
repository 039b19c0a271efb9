import type { Lab } from "../../../lab/hosts/lab";
import { describePacket, type SeenPacket } from "../../../lab/hosts/router";

/** How a scrape, its answer, and an alert to Alertmanager begin in the clear. */
const plainText = /\/metrics|^# (HELP|TYPE) |\/api\/v[12]\/(alerts|write|read|query)|"alertname"/;

/**
 * What reached the lab's router since its last reset, of what must only travel inside the overlay: packets to or from these addresses of
 * it, and metrics and alerts in the clear, whoever they are for. One line for each kind of packet.
 */
export async function leaks(lab: Lab, overlayAddresses: string[]): Promise<string[]> {
  const leaked = ({ source, destination, data }: SeenPacket) =>
    [source, destination].some((each) => overlayAddresses.includes(each)) || plainText.test(data);
  return [...new Set((await lab.router.seen()).filter(leaked).map(describePacket))].sort();
}
