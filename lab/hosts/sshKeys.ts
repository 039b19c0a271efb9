import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { encodeOpenSshPrivateKey, encodeOpenSshPublicKey } from "../ssh/opensshKey";

/** A key pair in OpenSSH's formats. */
export interface SshKeyPair {
  /** PEM, as in `-----BEGIN OPENSSH PRIVATE KEY-----`. */
  privateKey: string;
  /** `ssh-ed25519 AAAA...`, without comment. */
  publicKey: string;
}

/** Reads the key pair from `path` and `path`.pub, or makes it there: ed25519, the private key for the owner only. */
export function ensureSshKeyPair(path: string, comment: string): SshKeyPair {
  if (!existsSync(path)) createKeyPair(path, comment);
  const publicKey = readFileSync(`${path}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
  return { privateKey: readFileSync(path, "utf8"), publicKey };
}

function createKeyPair(path: string, comment: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  writeFileSync(`${path}.pub`, `${encodeOpenSshPublicKey(publicKey)} ${comment}\n`);
  writeFileSync(path, encodeOpenSshPrivateKey(privateKey, comment), { mode: 0o600 });
}
