import type { SshConnection } from "../components/shapes";
import type { MonitoringStackArgs, StackConnectionArgs, StackHostArgs } from "../components/stack/args";
import { withDefaults } from "./defaults";
import { problemAt, type Path, type Problem } from "./problem";

/** How a host of a stack is reached: each field that it does not give comes from the stack. */
export function hostConnection(args: MonitoringStackArgs, host: StackHostArgs): SshConnection {
  return withDefaults(sharedWith(args, host), host.connection ?? {}) as SshConnection;
}

/** Paths of the fields of a host's connection that come from the stack, by their names in the host, e.g. `connection.port`. */
export function sharedPaths(args: MonitoringStackArgs, host: StackHostArgs): Record<string, Path> {
  const shared = Object.keys(withDefaults({}, sharedWith(args, host)));
  const own = withDefaults({}, host.connection ?? {});
  return Object.fromEntries(
    shared
      .filter((name) => !Object.hasOwn(own, name))
      .map((name) => [`connection.${name}`, ["connection", name]]),
  );
}

/** Private keys that neither a host nor the stack gives. Kinds of the arguments are right already. */
export function missingKeyProblems(args: Partial<MonitoringStackArgs>): Problem[] {
  if (hasKey(args.connection)) return [];
  const all = (["monitors", "targets"] as const).flatMap((list) =>
    (args[list] ?? []).map(({ connection }, index) => ({ connection, path: [list, index] })),
  );
  return all.flatMap(({ connection, path }) =>
    problemAt(
      [...path, "connection", "privateKey"],
      hasKey(connection)
        ? undefined
        : "this is needed, and was not given; give it here, or once for all hosts in connection.privateKey",
    ),
  );
}

// DropletHost knows everything about the connection to its droplet but the private key.
function sharedWith({ connection }: MonitoringStackArgs, { region }: StackHostArgs): StackConnectionArgs {
  const shared = connection ?? {};
  return (region ?? undefined) === undefined ? shared : { privateKey: shared.privateKey };
}

function hasKey(connection: StackConnectionArgs | null | undefined): boolean {
  return (connection?.privateKey ?? undefined) !== undefined;
}
