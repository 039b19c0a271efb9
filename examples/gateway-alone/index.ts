import * as pulumi from "@pulumi/pulumi";
import { HaproxyMtlsGateway, SshHost } from "../../components";

// A gateway in front of an Alertmanager that somebody else runs, with certificates of somebody else's authority: all that it needs is data.
const config = new pulumi.Config();

const host = new SshHost("monitor-a", {
  address: "198.51.100.10",
  connection: { privateKey: config.requireSecret("sshPrivateKey"), hostKey: config.require("hostKey") },
});

const gateway = new HaproxyMtlsGateway("gateway", {
  host,
  certificate: {
    name: "monitor-a",
    certificatePem: config.require("certificatePem"),
    trustBundlePem: config.require("trustBundlePem"),
    // The key is on the machine already, readable by this user alone.
    privateKeyPath: "/etc/ssl/private/monitor-a.pem.key",
    user: "ha-monitoring-gateway",
    uid: 900,
    gid: 900,
  },
  peers: [{ name: "monitor-b", address: "198.51.100.11", loopbackAddress: "127.0.1.2" }],
});

// Where the Alertmanager puts inbound-stream.sock, inbound-datagram.sock and api.sock, and finds outbound-stream-monitor-b.sock.
export const sockets = gateway.sockets;
export const inboundRules = gateway.inboundRules;
