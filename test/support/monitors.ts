import * as pulumi from "@pulumi/pulumi";
import type {
  AlertmanagerConfigArgs,
  AlertmanagerPeerArgs,
  Host,
  MonitorArgs,
  MonitoringStackArgs,
  SshConnection,
  StackHostArgs,
} from "../../components";

/** A private key that looks like one, whose text must be nowhere but in connections. */
export const privateKey =
  "-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5\n-----END OPENSSH PRIVATE KEY-----\n";

/** A public host key. */
export const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKq7AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/** A connection whose key is secret, as it is in a program. */
export function connection(changes: Partial<SshConnection> = {}): SshConnection {
  return { privateKey: pulumi.secret(privateKey), hostKey, ...changes };
}

/** A machine as plain data, not from SshHost. */
export function plainHost(name = "monitor-a", address = "198.51.100.10"): Host {
  return { name, address, connection: connection({ host: address }) };
}

/** The smallest configuration that upstream takes. */
export const alerting: AlertmanagerConfigArgs = {
  config: { route: { receiver: "nobody" }, receivers: [{ name: "nobody" }] },
};

/** Monitors a, b, c ... in the documentation's network. */
export function monitors(count: number): MonitorArgs[] {
  return [..."abcdefgh"].slice(0, count).map((letter, index) => ({
    name: `monitor-${letter}`,
    address: `198.51.100.${10 + index}`,
    connection: connection(),
  }));
}

/** Targets a, b, c ... in the same network. */
export function targets(count: number): StackHostArgs[] {
  return [..."abcdefgh"].slice(0, count).map((letter, index) => ({
    name: `target-${letter}`,
    address: `198.51.100.${21 + index}`,
    connection: connection(),
  }));
}

/** Arguments of a stack that is fine. */
export function stackArgs(count = 2, changes: Partial<MonitoringStackArgs> = {}): MonitoringStackArgs {
  return { monitors: monitors(count), alerting, ...changes };
}

/** The same, but for something of its first monitor. */
export function withFirst(changes: Partial<MonitorArgs>): MonitoringStackArgs {
  const [first, second] = monitors(2) as [MonitorArgs, MonitorArgs];
  return stackArgs(2, { monitors: [{ ...first, ...changes }, second] });
}

/** Two peers as plain data. */
export const peers = [
  { name: "monitor-a", address: "198.51.100.10", loopbackAddress: "127.0.1.1" },
  { name: "monitor-b", address: "198.51.100.11", loopbackAddress: "127.0.1.2" },
] as const;

/** A certificate as plain data. */
export const certificate = {
  name: "monitor-a",
  certificatePem: "certificate of monitor-a\n",
  trustBundlePem: "certificate of the root\n",
  privateKeyPath: "/etc/ha-monitoring/identity/peer.pem.key",
  user: "ha-monitoring-gateway",
  uid: 991,
  gid: 992,
};

/** What a gateway shares, as plain data. */
export const gatewaySockets = {
  directory: "/run/ha-monitoring-gateway/sockets",
  user: "ha-monitoring-gateway",
  uid: 991,
  gid: 992,
  apiUrl: "http://127.0.0.1:9093",
};

/** Arguments of the Alertmanager of the first peer that are fine, but for some changes. */
export function peerArgs(changes: Partial<AlertmanagerPeerArgs> = {}): AlertmanagerPeerArgs {
  const [self, other] = peers;
  return {
    ...{ host: plainHost(), gateway: gatewaySockets, self, peers: [other], clusterLabel: "test", alerting },
    ...changes,
  };
}
