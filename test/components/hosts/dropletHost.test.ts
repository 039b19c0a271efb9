import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { DropletFirewall, DropletHost, MonitoringStack, type DropletHostArgs } from "../../../components";
import { standInId, standInOutputs } from "../../../components/host/standIns";
import { deploy, type Deployment, publicKeyOf } from "../../support/deployment";
import { alerting, monitors, privateKey } from "../../support/monitors";
import { expectImmediateRefusal, expectRefusal } from "../../support/refusals";

const smallest = (): DropletHostArgs => ({
  region: "fra1",
  sshKeys: ["aa:bb"],
  privateKey: pulumi.secret(privateKey),
});
const droplet = (changes: Partial<DropletHostArgs> = {}, options: { preview?: boolean } = {}) =>
  deploy(() => {
    const { address, connection, ipv4Address } = new DropletHost("monitor-a", { ...smallest(), ...changes });
    return { address, connection, ipv4Address };
  }, options);
const type = "digitalocean:index/droplet:Droplet";
const id = standInId({ type, name: "monitor-a" });
const names = ({ resources }: Deployment, kind: string) =>
  resources.filter((each) => each.type === kind).map(({ name }) => name);

describe("a DropletHost", () => {
  it("makes a key for the first connection, the droplet, its own key over that connection, and prepares it", async () => {
    const deployment = await droplet();
    expect(deployment.errors).toEqual([]);
    expect(deployment.resources.map(({ name, type: kind }) => `${kind.split(":").at(-1)} ${name}`)).toEqual([
      "DropletHost monitor-a",
      "PrivateKey monitor-a-first-login",
      "PrivateKey monitor-a-first-key",
      "Droplet monitor-a",
      "Command monitor-a-host-key",
      "Command monitor-a-ready",
      "Command monitor-a-prepare",
    ]);
    const { resource } = deployment;
    expect(resource("monitor-a", type).inputs).toMatchObject({
      ...{
        name: "monitor-a",
        region: "fra1",
        size: "s-1vcpu-2gb",
        image: "debian-13-x64",
        sshKeys: ["aa:bb"],
      },
      ...{ ipv6: true, backups: false, monitoring: false, dropletAgent: false, tags: [] },
    });
    const pins = ["host-key", "ready", "prepare"].map((step) => {
      const { hostKey, host, user } = resource(`monitor-a-${step}`).inputs.connection as Record<
        string,
        string
      >;
      return [hostKey!.split(" ")[0], host, user];
    });
    const { ipv4Address } = deployment.value as { ipv4Address: string };
    expect(pins).toEqual([
      ["ecdsa-sha2-nistp256", ipv4Address, "root"],
      ["ssh-ed25519", ipv4Address, "root"],
      ["ssh-ed25519", ipv4Address, "root"],
    ]);
    expect(["host-key", "ready"].map((step) => resource(`monitor-a-${step}`).inputs.create)).toEqual([
      `sh -s -- make ${id}`,
      `sh -s -- retire ${id} s-1vcpu-2gb`,
    ]);
    expect(resource("monitor-a-host-key").inputs.connection).toHaveProperty(
      "privateKey",
      "private key monitor-a-first-login\n",
    );
    expect(resource("monitor-a-prepare").started).toBeGreaterThan(resource("monitor-a-ready").finished);
  });

  it("shows neither the key of its user data nor the one that opens connections", async () => {
    const { resources, resource } = await droplet();
    expect(resource("monitor-a", type).secrets).toEqual(["userData"]);
    const readable = resources.flatMap(({ inputs, secrets }) =>
      Object.entries(inputs).filter(([key]) => !secrets.includes(key)),
    );
    expect(JSON.stringify(readable)).not.toMatch(/private key monitor-a-first-key|bm90IGEga2V5/);
  });

  it("is protected unless it is said otherwise, and then follows its keys and user data, too", async () => {
    const given = (await droplet()).resource("monitor-a", type);
    expect([given.protect, given.ignoreChanges, given.deleteBeforeReplace]).toEqual([
      true,
      ["sshKeys", "userData"],
      true,
    ]);
    const open = (await droplet({ protected: false })).resource("monitor-a", type);
    expect([open.protect, open.ignoreChanges, open.deleteBeforeReplace]).toEqual([false, [], true]);
  });

  it("asks for the key of a droplet once: nothing that may change later has a part in how it is reached first", async () => {
    const one = (await droplet()).resource("monitor-a-host-key");
    const other = (
      await droplet({
        ...{ privateKey: privateKey.replace("bm90", "YmFy"), size: "s-2vcpu-4gb", addressFamily: "ipv6" },
        sshKeys: ["cc:dd"],
      })
    ).resource("monitor-a-host-key");
    expect(other.inputs).toEqual(one.inputs);
    expect(one.ignoreChanges).toEqual(["stdin"]);
    expect(one.inputs.triggers ?? []).toEqual([]);
  });

  it("waits for one that was switched off for another size", async () => {
    const { resource } = await droplet({ size: "s-2vcpu-4gb" });
    expect(resource("monitor-a-ready").inputs.create).toBe(`sh -s -- retire ${id} s-2vcpu-4gb`);
  });

  it("trusts the first answer only when told to, and pins what the machine says then", async () => {
    const { resource, resources } = await droplet({ trustOnFirstUse: true });
    expect(resources.map(({ name }) => name)).not.toContain("monitor-a-first-key");
    expect(resource("monitor-a-host-key").inputs.connection).not.toHaveProperty("hostKey");
    expect(resource("monitor-a-ready").inputs.connection).toHaveProperty("hostKey");
    expect(resource("monitor-a", type).inputs.userData).not.toContain("ssh_keys");
  });

  it("is reached over IPv6 when that is asked for", async () => {
    const { value } = await droplet({ addressFamily: "ipv6" });
    const { ipv6Address } = await standInOutputs({ type, name: "monitor-a", inputs: {} });
    expect(value).toMatchObject({ address: ipv6Address });
    expect(value).toHaveProperty("connection.host", ipv6Address);
  });

  it("knows nothing of the machine in a preview but its name, and previews all the same", async () => {
    const { errors, resources } = await droplet({}, { preview: true });
    expect(errors).toEqual([]);
    expect(resources).toHaveLength(7);
  });

  it("refuses what cannot be a droplet, all at once, before anything is made", async () => {
    expectImmediateRefusal(
      await droplet({
        ...{ name: "Monitor A", region: "Frankfurt", size: "big", image: "centos" as "debian-13-x64" },
        ...{ addressFamily: "ipv6", ipv6: false, tags: ["a b"], vpcUuid: "default", sshKeys: [] },
        privateKey: "none",
      }),
      [
        `size: "big" is not the slug of a size; write for example "s-1vcpu-2gb"`,
        `image: "centos" is not allowed; use debian-13-x64, debian-12-x64 or ubuntu-24-04-x64`,
        "sshKeys: the id or fingerprint of at least one SSH key of the account is needed",
        `tags[0]: "a b" cannot be a tag; use letters, digits, colons, hyphens and underscores`,
        `vpcUuid: "default" is not the id of a VPC; write its UUID, which doctl vpcs list shows`,
        `name: "Monitor A" is not a DNS label; use 1 to 63 lower case letters, digits and hyphens, e.g. "monitor-a"`,
        `region: "Frankfurt" is not the slug of a region; write for example "fra1"`,
        "privateKey: the text is not a private key in PEM; give the content of the key's file, not its path",
        "addressFamily: ipv6 needs an address of IPv6; leave ipv6 at true",
      ],
    );
  });
});

