import { stringify } from "yaml";

/** A pair of keys by which a machine is known before anybody has been there. */
export interface FirstHostKey {
  /** Private key of ECDSA in OpenSSH's format. */
  privateKey: string;
  /** Public key as in `ecdsa-sha2-nistp256 AAAA...`. */
  publicKey: string;
}

/** Comment of the key that is let in until the machine has its own host key; templates/programs/host-key.sh knows it, too. */
export const firstLoginComment = "ha-monitoring-first-login";

/**
 * User data for cloud-init: the host key that the machine shows until it has made its own, the user's key that it lets in until then, and
 * no passwords for SSH.
 *
 * Every change of this text is a new droplet for those who allow it, so it holds nothing that could be done later over SSH.
 */
export function renderCloudConfig(loginKey: string, hostKey?: FirstHostKey): string {
  const config = {
    ssh_pwauth: false,
    ssh_authorized_keys: [`${loginKey.trim().split(" ").slice(0, 2).join(" ")} ${firstLoginComment}`],
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
