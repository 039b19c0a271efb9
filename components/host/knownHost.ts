import * as pulumi from "@pulumi/pulumi";
import { sshDefaults } from "../../model/defaults";
import type { Host } from "../shapes";
import type { KnownConnection } from "./connection";

/**
 * What is used of a host. Its connection is a secret, and makes a host that is plain data secret as a whole; name, address, port, user and
 * host key are none, and are taken out of the secret here.
 */
export interface KnownHost {
  name: pulumi.Output<string>;
  address: pulumi.Output<string>;
  /** Port of SSH. */
  port: pulumi.Output<number>;
  /** User of SSH. */
  user: pulumi.Output<string>;
  /** The pinned host key without its comment: another key is another host. Without a pinned key nothing tells hosts apart. */
  identity: pulumi.Output<string | null>;
  /** Secret. */
  connection: pulumi.Output<KnownConnection>;
}

/** Takes a host apart. */
export function knownHost(host: pulumi.Input<Host>): KnownHost {
  const known = pulumi.output(host);
  const connection = pulumi.output(known.connection);
  const shown = pulumi.unsecret(connection);
  return {
    name: pulumi.unsecret(known.name),
    address: pulumi.unsecret(known.address),
    port: shown.apply(({ port }) => port ?? sshDefaults.port),
    user: userOf(connection),
    identity: shown.apply(({ hostKey }) => hostKey?.trim().split(" ").slice(0, 2).join(" ") ?? null),
    connection,
  };
}

/** User of SSH; no secret. */
export function userOf(connection: pulumi.Output<KnownConnection>): pulumi.Output<string> {
  return pulumi.unsecret(connection).apply(({ user }) => user ?? sshDefaults.user);
}

/**
 * The value, once the command has succeeded. Waiting for the URN orders resources as `dependsOn` does, and a URN is known in a preview, so
 * the value does not become unknown.
 */
export function after<T>(
  commands: pulumi.CustomResource | pulumi.CustomResource[],
  value: T,
): pulumi.Output<pulumi.Unwrap<T>> {
  const urns = [commands].flat().map(({ urn }) => urn);
  const both = pulumi.all([pulumi.output(value), pulumi.all(urns)]);
  return both.apply(([known]) => known) as pulumi.Output<pulumi.Unwrap<T>>;
}
