import { describeDefaults } from "./compatibility";
import { describePulumi } from "./engine/cli";

/** The engine with which the lab deploys, and the versions of the programs that it deploys unless a stack says otherwise. */
export async function describeVersions(): Promise<string> {
  return `Engine: ${await describePulumi()}\n${describeDefaults()}`;
}
