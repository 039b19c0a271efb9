import * as pulumi from "@pulumi/pulumi";
import type { remote } from "@pulumi/command";
import { connection as connectionField } from "../../model/hosts";
import { applyPath, readKeys, renderHostBundle, type HostBundle } from "../../templates/host/hostBundle";
import type { Host } from "../shapes";
import { checked, refuse } from "../validation";
import { asRoot, hostCommand } from "./connection";
import { factProblems, parseFacts, type BundleFacts } from "./facts";
import { knownHost } from "./knownHost";
import { hostObserver } from "./observer";

/** A bundle on its host. */
export interface AppliedBundle {
  command: remote.Command;
  facts: pulumi.Output<BundleFacts>;
}

/** Options of a bundle's command; its parent is the component whose errors name what is wrong with the host. */
export type BundleOptions = pulumi.CustomResourceOptions & { parent: pulumi.Resource };

/**
 * Applies a bundle to a host: one command, which runs only when the bundle's text changes.
 *
 * @param bundleName identity of the bundle on the host; it cannot depend on anything that is known later.
 * @param bundle everything else, once it is known.
 */
export function applyBundle(
  name: string,
  host: pulumi.Input<Host>,
  bundleName: string,
  bundle: pulumi.Input<Omit<HostBundle, "name" | "host" | "stack">>,
  opts: BundleOptions,
): AppliedBundle {
  const { name: hostName, user, connection: given } = knownHost(host);
  // What is plain was checked with the component's arguments.
  const connection = checked(opts.parent, connectionField, given, ["host", "connection"]);
  const stack = stackLabel();
  const whole = pulumi.all([hostName, bundle]).apply(([known, rest]): HostBundle => ({
    ...(rest as HostBundle),
    name: bundleName,
    host: known,
    stack,
  }));
  const command = hostCommand(
    name,
    connection,
    {
      create: asRoot(user, `${applyPath} apply`),
      delete: asRoot(
        user,
        hostName.apply((known) => `${applyPath} remove ${bundleName} ${known} ${stack}`),
      ),
      stdin: whole.apply(renderHostBundle),
    },
    opts,
  );
  const facts = hostObserver()?.applied(whole) ?? checkedFacts(name, opts.parent, command);
  return { command, facts };
}

/** What the host printed, once it is known to be what the bundle asked for. The bundle is read from the command, so that nothing depends on more than the command. */
function checkedFacts(
  name: string,
  component: pulumi.Resource,
  { stdin, stdout }: remote.Command,
): pulumi.Output<BundleFacts> {
  return pulumi.all([stdin, stdout]).apply(async ([text = "", printed]) => {
    const facts = parseFacts(printed);
    const asked = readKeys(text);
    const problems = await factProblems(asked, facts);
    refuse(
      component,
      problems.map((problem) => ({
        path: [`host ${asked.host}`],
        says: `${problem}; nothing was made from it. Find out who changed it on the host; then "pulumi up --replace" with the URN of ${name} makes new keys`,
      })),
    );
    return facts;
  });
}

/** The stack to which everything belongs that this program puts on hosts; a renamed stack or project is another one. */
export function stackLabel(): string {
  return `${pulumi.getProject()}/${pulumi.getStack()}`;
}
