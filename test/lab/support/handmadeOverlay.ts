import type { Lab, LabHost } from "../../../lab/hosts/lab";

/** A host, and its address on the overlay. */
export interface OverlayPlace {
  host: LabHost;
  /** In fd5e:1::/64. */
  address: string;
}

/** A WireGuard by hand, with one host in the middle, which is a router for the others if nobody stops it. */
export async function joinOverlay(lab: Lab, middle: OverlayPlace, spokes: OverlayPlace[]): Promise<void> {
  const places = [middle, ...spokes];
  const keys = await Promise.all(
    places.map(({ host }) => lab.exec(host, "umask 077; wg genkey | tee /root/wg.key | wg pubkey")),
  );
  const peer = (place: OverlayPlace, allowed: string) =>
    `wg set wg0 peer ${keys[places.indexOf(place)]?.stdout.trim()} allowed-ips ${allowed} endpoint ${place.host.address}:51821 persistent-keepalive 5`;
  const join = (place: OverlayPlace, peers: string[]) =>
    lab.exec(
      place.host,
      [
        "ip link add wg0 type wireguard 2>/dev/null || wireguard-go wg0 >/dev/null 2>&1",
        "wg set wg0 private-key /root/wg.key listen-port 51821",
        ...peers,
        "sysctl -q -w net.ipv6.conf.wg0.disable_ipv6=0",
        `ip address add ${place.address}/64 dev wg0 nodad`,
        "ip link set wg0 up",
        "sysctl -q -w net.ipv6.conf.all.forwarding=1",
      ].join(" && "),
    );
  await join(
    middle,
    spokes.map((spoke) => peer(spoke, `${spoke.address}/128`)),
  );
  await Promise.all(spokes.map((spoke) => join(spoke, [peer(middle, "fd5e:1::/64")])));
}
