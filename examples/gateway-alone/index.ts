import * as pulumi from "@pulumi/pulumi";
import { HaproxyMtlsGateway, SshHost, type GatewayPeer } from "ha-monitoring";

// A gateway in front of an Alertmanager that somebody else runs, with certificates of somebody else's authority: all that it needs is data.
const config = new pulumi.Config();
const { name, address, hostKey } =
  config.requireObject<Record<"name" | "address" | "hostKey", string>>("host");

const host = new SshHost(name, {
  address,
  connection: { privateKey: config.requireSecret("sshPrivateKey"), hostKey },
});

const gateway = new HaproxyMtlsGateway("gateway", {
  host,
  certificate: {
    name,
    certificatePem: config.require("certificatePem"),
    trustBundlePem: config.require("trustBundlePem"),
    // The key is on the machine already, readable by this user alone.
    privateKeyPath: `/etc/ssl/private/${name}.pem.key`,
    user: "ha-monitoring-gateway",
    uid: 900,
    gid: 900,
  },
  peers: config.requireObject<GatewayPeer[]>("peers"),
  // Not on every address: the Alertmanager itself has the same port on loopback. It has 9093, too.
  bindAddresses: [address],
  apiPort: 9193,
});

// Where the Alertmanager puts inbound-stream.sock, inbound-datagram.sock and api.sock, and finds outbound-stream-PEER.sock and
// outbound-datagram-PEER.sock: join-alertmanager.sh does that for one that runs on the machine itself.
export const sockets = gateway.sockets;
export const inboundRules = gateway.inboundRules;