describe("a DropletFirewall", () => {
  it("is one firewall for its droplets, from the rules that the host's own is given", async () => {
    const { resource, errors } = await deploy(
      () =>
        new DropletFirewall("outer", {
          dropletIds: [7],
          rules: [{ protocol: "udp", port: 51820, sources: [], purpose: "WireGuard" }],
        }).firewallId,
    );
    expect(errors).toEqual([]);
    const { dropletIds, inboundRules, outboundRules } = resource("outer").inputs;
    expect(dropletIds).toEqual([7]);
    expect(inboundRules).toEqual([
      { protocol: "icmp", sourceAddresses: ["0.0.0.0/0", "::/0"] },
      { protocol: "tcp", portRange: "22", sourceAddresses: ["0.0.0.0/0", "::/0"] },
      { protocol: "udp", portRange: "51820", sourceAddresses: ["0.0.0.0/0", "::/0"] },
    ]);
    expect(outboundRules).toHaveLength(3);
  });

  it("refuses rules that cannot be, and one that would close SSH", async () => {
    const rules = [{ protocol: "tcp", port: 22, sources: ["198.51.100.1"], purpose: "SSH" }];
    const { errors } = await deploy(() => new DropletFirewall("outer", { dropletIds: [7], rules }));
    expect(errors.join()).toContain("port 22 is SSH, which stays open to all");
  });
});

