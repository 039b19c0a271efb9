import * as pulumi from "@pulumi/pulumi";
import { HostFirewall, SshHost, type HostFirewallArgs } from "../../../components";

// A firewall alone on a machine of the lab.
const config = new pulumi.Config();
const { name, address, hostKey, user } = config.requireObject<{
  name: string;
  address: string;
  hostKey: string;
  user: string;
}>("host");

const host = new SshHost(name, {
  address,
  connection: { privateKey: config.requireSecret("sshPrivateKey"), hostKey, user },
});

export const { ruleset } = new HostFirewall("firewall", {
  host,
  ...config.requireObject<Omit<HostFirewallArgs, "host">>("firewall"),
});
