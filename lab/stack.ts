import { join } from "node:path";
import type { EngineOptions } from "./engine";
import type { Lab, LabHost } from "./hosts/lab";

/** The project's own folder. */
export const projectDirectory = join(__dirname, "..");

/** Settings of a lab stack beyond its monitors, by the program's configuration keys. */
export type StackSettings = Record<string, unknown>;

/** The configuration of the unmodified program for hosts of the lab. */
export function stackConfig(
  lab: Lab,
  monitors: LabHost[],
  image: string,
  settings: StackSettings = {},
): Record<string, string> {
  const values: Record<string, unknown> = {
    monitors: monitors.map(({ name, address, hostKey }) => ({ name, address, connection: { hostKey } })),
    alerting: { config: { route: { receiver: "nobody" }, receivers: [{ name: "nobody" }] } },
    alertmanager: { image: { name: image, pull: false } },
    ...settings,
  };
  const entries = Object.entries(values).map(([key, value]) => [
    `ha-monitoring:${key}`,
    JSON.stringify(value),
  ]);
  return { ...Object.fromEntries(entries), "ha-monitoring:sshPrivateKey": lab.privateKey };
}

/** How an engine runs the program for a lab. */
export function engineOptions(
  stateDirectory: string,
  stack: string,
  config: Record<string, string>,
): EngineOptions {
  return {
    program: join(projectDirectory, "index.ts"),
    project: "ha-monitoring",
    stack,
    config,
    secretConfig: ["ha-monitoring:sshPrivateKey"],
    stateFile: join(stateDirectory, "stacks", `${stack}.json`),
  };
}
