import { join } from "node:path";
import type { LabHost } from "./hosts/inventory";
import type { Lab } from "./hosts/lab";

/** The project's own folder. */
export const projectDirectory = join(__dirname, "..");

/** Ports on which the gateways of a lab stack listen. */
export const gossipPorts = { streams: 9094, datagrams: 9095 };

/** Configuration of the program beyond its monitors and its key, by key. */
export type StackSettings = Record<string, unknown>;

/** Keys of the program's configuration whose values are secret. */
export const secretConfig = [
  "ha-monitoring:sshPrivateKey",
  "ha-monitoring:alertingSecretFiles",
  "digitalocean:token",
];

/** A host as the program's configuration names it. */
export function configuredHost({ name, address, hostKey }: LabHost): object {
  return { name, address, connection: { hostKey } };
}

/** The configuration of the unmodified program for hosts of the lab. */
export function stackConfig(
  lab: Lab,
  monitors: LabHost[],
  settings: StackSettings = {},
): Record<string, string> {
  return labConfig(lab.privateKey, { monitors: monitors.map(configuredHost), ...settings });
}

/** The configuration of the unmodified program, with a receiver that notifies nobody unless there are others. */
export function labConfig(privateKey: string, settings: StackSettings): Record<string, string> {
  const values: StackSettings = {
    alerting: { config: { route: { receiver: "nobody" }, receivers: [{ name: "nobody" }] } },
    ...settings,
  };
  const entries = Object.entries(values).map(([key, value]): [string, string] => [
    `ha-monitoring:${key}`,
    JSON.stringify(value),
  ]);
  return { ...Object.fromEntries(entries), "ha-monitoring:sshPrivateKey": privateKey };
}
