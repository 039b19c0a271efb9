import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { AddressFamily, type DropletImage } from "../../model/choices";
import { dropletDefaults, withDefaults } from "../../model/defaults";
import { problemsOf } from "../../model/fields";
import { dropletHost } from "../../model/hosts";
import { renderCloudConfig } from "../../templates/hosts/cloudConfig";
import type { KnownConnection } from "../host/connection";
import { adoptHost } from "../host/hostKey";
import { after } from "../host/knownHost";
import { prepareHost } from "../host/prepare";
import type { SshConnection } from "../shapes";
import { checked, refuse } from "../validation";

/** What a droplet is like, wherever it is. */
export interface DropletSettings {
  /** Slug of its size. Default `s-1vcpu-2gb`. Another size is another `up` with the droplet switched off for a minute or two; its disk grows and never shrinks. */
  size?: string;
  /** Slug of its image. Default `debian-13-x64`. Another image is another droplet. */
  image?: DropletImage;
  /** Ids or fingerprints of SSH keys that the account knows, for root; the private half of one of them opens the connection. */
  sshKeys?: pulumi.Input<pulumi.Input<string>[]>;
  /** Tags; those that do not exist are made. Default none. */
  tags?: string[];
  /** Id of the VPC, which is of the droplet's region. Default: the region's own. */
  vpcUuid?: pulumi.Input<string>;
  /** Whether it has an address of IPv6, too. Default true. */
  ipv6?: boolean;
  /** Family of the address at which the others, and Pulumi, reach it. Default ipv4. */
  addressFamily?: AddressFamily;
  /** Whether DigitalOcean makes backups of it, which cost extra. Default false. */
  backups?: boolean;
  /** Whether Pulumi refuses to delete or replace it. What is read at its first boot only, its keys and its user data, is then left as it is. Default true. */
  protected?: boolean;
  /** Trust the host key that it shows first, rather than hand one over in its user data. Default false. */
  trustOnFirstUse?: boolean;
}

/** Arguments of DropletHost. */
export interface DropletHostArgs extends DropletSettings {
  /** Name of the droplet, a DNS label, unique in the stack. Default: the component's name. */
  name?: string;
  /** Slug of its region, e.g. `fra1`. */
  region: string;
  /** Private key in PEM, without a passphrase, of one of the SSH keys. */
  privateKey: pulumi.Input<string>;
}

/**
 * A droplet of DigitalOcean, ready to take host bundles. Its first host key comes with its user data, so that the first connection is to
 * this droplet and no other; that connection has it make a key of its own, and the first one is gone before anything else happens.
 */
export class DropletHost extends pulumi.ComponentResource {
  /** Name of the droplet. */
  public readonly name: pulumi.Output<string>;
  /** Where other machines reach it. */
  public readonly address: pulumi.Output<string>;
  /** How to reach it over SSH, once it is prepared. */
  public readonly connection: pulumi.Output<SshConnection>;
  /** Its public address of IPv4. */
  public readonly ipv4Address: pulumi.Output<string>;
  /** Its address of IPv6; empty if it has none. */
  public readonly ipv6Address: pulumi.Output<string>;
  /** Id of the droplet at DigitalOcean, for what is to be attached to it. */
  public readonly dropletId: pulumi.Output<number>;

  constructor(name: string, args: DropletHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:DropletHost", name, {}, opts);
    const settings = withDefaults({ ...dropletDefaults, name }, args);
    const { fields } = dropletHost;
    refuse(this, problemsOf(dropletHost, settings));
    const privateKey = checked(this, fields.privateKey, args.privateKey, ["privateKey"]);
    const sshKeys = checked(this, fields.sshKeys, args.sshKeys ?? [], ["sshKeys"]);
    const vpcUuid = args.vpcUuid && checked(this, fields.vpcUuid, args.vpcUuid, ["vpcUuid"]);
    const { size, addressFamily, protected: isProtected } = settings;
    const child = { parent: this };

    const firstLogin = new tls.PrivateKey(`${name}-first-login`, { algorithm: "ED25519" }, child);
    const firstKey = settings.trustOnFirstUse
      ? undefined
      : new tls.PrivateKey(`${name}-first-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, child);
    const userData = pulumi
      .all([firstLogin.publicKeyOpenssh, firstKey?.privateKeyOpenssh, firstKey?.publicKeyOpenssh])
      .apply(([login, privateKey, publicKey]) =>
        renderCloudConfig(login, privateKey && publicKey ? { privateKey, publicKey } : undefined),
      );
    const droplet = new digitalocean.Droplet(
      name,
      {
        name: settings.name,
        region: settings.region,
        size,
        image: settings.image,
        sshKeys,
        userData,
        tags: settings.tags,
        vpcUuid,
        ipv6: settings.ipv6,
        backups: settings.backups,
        monitoring: false,
        dropletAgent: false,
        gracefulShutdown: true,
      },
      {
        ...child,
        protect: isProtected,
        ignoreChanges: isProtected ? ["sshKeys", "userData"] : [],
        // Two droplets of one name would both be the peer of that name.
        deleteBeforeReplace: true,
      },
    );

    const address = addressFamily === AddressFamily.Ipv6 ? droplet.ipv6Address : droplet.ipv4Address;
    // Nothing of it changes as long as the droplet is the same: a host that has its own key cannot be reached this way again.
    const first = pulumi
      .all([droplet.ipv4Address, firstLogin.privateKeyOpenssh, firstKey?.publicKeyOpenssh])
      .apply(([host, key, hostKey]): KnownConnection => ({
        host,
        privateKey: key,
        hostKey: hostKey?.trim(),
      }));
    const connection = adoptHost(
      name,
      { first, identity: droplet.id, hardware: size, later: { host: address, privateKey } },
      child,
    );
    const prepared = prepareHost(`${name}-prepare`, settings.name, connection, child);

    this.name = pulumi.output(settings.name);
    this.address = address;
    // Everything that uses the connection waits until the host is prepared.
    this.connection = pulumi.secret(after(prepared, connection));
    this.ipv4Address = droplet.ipv4Address;
    this.ipv6Address = droplet.ipv6Address.apply((text) => text ?? "");
    this.dropletId = droplet.id.apply(Number);
    this.registerOutputs({
      name: this.name,
      address: this.address,
      connection: this.connection,
      dropletId: this.dropletId,
      ipv4Address: this.ipv4Address,
      ipv6Address: this.ipv6Address,
    });
  }
}
