import { pulumiInstallation } from "../../lab/engine/cli";

/** Before the first test: the Pulumi CLI, which takes minutes to build where there is none. */
export default async function preparePulumi(): Promise<void> {
  await pulumiInstallation((line) => console.log(line));
}
