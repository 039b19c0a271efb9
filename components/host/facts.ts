import { certificateRequestProblem } from "../../model/certificateRequest";
import { wireGuardKeyProblem } from "../../model/keys";
import type { AskedKeys } from "../../templates/host/hostBundle";

/** What a bundle printed about its host. */
export interface BundleFacts {
  /** Numeric ids of each user that the bundle lists. */
  users: Record<string, { uid: number; gid: number }>;
  /** Certificate requests in PEM, in the bundle's order. */
  certificateRequests: string[];
  /** Public key of WireGuard of each wireguard-key, by the path of the private one. */
  wireGuardPublicKeys: Record<string, string>;
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

/**
 * Checks what a host printed about its keys against the bundle that asked for it. Certificates and other hosts' configurations are made
 * from it, and a host may be in somebody else's hands.
 */
export async function factProblems(
  { requests, wireGuardKeys }: AskedKeys,
  { certificateRequests, wireGuardPublicKeys }: BundleFacts,
): Promise<string[]> {
  const count = certificateRequests.length;
  const counted =
    count === requests.length
      ? []
      : [`it printed ${count} certificate requests, but ${requests.length} is expected`];
  const refused = await Promise.all(
    requests.map(async ({ commonName, alternativeNames }, index) => {
      const request = certificateRequests[index];
      const problem = request && (await certificateRequestProblem(request, commonName, alternativeNames));
      return problem ? [`the certificate request for ${commonName} is refused: ${problem}`] : [];
    }),
  );
  const publicKeys = wireGuardKeys.flatMap((path) => {
    const problem = wireGuardKeyProblem(wireGuardPublicKeys[path] ?? "");
    return problem === undefined ? [] : [`the public key of WireGuard for ${path} is refused: ${problem}`];
  });
  return [...counted, ...refused.flat(), ...publicKeys];
}
