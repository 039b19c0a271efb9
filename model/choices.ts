/** What happens to inbound traffic that no rule matches: `guard` leaves it as it is, `deny` drops it. */
export const FirewallMode = { Guard: "guard", Deny: "deny" } as const;
export type FirewallMode = (typeof FirewallMode)[keyof typeof FirewallMode];

/** Curve of the root's key. */
export const RootCurve = { P256: "P256", P384: "P384" } as const;
export type RootCurve = (typeof RootCurve)[keyof typeof RootCurve];

/** Images that a droplet is made from: those on which everything here is tested, and Ubuntu 24.04. */
export const DropletImage = {
  Debian13: "debian-13-x64",
  Debian12: "debian-12-x64",
  Ubuntu2404: "ubuntu-24-04-x64",
} as const;
export type DropletImage = (typeof DropletImage)[keyof typeof DropletImage];

/** Family of the address at which the others reach a droplet. */
export const AddressFamily = { Ipv4: "ipv4", Ipv6: "ipv6" } as const;
export type AddressFamily = (typeof AddressFamily)[keyof typeof AddressFamily];
