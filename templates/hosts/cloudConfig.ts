import { renderYaml } from "../host/yamlText";

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
 * User data for cloud-init: the host key that the host shows until it has made its own, the login key that root's account accepts until
 * then, no account beside root's, and no passwords for SSH.
 *
 * Every change of this text is a new droplet for those who allow it, so it holds nothing that could be done later over SSH.
 */
export function renderCloudConfig(loginKey: string, hostKey?: FirstHostKey): string {
  const config = {
    // cloud-init gives the login keys to root and to the image's default user, who may use sudo. A list without `default` leaves that user
    // out. The empty list would, too, but cloud-init 22.4 (Debian 12) calls it invalid. That root is listed locks root's password.
    users: ["root"],
    // With true, which is the default of Debian's cloud.cfg, root's keys only print that another user must log in.
    disable_root: false,
    ssh_pwauth: false,
    ssh_authorized_keys: [`${loginKey.trim().split(" ").slice(0, 2).join(" ")} ${firstLoginComment}`],
    // Images come with no keys of their own, or with everybody's.
    ssh_deletekeys: true,
    ...(hostKey && {
      ssh_keys: { ecdsa_private: withNewline(hostKey.privateKey), ecdsa_public: hostKey.publicKey.trim() },
    }),
  };
  return `#cloud-config\n${renderYaml(config)}`;
}

function withNewline(text: string): string {
  return `${text.trimEnd()}\n`;
}