describe("a stack on droplets", () => {
  const connection = { privateKey: pulumi.secret(privateKey) };
  const machine = (name: string, region: string) => ({ name, region, connection });
  const publicKey = `${publicKeyOf("account")} me`;
  const stack = (changes: object = {}, options: { preview?: boolean } = {}) =>
    deploy(
      () =>
        new MonitoringStack("monitoring", {
          monitors: [machine("monitor-a", "fra1"), machine("monitor-b", "ams3")],
          targets: [machine("web", "nyc3"), { ...monitors(8).at(-1)!, name: "database" }],
          droplets: { publicKey, size: "s-2vcpu-4gb" },
          alerting,
          ...changes,
        }).monitors,
      options,
    );

  it("makes a droplet for each machine with a region, with the account's key, one monitor after the other", async () => {
    const deployment = await stack();
    expect(deployment.errors).toEqual([]);
    expect(names(deployment, type).sort()).toEqual([
      "monitoring-monitor-a",
      "monitoring-monitor-b",
      "monitoring-web",
    ]);
    const { resource } = deployment;
    expect(resource("monitoring-web", type).inputs).toMatchObject({
      ...{ name: "web", size: "s-2vcpu-4gb", sshKeys: ["fingerprint of monitoring-ssh-key"] },
    });
    expect(resource("monitoring-monitor-b", type).started).toBeGreaterThan(
      resource("monitoring-monitor-a-prepare").finished,
    );
    expect(names(deployment, "ha-monitoring:index:SshHost")).toEqual(["monitoring-database"]);
  });

  it("denies what it does not know on droplets, inside and outside by the same list, and guards what was there", async () => {
    const deployment = await stack();
    const { resource } = deployment;
    expect(names(deployment, "digitalocean:index/firewall:Firewall").sort()).toEqual([
      "monitoring-monitor-a-cloud-firewall",
      "monitoring-monitor-b-cloud-firewall",
      "monitoring-web-cloud-firewall",
    ]);
    const policy = (name: string) =>
      /policy (\w+);/.exec(String(resource(`monitoring-${name}-firewall-rules`).inputs.stdin))?.[1];
    expect(["monitor-a", "web", "database"].map(policy)).toEqual(["drop", "drop", "accept"]);
    const ports = resource("monitoring-monitor-a-cloud-firewall").inputs.inboundRules as {
      portRange?: string;
    }[];
    expect(ports.map(({ portRange }) => portRange)).toEqual([undefined, "22", "9094", "9095", "51820"]);
    const guarded = await stack({ firewall: { mode: "guard" } });
    expect(names(guarded, "digitalocean:index/firewall:Firewall")).toEqual([]);
  });

  it("tells each machine the others' addresses as they come out", async () => {
    const deployment = await stack();
    const { resource } = deployment;
    const { ipv4Address } = await standInOutputs({ type, name: "monitoring-monitor-b", inputs: {} });
    expect(String(resource("monitoring-monitor-a-gateway-haproxy").inputs.stdin)).toContain(ipv4Address);
    const id = resource("monitoring-monitor-a-alertmanager", "docker:index/container:Container");
    expect(id.replacementTrigger).toMatch(/^ssh-ed25519 /);
    // Or the container would be replaced whenever a droplet is.
    const machines = names(deployment, type);
    expect(machines.filter((name) => Object.values(id.propertyDependencies).flat().includes(name))).toEqual(
      [],
    );
  });

  it("previews before there is any droplet", async () => {
    expect((await stack({}, { preview: true })).errors).toEqual([]);
  });

  it("refuses a droplet that says what it gets from its region, that nobody could log in to, and a VPC for several regions", async () => {
    const deployment = await stack({
      monitors: [
        { ...machine("monitor-a", "fra1"), address: "198.51.100.1" },
        { ...machine("monitor-b", "ams3"), connection: { ...connection, hostKey: publicKey } },
      ],
      targets: [
        { name: "web", connection },
        { ...monitors(8).at(-1)!, name: "database", droplet: {} },
      ],
      droplets: { vpcUuid: "5a4981aa-9653-4bd1-bef5-d6bff52042e4" },
    });
    const login = (at: number) =>
      `monitors[${at}].region: nobody could log in to its droplet; give droplets.publicKey, or droplets.sshKeys with ids or fingerprints of keys that the account knows`;
    const left = "a host that is made in a region gets this from there; leave it out, or leave out region";
    expectRefusal(deployment, [
      `monitors[0].address: ${left}`,
      login(0),
      `monitors[1].connection.hostKey: ${left}`,
      login(1),
      "targets[0]: an address is needed, or a region, in which a droplet is made for it",
      "targets[1].droplet: only a host with a region is a droplet",
      "droplets.vpcUuid: a VPC belongs to one region, and these droplets are in fra1 and ams3; give each host its own in droplet.vpcUuid",
    ]);
  });
});
