import * as pulumi from "@pulumi/pulumi";
import type { remote } from "@pulumi/command";
import { applyPath } from "../../templates/host/hostBundle";
import { readApplyProgram } from "../../templates/host/programs";
import { stackLabel } from "./bundle";
import { asRoot, hostCommand, type KnownConnection } from "./connection";
import { userOf } from "./knownHost";
import { hostObserver } from "./observer";

/** Checks a host and installs the program that applies bundles: all that a host needs before its first component. */
export function prepareHost(
  name: string,
  hostName: string,
  connection: pulumi.Output<KnownConnection>,
  opts: pulumi.CustomResourceOptions,
): remote.Command {
  const user = userOf(connection);
  const text = readApplyProgram();
  hostObserver()?.installed({ host: hostName, path: applyPath, text });
  return hostCommand(
    name,
    connection,
    {
      create: user.apply(installCommand),
      delete: uninstallCommand(asRoot(user, `${applyPath} uninstall ${hostName} ${stackLabel()}`)),
      stdin: text,
    },
    opts,
  );
}

// The program arrives on standard input, which it must not read from while it runs. Without sudo it runs as the user all the same: it
// reports what is wrong with a host better than sudo does.
function installCommand(user: string): string {
  const become = user === "root" ? "" : "$(sudo -n sh -c : 2>/dev/null && echo sudo -n) ";
  return `f=$(mktemp) && cat >"$f" && ${become}sh "$f" install "$f"; s=$?; rm -f "$f"; exit $s`;
}

// A `destroy` that was killed between the end of this command and its record runs it again, and the program is gone by then.
function uninstallCommand(command: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.interpolate`[ ! -e ${applyPath} ] || ${command}`;
}
