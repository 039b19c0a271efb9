import * as pulumi from "@pulumi/pulumi";
import { remote } from "@pulumi/command";
import { connection as connectionField } from "../../model/hosts";
import { applyPath, renderHostBundle, type HostBundle } from "../../templates/host/hostBundle";
import type { Host } from "../shapes";
import { checked } from "../validation";
import { asRoot, commandConnection, commandSettings } from "./connection";
import { knownHost } from "./knownHost";
import { hostObserver } from "./observer";

/** What a bundle printed about its host. */
export interface BundleFacts {
  /** Numeric ids of each user that the bundle lists. */
  users: Record<string, { uid: number; gid: number }>;
  /** Certificate requests in PEM, in the bundle's order. */
  certificateRequests: string[];
  /** Public key of WireGuard of each wireguard-key, by the path of the private one. */
  wireGuardPublicKeys: Record<string, string>;
}

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
  const command = new remote.Command(
    name,
    {
      connection: commandConnection(connection),
      create: asRoot(user, `${applyPath} apply`),
      delete: asRoot(
        user,
        hostName.apply((known) => `${applyPath} remove ${bundleName} ${known} ${stack}`),
      ),
      stdin: whole.apply(renderHostBundle),
      ...commandSettings,
    },
    // What changes in a connection is secret: its diff would say nothing.
    { hideDiffs: ["connection"], ...opts },
  );
  const facts = hostObserver()?.applied(whole) ?? command.stdout.apply(parseFacts);
  return { command, facts };
}

/** The stack to which everything belongs that this program puts on hosts; a renamed stack or project is another one. */
export function stackLabel(): string {
  return `${pulumi.getProject()}/${pulumi.getStack()}`;
}

/** Reads what `apply` printed on standard output. */
export function parseFacts(stdout: string): BundleFacts {
  const users = [...stdout.matchAll(/^user (\S+) (\d+) (\d+)$/gm)].map(
    ([, user, uid, gid]) => [user as string, { uid: Number(uid), gid: Number(gid) }] as const,
  );
  const requests = stdout.match(
    /-----BEGIN CERTIFICATE REQUEST-----[\s\S]*?-----END CERTIFICATE REQUEST-----\n?/g,
  );
  const wireGuardKeys = [...stdout.matchAll(/^wireguard (\S+) (\S+)$/gm)].map(
    ([, path, publicKey]) => [path as string, publicKey as string] as const,
  );
  return {
    users: Object.fromEntries(users),
    certificateRequests: requests ?? [],
    wireGuardPublicKeys: Object.fromEntries(wireGuardKeys),
  };
}
