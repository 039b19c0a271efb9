/** Everything of DigitalOcean that the library uses, in an account that need not be a real one. */
import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";

interface Changes {
  keyName?: string;
  publicKey?: string;
  dropletName?: string;
  size?: string;
  image?: string;
  backups?: boolean;
  ipv6?: boolean;
  tags?: string[];
  port?: string;
}

const config = new pulumi.Config();
const changes = config.requireObject<Changes>("changes");
const provider = new digitalocean.Provider("account", {
  apiEndpoint: config.require("endpoint"),
  token: config.requireSecret("token"),
});

// By the default provider, which the stack's configuration sets up; all others by one of their own.
const key = new digitalocean.SshKey("key", {
  ...{ name: changes.keyName ?? "key", publicKey: changes.publicKey ?? config.require("publicKey") },
});
const options = { provider };
const droplet = new digitalocean.Droplet(
  "droplet",
  {
    ...{ name: changes.dropletName ?? "web-1", region: "fra1", size: changes.size ?? "s-1vcpu-1gb" },
    ...{ image: changes.image ?? "debian-13-x64", sshKeys: [key.fingerprint] },
    ...{ userData: config.requireSecret("userData"), dropletAgent: false },
    ...{ tags: ["conformance", ...(changes.tags ?? [])], backups: changes.backups ?? false },
    ipv6: changes.ipv6 ?? false,
  },
  options,
);
new digitalocean.Firewall(
  "firewall",
  {
    name: "firewall",
    dropletIds: [droplet.id.apply(Number)],
    inboundRules: [
      { protocol: "tcp", portRange: changes.port ?? "22", sourceAddresses: ["0.0.0.0/0", "::/0"] },
      { protocol: "icmp", sourceTags: ["conformance"] },
    ],
    outboundRules: [{ protocol: "udp", portRange: "all", destinationAddresses: ["0.0.0.0/0"] }],
  },
  options,
);

export const facts = {
  key: { id: key.id, fingerprint: key.fingerprint },
  droplet: {
    ...{ id: droplet.id, name: droplet.name, urn: droplet.dropletUrn, status: droplet.status },
    ...{ address: droplet.ipv4Address, privateAddress: droplet.ipv4AddressPrivate },
    ...{ address6: droplet.ipv6Address, memory: droplet.memory, vcpus: droplet.vcpus, disk: droplet.disk },
    ...{ size: droplet.size, region: droplet.region, vpc: droplet.vpcUuid, locked: droplet.locked },
    ...{ backups: droplet.backups, ipv6: droplet.ipv6, tags: droplet.tags, volumes: droplet.volumeIds },
    ...{ monitoring: droplet.monitoring, privateNetworking: droplet.privateNetworking },
  },
};
export const userData = droplet.userData;
