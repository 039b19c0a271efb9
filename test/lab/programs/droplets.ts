/** Droplets of an account, each let in by one key. */
import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";

/** One droplet that is wanted. */
export interface DropletSettings {
  name: string;
  image?: string;
  size?: string;
  ipv6?: boolean;
  userData: string;
}

const config = new pulumi.Config();
const key = new digitalocean.SshKey("key", { name: "key", publicKey: config.require("publicKey") });
const droplets = config.requireSecretObject<DropletSettings[]>("droplets");

export const addresses = droplets.apply((settings) =>
  pulumi.all(
    settings.map(({ name, image = "debian-13-x64", size = "s-1vcpu-1gb", userData, ipv6 = false }) => {
      const droplet = new digitalocean.Droplet(
        name,
        { name, image, size, ipv6, userData: pulumi.secret(userData), region: "fra1", sshKeys: [key.id] },
        // So that there are two of one name for a while.
        { deleteBeforeReplace: false },
      );
      return { name, id: droplet.id, address: droplet.ipv4Address, address6: droplet.ipv6Address };
    }),
  ),
);
