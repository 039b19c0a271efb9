import { join } from "node:path";
import { buildGoModule } from "./goModule";

/** Version of the Pulumi CLI that the lab builds where there is none. */
export const pulumiVersion = "3.274.1";

/** Path of the Pulumi CLI, built from its Go module. */
export async function buildPulumi(log: (line: string) => void): Promise<string> {
  const directory = await buildGoModule(
    {
      name: `pulumi-${pulumiVersion}`,
      module: `github.com/pulumi/pulumi/pkg/v3@v${pulumiVersion}`,
      programs: { pulumi: "./cmd/pulumi" },
      variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${pulumiVersion}` },
      withoutReplacement: ["github.com/pulumi/pulumi/sdk/v3"],
    },
    log,
  );
  return join(directory, "pulumi");
}
