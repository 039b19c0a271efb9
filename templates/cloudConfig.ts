import { stringify } from "yaml";

/** A pair of keys by which a machine is known before anybody has been there. */
export interface FirstHostKey {
  /** Private key of ECDSA in OpenSSH's format. */
  privateKey: string;
  /** Public key as in `ecdsa-sha2-nistp256 AAAA...`. */
  publicKey: string;
}

/**
 * User data for cloud-init: the host key that the machine shows until it has made its own, and no passwords for SSH.
 *
 * Every change of this text is a new droplet for those who allow it, so it holds nothing that could be done later over SSH.
 */
export function renderCloudConfig(hostKey?: FirstHostKey): string {
  const config = {
    ssh_pwauth: false,
    // Images come with no keys of their own, or with everybody's.
    ssh_deletekeys: true,
    ...(hostKey && {
      ssh_keys: { ecdsa_private: withNewline(hostKey.privateKey), ecdsa_public: hostKey.publicKey.trim() },
    }),
  };
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}

function withNewline(text: string): string {
  return `${text.trimEnd()}\n`;
}
