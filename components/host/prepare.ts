import * as pulumi from "@pulumi/pulumi";
import { remote } from "@pulumi/command";
import { readApplyProgram } from "../../templates/programs";
import { applyPath } from "./bundle";
import { asRoot, commandConnection, quietly, type KnownConnection } from "./connection";

/** Checks a machine and installs the program that applies bundles: all that a host needs before its first component. */
export function prepareHost(
  name: string,
  connection: pulumi.Output<KnownConnection>,
  opts: pulumi.CustomResourceOptions,
): remote.Command {
  return new remote.Command(
    name,
    {
      connection: commandConnection(connection),
      // The program arrives on standard input, which it must not read from while it runs.
      create: pulumi.interpolate`f=$(mktemp) && cat >"$f" && ${asRoot(connection, 'sh "$f" install "$f"')}; s=$?; rm -f "$f"; exit $s`,
      delete: asRoot(connection, `${applyPath} uninstall`),
      stdin: readApplyProgram(),
      ...quietly,
    },
    { hideDiffs: ["connection"], ...opts },
  );
}
