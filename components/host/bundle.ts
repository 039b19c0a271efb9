import * as pulumi from "@pulumi/pulumi";
import { remote } from "@pulumi/command";
import { renderHostBundle, type HostBundle } from "../../templates/hostBundle";
import type { Host } from "../shapes";
import { asRoot, commandConnection, quietly } from "./connection";

/** Path of the program on the machine that applies bundles. */
export const applyPath = "/usr/local/lib/ha-monitoring/apply";

/** What a bundle printed about its machine. */
export interface BundleFacts {
  /** Numeric ids of each user that the bundle lists. */
  users: Record<string, { uid: number; gid: number }>;
  /** Certificate requests in PEM, in the bundle's order. */
  certificateRequests: string[];
  /** Public key of WireGuard of each wireguard-key, by the path of the private one. */
  wireGuardPublicKeys: Record<string, string>;
}

/** A bundle on its machine. */
export interface AppliedBundle {
  command: remote.Command;
  facts: pulumi.Output<BundleFacts>;
}

/**
 * Puts a bundle on a machine: one command, which runs only when the bundle's text changes.
 *
 * @param bundleName identity of the bundle on the machine; it cannot depend on anything that is known later.
 * @param bundle everything else, once it is known.
 */
export function applyBundle(
  name: string,
  host: pulumi.Input<Host>,
  bundleName: string,
  bundle: pulumi.Input<Omit<HostBundle, "name" | "host">>,
  opts: pulumi.CustomResourceOptions,
): AppliedBundle {
  const known = pulumi.output(host);
  // A connection is secret as a whole, and so is a host that is plain data with a connection in it; its name is not.
  const connection = pulumi.output(known.connection);
  const ownName = pulumi.unsecret(known.name);
  const text = pulumi
    .all([ownName, bundle])
    .apply(([hostName, rest]) =>
      renderHostBundle({ ...(rest as HostBundle), name: bundleName, host: hostName, stack: stackLabel() }),
    );
  const command = new remote.Command(
    name,
    {
      connection: commandConnection(connection),
      create: asRoot(connection, `${applyPath} apply`),
      delete: asRoot(
        connection,
        ownName.apply((hostName) => `${applyPath} remove ${bundleName} ${hostName} ${stackLabel()}`),
      ),
      stdin: text,
      ...quietly,
    },
    // What changes in a connection is secret: its diff would say nothing.
    { hideDiffs: ["connection"], ...opts },
  );
  return { command, facts: command.stdout.apply(parseFacts) };
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
