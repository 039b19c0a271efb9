import { defaultVersions } from "../components/versions";
import { describePulumi } from "./engine/cli";

/** Which engine the lab deploys with, and which versions of the programs it deploys unless a stack says otherwise. */
export async function describeVersions(): Promise<string> {
  const programs = Object.entries(defaultVersions).map(([name, version]) => `${name} ${version}`);
  return `Engine: ${await describePulumi()}\nDefault versions: ${programs.join(", ")}`;
}
