/** A WireGuardLink between hosts of a lab, as a configuration value describes them. */
import * as pulumi from "@pulumi/pulumi";
import { SshHost, WireGuardLink, type OverlayHostArgs, type WireGuardLinkArgs } from "../../../components";

interface HostDescription {
  name: string;
  address: string;
  hostKey: string;
  endpoint?: string;
  overlayAddress?: string;
}

const config = new pulumi.Config();
const privateKey = config.requireSecret("sshPrivateKey");

const overlayHost = ({ name, address, hostKey, ...rest }: HostDescription): OverlayHostArgs => ({
  name,
  host: new SshHost(name, { address, connection: { privateKey, hostKey } }),
  ...rest,
});

const link = new WireGuardLink("overlay", {
  hubs: config.requireObject<HostDescription[]>("hubs").map(overlayHost),
  spokes: config.requireObject<HostDescription[]>("spokes").map(overlayHost),
  ...config.requireObject<Omit<WireGuardLinkArgs, "hubs" | "spokes">>("settings"),
});

export const { addresses, publicKeys, inboundRules, interfaceName } = link;
