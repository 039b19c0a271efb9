import { marker } from "./marker";

/** A systemd unit as data: sections in order, each a list of settings in order. */
export type SystemdUnit = Partial<Record<"Unit" | "Socket" | "Service" | "Timer" | "Install", UnitSettings>>;

/**
 * The text of a unit file.
 *
 * @throws RangeError for a value with a control character: a line break would be another setting.
 */
export function renderSystemdUnit(unit: SystemdUnit): string {
  const sections = Object.entries(unit).map(([name, settings]) =>
    [`[${name}]`, ...settings.map(([setting, value]) => `${setting}=${oneLine(setting, value)}`)].join("\n"),
  );
  return [marker, ...sections].join("\n\n") + "\n";
}

function oneLine(setting: string, value: string): string {
  if (!/\p{Cc}/u.test(value)) return value;
  throw new RangeError(`${setting} of a systemd unit: ${JSON.stringify(value)} has a control character`);
}

/** Settings of a unit, in order. */
export type UnitSettings = [setting: string, value: string][];

/**
 * Settings that take from a network service everything that it does not need. What remains in the score of
 * `systemd-analyze security` is Internet sockets and the host's network and root directory.
 */
export const hardening: UnitSettings = [
  ["NoNewPrivileges", "yes"],
  ["CapabilityBoundingSet", ""],
  ["AmbientCapabilities", ""],
  ["UMask", "0077"],
  ["ProtectSystem", "strict"],
  ["ProtectHome", "yes"],
  ["ProtectProc", "invisible"],
  ["ProcSubset", "pid"],
  ["ProtectClock", "yes"],
  ["ProtectControlGroups", "yes"],
  ["ProtectHostname", "yes"],
  ["ProtectKernelLogs", "yes"],
  ["ProtectKernelModules", "yes"],
  ["ProtectKernelTunables", "yes"],
  ["PrivateDevices", "yes"],
  ["PrivateTmp", "yes"],
  ["PrivateUsers", "yes"],
  ["DevicePolicy", "closed"],
  ["LockPersonality", "yes"],
  ["MemoryDenyWriteExecute", "yes"],
  ["RemoveIPC", "yes"],
  ["RestrictNamespaces", "yes"],
  ["RestrictRealtime", "yes"],
  ["RestrictSUIDSGID", "yes"],
  ["SystemCallArchitectures", "native"],
  ["SystemCallErrorNumber", "EPERM"],
  ["SystemCallFilter", "@system-service"],
  ["SystemCallFilter", "~@privileged @resources"],
];

/** The hardening of a unit that needs more than others: a setting has another value, or, with undefined, is left out. */
export function hardeningExcept(changes: Record<string, string | undefined>): UnitSettings {
  return hardening.flatMap(([setting, value]): UnitSettings => {
    const changed = setting in changes ? changes[setting] : value;
    return changed === undefined ? [] : [[setting, changed]];
  });
}

/** What a program needs that configures the host's network. In a user namespace its capability would not be one over that network. */
export const networkAdministration = { CapabilityBoundingSet: "CAP_NET_ADMIN", PrivateUsers: undefined };

/**
 * The hardening of a unit that configures the host's network, before there is one, and speaks to nobody but the kernel. Nothing in it needs
 * /tmp, so that no host boots without what the unit does: PrivateTmp depends on the mounts of /tmp and /var/tmp, and for PrivateDevices
 * systemd 252 makes a directory in /tmp, which systemd-tmpfiles-setup.service may delete at that moment of the boot (`D /tmp` in Debian 12).
 */
export const netlinkHardening: UnitSettings = [
  ...hardeningExcept({ ...networkAdministration, PrivateTmp: undefined, PrivateDevices: undefined }),
  ["PrivateMounts", "yes"],
  ["RestrictAddressFamilies", "AF_NETLINK"],
  ["IPAddressDeny", "any"],
];
