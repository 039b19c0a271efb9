import * as pulumi from "@pulumi/pulumi";
import { isDnsName, isIpAddress } from "../model/addresses";
import type { GatewayPeer } from "./shapes";

/**
 * An input whose value has been checked. What is plain is checked at once, so that a mistake is known before anything is registered;
 * what is an output is checked when its value is known.
 *
 * @throws pulumi.ResourceError with every problem, on the component.
 */
export function checked<T>(
  component: pulumi.Resource,
  input: T,
  problemsOf: (value: pulumi.Unwrap<T>) => string[],
): pulumi.Output<pulumi.Unwrap<T>> {
  if (isPlain(input)) refuse(component, problemsOf(input as pulumi.Unwrap<T>));
  return pulumi.output(input).apply((value) => {
    refuse(component, problemsOf(value));
    return value;
  });
}

/** Throws one error that lists all problems, if there are any. */
export function refuse(component: pulumi.Resource, problems: string[]): void {
  if (problems.length === 0) return;
  const text = problems.length === 1 ? problems[0] : problems.map((problem) => `\n  - ${problem}`).join("");
  throw new pulumi.ResourceError(`${text}`, component, true);
}

/** Problems in the words of whoever has the part that they are about under a name of its own. */
export function prefixed(path: string, problems: string[]): string[] {
  return problems.map((problem) => `${path}.${problem}`);
}

/** Whether a value holds no output and no promise, at any depth. */
export function isPlain(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every(isPlain);
}

/** What is wrong with a name that must be a DNS label (RFC 1123), as sentences. Programs without types may give anything. */
export function labelProblems(path: string, name: unknown, longest = 63): string[] {
  if (typeof name === "string" && name.length <= longest && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name))
    return [];
  return [
    `${path}: "${String(name)}" is not a DNS label; use 1 to ${longest} lower case letters, digits and hyphens, e.g. "monitor-a"`,
  ];
}

/** Longest name of a peer: HAProxy's sockets have it in their paths, of which the kernel takes 108 bytes. */
export const longestPeerName = 39;

/** What is wrong with other peers of a cluster, as sentences. */
export function peerProblems(peers: pulumi.Unwrap<GatewayPeer>[]): string[] {
  return peers.flatMap((peer, index) => [
    ...labelProblems(`peers[${index}].name`, peer.name, longestPeerName),
    ...addressProblems(`peers[${index}].address`, peer.address),
  ]);
}

/** What is wrong with where a machine is reached, as sentences. */
export function addressProblems(path: string, address: unknown): string[] {
  if (typeof address === "string" && (isIpAddress(address) || isDnsName(address))) return [];
  return [`${path}: "${String(address)}" is neither an IP address nor a DNS name`];
}
