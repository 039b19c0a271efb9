/** What people call what bundles restart and reload. */
import { alertmanagerLayout } from "../../templates/alertmanager/alertmanagerLayout";
import { nodeExporterLayout } from "../../templates/exporters/nodeExporterLayout";
import { firewallLayout } from "../../templates/firewall/firewallLayout";
import { gatewayLayout } from "../../templates/gateway/gatewayLayout";
import { wireGuardLayout } from "../../templates/overlay/wireGuardLayout";
import { prometheusLayout } from "../../templates/prometheus/prometheusLayout";

const names = new Map<string, string>([
  [gatewayLayout.unit, "HAProxy"],
  [prometheusLayout.unit, "Prometheus"],
  [nodeExporterLayout.unit, "node_exporter"],
  [wireGuardLayout.unit, "WireGuard"],
]);

/** Name of a unit: that of the program that it runs, or its own. */
export function nameOfUnit(unit: string): string {
  return names.get(unit) ?? unit;
}

// Parts of the bundles' own lines of shell, and what the lines do.
const meanings: [part: string, does: string][] = [
  [alertmanagerLayout.reloadProgram, "Alertmanager reload"],
  ["kill -s HUP", "Alertmanager reload"],
  [alertmanagerLayout.imageProgram, "Alertmanager image"],
  [`${firewallLayout.program} try`, "firewall rules on trial"],
  ...[...names].map(([unit, name]): [string, string] => [`systemctl reload ${unit}`, `${name} reload`]),
];

/** What a line of shell does that a bundle runs when a file of it has changed. */
export function meaningOf(shell: string): string {
  const known = meanings.find(([part]) => shell.includes(part));
  return known === undefined ? `runs ${shell}` : known[1];
}
