import { execFile } from "node:child_process";

/** Where a host key is asked for. */
export interface Endpoint {
  host: string;
  port?: number;
}

const atOnce = 20;

/**
 * Asks for the ed25519 host key of each endpoint by `ssh-keyscan`. Nothing tells whether a key is the right one.
 *
 * @returns the keys without the address; undefined where there was no answer.
 * @throws when ssh-keyscan cannot be run.
 */
export async function scanHostKeys(endpoints: Endpoint[]): Promise<(string | undefined)[]> {
  const keys: (string | undefined)[] = [];
  for (let first = 0; first < endpoints.length; first += atOnce) {
    keys.push(...(await Promise.all(endpoints.slice(first, first + atOnce).map(scan))));
  }
  return keys;
}

function scan({ host, port = 22 }: Endpoint): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const given = ["-T", "10", "-t", "ed25519", "-p", String(port), "--", host];
    execFile("ssh-keyscan", given, { timeout: 30_000 }, (error, stdout) => {
      if ((error as NodeJS.ErrnoException | null)?.code === "ENOENT") {
        reject(
          new Error(
            "--scan-host-keys needs ssh-keyscan, which is not on this computer; install OpenSSH's client",
          ),
        );
      } else resolve(/^\S+ (ssh-ed25519 \S+)/m.exec(stdout)?.[1]);
    });
  });
}
