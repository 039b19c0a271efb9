import type * as pulumi from "@pulumi/pulumi";
import { remote } from "@pulumi/command";
import { readApplyProgram } from "../../templates/programs";
import { applyPath, stackLabel } from "./bundle";
import { asRoot, commandConnection, quietly, sshUser, type KnownConnection } from "./connection";

/** Checks a machine and installs the program that applies bundles: all that a host needs before its first component. */
export function prepareHost(
  name: string,
  hostName: string,
  connection: pulumi.Output<KnownConnection>,
  opts: pulumi.CustomResourceOptions,
): remote.Command {
  return new remote.Command(
    name,
    {
      connection: commandConnection(connection),
      create: sshUser(connection).apply(installCommand),
      delete: asRoot(connection, `${applyPath} uninstall ${hostName} ${stackLabel()}`),
      stdin: readApplyProgram(),
      ...quietly,
    },
    { hideDiffs: ["connection"], ...opts },
  );
}

// The program arrives on standard input, which it must not read from while it runs. Without sudo it runs as the user all the same: it
// knows better than sudo to say what is wrong with a machine.
function installCommand(user: string): string {
  const become = user === "root" ? "" : "$(sudo -n sh -c : 2>/dev/null && echo sudo -n) ";
  return `f=$(mktemp) && cat >"$f" && ${become}sh "$f" install "$f"; s=$?; rm -f "$f"; exit $s`;
}
