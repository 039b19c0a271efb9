/** Droplets as DropletHost makes and adopts them. */
import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";
import type { PrivateKey } from "@pulumi/tls";
import { DropletHost, type DropletImage } from "../../../components";

/** One droplet that is wanted. */
export interface DropletHostSettings {
  name: string;
  image: DropletImage;
}

const config = new pulumi.Config();
const key = new digitalocean.SshKey("key", { name: "key", publicKey: config.require("publicKey") });

export const hosts = config.requireObject<DropletHostSettings[]>("droplets").map((settings) => {
  let firstLogin: PrivateKey | undefined;
  const host = new DropletHost(
    settings.name,
    {
      ...{ ...settings, region: "fra1", sshKeys: [key.id], protected: false },
      privateKey: config.requireSecret("sshPrivateKey"),
    },
    {
      transformations: [
        ({ name, resource }) => {
          if (name === `${settings.name}-first-login`) firstLogin = resource as PrivateKey;
          return undefined;
        },
      ],
    },
  );
  return pulumi.secret({
    ...{ name: host.name, address: host.address, hostKey: host.connection.hostKey },
    firstLogin: firstLogin?.privateKeyOpenssh,
  });
});
