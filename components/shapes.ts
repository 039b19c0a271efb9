import type * as pulumi from "@pulumi/pulumi";

/** A bastion: the machine through which another one is reached. */
export interface SshBastion {
  /** Address of the bastion. */
  host: pulumi.Input<string>;
  /** SSH port. Default 22. */
  port?: pulumi.Input<number>;
  /** User on the bastion. Default root. */
  user?: pulumi.Input<string>;
  /** Private key for the bastion, in PEM. Default: the key of the machine behind it. */
  privateKey?: pulumi.Input<string>;
  /** Public host key of the bastion, as `ssh-keyscan` prints it without the address. Required unless the connection has acceptAnyHostKey. */
  hostKey?: pulumi.Input<string>;
}

/** How a machine is reached over SSH. */
export interface SshConnection {
  /** Address for SSH. Default: the host's address. */
  host?: pulumi.Input<string>;
  /** SSH port. Default 22. */
  port?: pulumi.Input<number>;
  /** User: root, or one with passwordless sudo who is in the group docker. Default root. */
  user?: pulumi.Input<string>;
  /** Private key in PEM, without a passphrase. */
  privateKey: pulumi.Input<string>;
  /** Public host key, as `ssh-keyscan` prints it without the address, e.g. `ssh-ed25519 AAAA...`. Required unless acceptAnyHostKey. */
  hostKey?: pulumi.Input<string>;
  /** Connect without a check of the host key: any host that answers at the address gets root's commands. Default false. */
  acceptAnyHostKey?: boolean;
  /** Bastion to go through. */
  bastion?: pulumi.Input<SshBastion>;
}

/** A machine that is ready to take host bundles: an SshHost, or the same data from elsewhere. */
export interface Host {
  /** DNS label, unique in the stack. */
  name: pulumi.Input<string>;
  /** Where other machines reach it: an IP address of either family, or a DNS name. */
  address: pulumi.Input<string>;
  /** How to reach it over SSH; its host must be given. */
  connection: pulumi.Input<SshConnection>;
}

/** A certificate whose private key never left the machine that it was made on. */
export interface CertificateBundle {
  /** Common name and DNS name of the certificate. */
  name: pulumi.Input<string>;
  /** The certificate in PEM. */
  certificatePem: pulumi.Input<string>;
  /** Certificates of the authorities to trust, in PEM. */
  trustBundlePem: pulumi.Input<string>;
  /** Path of the private key on its machine; it ends in `.key`, and the certificate belongs beside it under the same name without that ending. */
  privateKeyPath: pulumi.Input<string>;
  /** System user that owns the key. */
  user: pulumi.Input<string>;
  /** Numeric id of that user on its machine. */
  uid: pulumi.Input<number>;
  /** Numeric id of that user's group on its machine. */
  gid: pulumi.Input<number>;
}

/** One Alertmanager of the cluster, as every machine sees it. */
export interface GatewayPeer {
  /** Name of its certificate, and of the peer in the cluster: a DNS label. */
  name: pulumi.Input<string>;
  /** Where its gateway listens: an IP address of either family, or a DNS name. */
  address: pulumi.Input<string>;
  /** Port for gossip streams. Default 9094. */
  streamPort?: pulumi.Input<number>;
  /** Port for gossip datagrams. Default 9095. */
  datagramPort?: pulumi.Input<number>;
  /** Loopback address by which all Alertmanagers know it, the same on every machine, e.g. `127.0.1.1`. */
  loopbackAddress: pulumi.Input<string>;
}

/** What a gateway and an Alertmanager on the same machine share. */
export interface GatewaySockets {
  /** Directory of Unix sockets. */
  directory: pulumi.Input<string>;
  /** HAProxy's user, who owns the sockets, and whose group may read what the Alertmanager reads. */
  user: pulumi.Input<string>;
  /** Numeric id of that user. */
  uid: pulumi.Input<number>;
  /** Numeric id of that user's group. */
  gid: pulumi.Input<number>;
  /** Where the gateway serves the Alertmanager API on its machine, e.g. `http://127.0.0.1:9093`. */
  apiUrl: pulumi.Input<string>;
}

/** A machine's place on the overlay. */
export interface OverlayAddress {
  /** Name of the machine. */
  name: string;
  /** Its address on the overlay, of either family, without a prefix length. */
  address: string;
}

/** What Prometheus scrapes. */
export interface Endpoint {
  /** Name of the machine; becomes the label `instance`. */
  name: pulumi.Input<string>;
  /** Address on the overlay. */
  address: pulumi.Input<string>;
  /** Port of the exporter. */
  port: pulumi.Input<number>;
  /** Scrape job that it belongs to. */
  job: pulumi.Input<string>;
  /** Further labels. */
  labels?: pulumi.Input<Record<string, string>>;
}

/** Who may come in where; HostFirewall applies a machine's list. */
export interface InboundRule {
  /** `tcp` or `udp`. */
  protocol: string;
  /** Port on the machine. */
  port: number;
  /** Addresses or networks that may come in; empty means everybody. */
  sources: string[];
  /** Only on this interface, e.g. `wg0`. Default: on every one. */
  networkInterface?: string;
  /** What it is for, as one phrase. */
  purpose: string;
}
