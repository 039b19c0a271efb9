import { isIpAddress } from "../../model/addresses";
import type { HostBundle } from "../host/hostBundle";

const directory = "/etc/ha-monitoring/identity";

/** Where a host keeps the private key of its certificate. */
export const identityKeyPath = `${directory}/peer.pem.key`;

/**
 * A private key that is made on the host, and the certificate request that the host prints for it.
 *
 * @param commonName common name of the request.
 * @param names DNS names and IP addresses of the request.
 * @param user system user that owns the key.
 */
export function identityBundle(
  commonName: string,
  names: string[],
  user: string,
): Omit<HostBundle, "name" | "host"> {
  return {
    commands: [{ name: "openssl", packages: ["openssl"] }],
    users: [user],
    directories: [
      { path: "/etc/ha-monitoring", mode: "0755", owner: "root:root" },
      { path: directory, mode: "0750", owner: `root:${user}` },
    ],
    keys: [
      {
        path: identityKeyPath,
        mode: "0600",
        owner: `${user}:${user}`,
        commonName,
        alternativeNames: [...new Set(names)].map((name) =>
          isIpAddress(name) ? `IP:${name}` : `DNS:${name}`,
        ),
      },
    ],
  };
}
