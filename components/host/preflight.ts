import type * as pulumi from "@pulumi/pulumi";
import type { remote } from "@pulumi/command";
import type { Preflight } from "../../model/preflight";
import { applyPath } from "../../templates/host/hostBundle";
import { renderPreflight } from "../../templates/host/preflight";
import type { Host } from "../shapes";
import { stackLabel } from "./bundle";
import { asRoot, hostCommand } from "./connection";
import { knownHost } from "./knownHost";

/**
 * Checks on a host that it can have everything that a stack is about to put there. It changes nothing, runs again when the stack needs
 * something else of the host, and fails with all findings at once.
 */
export function preflight(
  name: string,
  hostName: string,
  host: pulumi.Input<Host>,
  needs: Preflight,
  opts: pulumi.CustomResourceOptions,
): remote.Command {
  const { user, connection } = knownHost(host);
  const create = asRoot(user, `${applyPath} preflight`);
  return hostCommand(
    name,
    connection,
    { create, stdin: renderPreflight(hostName, stackLabel(), needs) },
    opts,
  );
}
