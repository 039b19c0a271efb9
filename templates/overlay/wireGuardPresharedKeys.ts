import { hkdfSync } from "node:crypto";

/** The preshared key of two hosts: 32 bytes in base64, made from a root secret and both names, the same on both sides. */
export function presharedKey(rootSecret: string, one: string, other: string): string {
  const pair = [one, other].sort().join("\0");
  const info = `ha-monitoring preshared key of WireGuard\0${pair}`;
  return Buffer.from(hkdfSync("sha256", rootSecret, "", info, 32)).toString("base64");
}

/** The file of a host's preshared keys: `NAME KEY`, one peer a line. */
export function renderPresharedKeys(rootSecret: string, name: string, peers: string[]): string {
  return [...peers]
    .sort()
    .map((peer) => `${peer} ${presharedKey(rootSecret, name, peer)}\n`)
    .join("");
}
