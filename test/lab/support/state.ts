import type { PulumiEngine } from "../../../lab/engine/pulumiEngine";

/** A resource as `pulumi stack export` shows it. */
export interface StateResource {
  urn: string;
  type: string;
  outputs?: Record<string, unknown>;
}

/** A stack's resources as Pulumi remembers them; secrets are encrypted, or in the clear where these are asked for. */
export async function exportState(engine: PulumiEngine, secrets?: "in the clear"): Promise<StateResource[]> {
  const args = ["stack", "export", ...(secrets ? ["--show-secrets"] : [])];
  const { status, stdout, stderr } = await engine.command(args);
  if (status !== 0) throw new Error(`pulumi ${args.join(" ")} ended with status ${status}: ${stderr}`);
  const { deployment } = JSON.parse(stdout) as { deployment: { resources?: StateResource[] } };
  return deployment.resources ?? [];
}
