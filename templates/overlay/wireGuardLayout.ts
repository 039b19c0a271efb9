/** Where the overlay lives on a machine; templates/programs/wireguard/ knows these too. */
export const wireGuardLayout = {
  directory: "/etc/ha-monitoring/wireguard",
  privateKey: "/etc/ha-monitoring/wireguard/private.key",
  presharedKeys: "/etc/ha-monitoring/wireguard/preshared-keys",
  program: "/usr/local/libexec/ha-monitoring/wireguard",
  unit: "ha-monitoring-wireguard.service",
  unitFile: "/etc/systemd/system/ha-monitoring-wireguard.service",
  routesUnit: "ha-monitoring-wireguard-routes.service",
  routesUnitFile: "/etc/systemd/system/ha-monitoring-wireguard-routes.service",
  watchUnit: "ha-monitoring-wireguard-watch.service",
  watchUnitFile: "/etc/systemd/system/ha-monitoring-wireguard-watch.service",
  timer: "ha-monitoring-wireguard-watch.timer",
  timerFile: "/etc/systemd/system/ha-monitoring-wireguard-watch.timer",
} as const;

/** The readable half of an interface's configuration. */
export function wireGuardConfFile(interfaceName: string): string {
  return `${wireGuardLayout.directory}/${interfaceName}.conf`;
}
