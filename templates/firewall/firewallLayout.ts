/** Where the firewall lives on a machine; one place for every path and name that more than one file needs. */
export const firewallLayout = {
  table: "inet ha_monitoring",
  unit: "ha-monitoring-firewall.service",
  unitFile: "/etc/systemd/system/ha-monitoring-firewall.service",
  /** Started with the distribution's nftables.service, which takes our table along. */
  afterFlushUnit: "ha-monitoring-firewall-after-flush.service",
  afterFlushUnitFile: "/etc/systemd/system/ha-monitoring-firewall-after-flush.service",
  /** Takes back rules that nobody has confirmed; the program makes its timer for each trial. */
  deadmanUnit: "ha-monitoring-firewall-deadman.service",
  deadmanUnitFile: "/etc/systemd/system/ha-monitoring-firewall-deadman.service",
  /** Holds the note of a trial; a reboot ends it. */
  runtimeDirectory: "/run/ha-monitoring-firewall",
  /** Also holds the rules that were confirmed, which the program keeps there. */
  directory: "/etc/ha-monitoring/firewall",
  rulesFile: "/etc/ha-monitoring/firewall/rules.nft",
  program: "/usr/local/libexec/ha-monitoring/firewall",
} as const;
