import * as pulumi from "@pulumi/pulumi";
import type { GatewayPeer } from "../shapes";

/** Who a peer is, wherever it is reached. */
export type PeerIdentity = Pick<pulumi.Unwrap<GatewayPeer>, "name" | "loopbackAddress">;

/**
 * Who the peers are. What is made of it does not depend on their addresses, which come and go with their machines: Pulumi would replace
 * a container when another peer's machine is replaced.
 */
export function peerIdentities(
  peers: pulumi.Input<pulumi.Input<GatewayPeer>[]>,
): pulumi.Output<PeerIdentity[]> {
  if (!Array.isArray(peers)) return pulumi.output(peers).apply((known) => known.map(identity));
  return pulumi.all(peers.map(peerIdentity));
}

/** Who one peer is. */
export function peerIdentity(peer: pulumi.Input<GatewayPeer>): pulumi.Output<PeerIdentity> {
  if (pulumi.Output.isInstance(peer) || peer instanceof Promise) return pulumi.output(peer).apply(identity);
  return pulumi.all([peer.name, peer.loopbackAddress]).apply(([name, loopbackAddress]) => ({
    name,
    loopbackAddress,
  }));
}

function identity({ name, loopbackAddress }: pulumi.Unwrap<GatewayPeer>): PeerIdentity {
  return { name, loopbackAddress };
}
