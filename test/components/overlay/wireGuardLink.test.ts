import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { SshHost, WireGuardLink, type OverlayHostArgs, type WireGuardLinkArgs } from "../../../components";
import { presharedKey } from "../../../templates/overlay/wireGuardPresharedKeys";
import { answerAsAMachine, deploy, unknown, wireGuardKeyOf, type Deployment } from "../../support/deployment";
import { connection, plainHost } from "../../support/monitors";

const rootSecret = "private key overlay-preshared";
const hosts: Record<string, string> = {
  "hub-a": "198.51.100.10",
  "hub-b": "2001:db8::11",
  "spoke-a": "198.51.100.12",
  "spoke-b": "spoke-b.example.com",
};

function overlayHost(name: string, changes: Partial<OverlayHostArgs> = {}): OverlayHostArgs {
  return { name, host: plainHost(name, hosts[name]), ...changes };
}

function linkArgs(changes: Partial<WireGuardLinkArgs> = {}): WireGuardLinkArgs {
  return {
    hubs: [overlayHost("hub-a"), overlayHost("hub-b")],
    spokes: [overlayHost("spoke-a"), overlayHost("spoke-b")],
    ...changes,
  };
}

function deployLink(
  args: WireGuardLinkArgs,
  options: Parameters<typeof deploy>[1] = {},
): Promise<Deployment> {
  return deploy(() => {
    const { addresses, hostAddresses, publicKeys, inboundRules, interfaceName } = new WireGuardLink(
      "overlay",
      args,
    );
    return { addresses, hostAddresses, publicKeys, inboundRules, interfaceName };
  }, options);
}

/** Somebody who uses what the link hands on. */
class User extends pulumi.CustomResource {
  constructor(name: string, used: unknown) {
    super("test:index:User", name, { used });
  }
}

interface LinkOutputs {
  addresses: { name: string; address: string }[];
  hostAddresses: Record<string, string>;
  publicKeys: Record<string, string>;
  inboundRules: Record<string, object[]>;
  interfaceName: string;
}

const outputs = ({ value }: Deployment) => value as LinkOutputs;
const textOf = ({ resource }: Deployment, name: string) => String(resource(name).inputs.stdin);
const texts = ({ resources }: Deployment) =>
  Object.fromEntries(
    resources
      .filter(({ type }) => type === "command:remote:Command")
      .map(({ name, inputs }) => [name, inputs.stdin]),
  );
const changedBetween = (one: Deployment, other: Deployment) =>
  Object.keys({ ...texts(one), ...texts(other) })
    .filter((name) => texts(one)[name] !== texts(other)[name])
    .sort();
const peersIn = (text: string) => [...text.matchAll(/^\|\[Peer\] # (.*)$/gm)].map(([, name]) => name);

function interfacesOf({ resources }: Deployment): string[] {
  return resources.map(({ name }) => name).filter((name) => name.endsWith("-wireguard"));
}

describe("a WireGuardLink", () => {
  it("has three bundles a host, one after the other, and hides nothing but connections and preshared keys", async () => {
    const { resources, resource, errors } = await deployLink(linkArgs());
    expect(errors).toEqual([]);
    expect(
      resources
        .filter(({ custom }) => custom)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(
      ["overlay-preshared"]
        .concat(
          Object.keys(hosts).flatMap((name) =>
            ["key", "secrets", "wireguard"].map((kind) => `overlay-${name}-${kind}`),
          ),
        )
        .sort(),
    );
    for (const name of Object.keys(hosts)) {
      expect(resource(`overlay-${name}-secrets`).dependencies).toContain(`overlay-${name}-key`);
      expect(resource(`overlay-${name}-wireguard`).dependencies).toContain(`overlay-${name}-secrets`);
      expect(resource(`overlay-${name}-key`).secrets).toEqual(["connection"]);
      expect(resource(`overlay-${name}-secrets`).secrets).toEqual(["connection", "stdin"]);
      expect(resource(`overlay-${name}-wireguard`).secrets).toEqual(["connection"]);
    }
    expect(resource("overlay-preshared").inputs).toEqual({ algorithm: "ED25519" });
  });

  it("links hubs with everybody and spokes with hubs only, each peer with its own address and nothing else", async () => {
    const deployment = await deployLink(linkArgs());
    const { hostAddresses } = outputs(deployment);
    const linked = (name: string) => peersIn(textOf(deployment, `overlay-${name}-wireguard`));
    expect(Object.fromEntries(Object.keys(hosts).map((name) => [name, linked(name)]))).toEqual({
      "hub-a": ["hub-b", "spoke-a", "spoke-b"],
      "hub-b": ["hub-a", "spoke-a", "spoke-b"],
      "spoke-a": ["hub-a", "hub-b"],
      "spoke-b": ["hub-a", "hub-b"],
    });
    expect(textOf(deployment, "overlay-spoke-a-wireguard")).toContain(
      [
        "|[Peer] # hub-b",
        `|PublicKey = ${wireGuardKeyOf("hub-b")}`,
        `|AllowedIPs = ${hostAddresses["hub-b"]}/128`,
        "|Endpoint = [2001:db8::11]:51820",
        "|PersistentKeepalive = 25\n",
      ].join("\n"),
    );
    expect(textOf(deployment, "overlay-hub-a-wireguard")).toContain(
      "|Endpoint = spoke-b.example.com:51820\n",
    );
  });

  it("gives both hosts of a pair the same preshared key, and each pair another", async () => {
    const deployment = await deployLink(linkArgs());
    const line = (name: string, peer: string) =>
      new RegExp(`^\\|${peer} (.*)$`, "m").exec(textOf(deployment, `overlay-${name}-secrets`))?.[1];
    expect(line("hub-a", "spoke-a")).toBe(presharedKey(rootSecret, "hub-a", "spoke-a"));
    expect(line("spoke-a", "hub-a")).toBe(line("hub-a", "spoke-a"));
    expect(line("hub-b", "spoke-a")).not.toBe(line("hub-a", "spoke-a"));
    expect(line("spoke-a", "spoke-b")).toBeUndefined();
  });

  it("hands on addresses, public keys and the rule that lets WireGuard in from everywhere", async () => {
    const deployment = await deployLink(
      linkArgs({ spokes: [overlayHost("spoke-a", { listenPort: 51821 })] }),
    );
    const { addresses, hostAddresses, publicKeys, inboundRules, interfaceName } = outputs(deployment);
    expect(deployment.secret).toBe(false);
    expect(addresses.map(({ name }) => name)).toEqual(["hub-a", "hub-b", "spoke-a"]);
    expect(hostAddresses).toEqual(Object.fromEntries(addresses.map(({ name, address }) => [name, address])));
    expect(publicKeys["hub-a"]).toBe(wireGuardKeyOf("hub-a"));
    expect(inboundRules).toEqual({
      "hub-a": [{ protocol: "udp", port: 51820, sources: [], purpose: "WireGuard" }],
      "hub-b": [{ protocol: "udp", port: 51820, sources: [], purpose: "WireGuard" }],
      "spoke-a": [{ protocol: "udp", port: 51821, sources: [], purpose: "WireGuard" }],
    });
    expect(interfaceName).toBe("wg0");
  });

  it("knows every address before there is a machine, and no public key", async () => {
    const { addresses, publicKeys } = outputs(await deployLink(linkArgs(), { preview: true }));
    expect(addresses).toEqual(outputs(await deployLink(linkArgs())).addresses);
    expect(new Set(Object.values(publicKeys))).toEqual(new Set([unknown]));
  });

  it("shows in a preview that adds a spoke everything but what needs the new public key", async () => {
    const deployment = await deployLink(linkArgs(), {
      preview: true,
      answer: (resource) => (resource.name.includes("spoke-b") ? {} : answerAsAMachine(resource)),
    });
    const unknowns = Object.entries(texts(deployment))
      .filter(([, text]) => text === unknown)
      .map(([name]) => name);
    expect(unknowns).toEqual(["overlay-hub-a-wireguard", "overlay-hub-b-wireguard"]);
  });

  const printing = (host: string, publicKey: string) =>
    deployLink(linkArgs(), {
      answer: (resource) =>
        resource.name === `overlay-${host}-key`
          ? { stdout: `wireguard /etc/ha-monitoring/wireguard/private.key ${publicKey}\n` }
          : answerAsAMachine(resource),
    });

  it.each(["", "x", "A".repeat(44), `${"A".repeat(42)}B=`, wireGuardKeyOf("hub-a").slice(0, -1)])(
    "changes no interface when a spoke prints %j as its key",
    async (publicKey) => {
      const deployment = await printing("spoke-a", publicKey);
      expect(deployment.errors).toEqual([
        `host spoke-a: the public key of WireGuard for /etc/ha-monitoring/wireguard/private.key is refused: "${publicKey}" is not 32 bytes in base64, 44 characters with one "=" at the end; nothing was made from it. Find out who changed it on the host; then "pulumi up --replace" with the URN of overlay-spoke-a-key makes new keys`,
      ]);
      expect(interfacesOf(deployment)).toEqual([]);
    },
  );

  it.each([
    ["spoke-a", "hub-a", "hub-a and spoke-a"],
    ["hub-a", "spoke-a", "hub-a and spoke-a"],
    ["spoke-a", "spoke-b", "spoke-a and spoke-b"],
    ["hub-a", "hub-b", "hub-a and hub-b"],
  ])("changes no interface when %s prints the key of %s", async (liar, victim, both) => {
    const deployment = await printing(liar, wireGuardKeyOf(victim));
    expect(deployment.errors).toEqual([
      `public keys of WireGuard: ${both} printed the same one, ${wireGuardKeyOf(victim)}: one host has a copy of the other's, or prints what is not its own.` +
        ' No interface was changed; find out which, then make new keys with "pulumi up --replace" and the URNs of their wireguard-key bundles',
    ]);
    expect(interfacesOf(deployment)).toEqual([]);
  });

  it("makes whoever uses an address wait for that host's interface, and for no other's", async () => {
    const { resource } = await deploy(() => {
      const { addresses, hostAddresses } = new WireGuardLink("overlay", linkArgs());
      new User("one", hostAddresses["spoke-a"]);
      new User("all", addresses);
    });
    const interfaces = Object.keys(hosts).map((name) => `overlay-${name}-wireguard`);
    expect(resource("one").dependencies).toEqual(["overlay-spoke-a-wireguard"]);
    expect(resource("all").dependencies).toEqual(expect.arrayContaining(interfaces));
    expect(resource("one").started).toBeGreaterThan(resource("overlay-spoke-a-wireguard").finished);
  });

  it("changes nothing but the hubs when a spoke comes", async () => {
    const one = await deployLink(linkArgs({ spokes: [overlayHost("spoke-a")] }));
    const two = await deployLink(linkArgs());
    const hubs = ["hub-a", "hub-b"].flatMap((name) => [
      `overlay-${name}-secrets`,
      `overlay-${name}-wireguard`,
    ]);
    const spoke = ["key", "secrets", "wireguard"].map((kind) => `overlay-spoke-b-${kind}`);
    expect(changedBetween(one, two)).toEqual([...hubs, ...spoke].sort());
  });

  it("changes nothing when hosts stand in another order", async () => {
    const { hubs, spokes = [] } = linkArgs();
    const other = { hubs: [...hubs].reverse(), spokes: [...spokes].reverse() };
    expect(changedBetween(await deployLink(linkArgs()), await deployLink(other))).toEqual([]);
  });

  it("takes an SshHost as well as plain data: the bundles are the same", async () => {
    const ofComponents = await deploy(() => {
      const withComponent = ({ name }: OverlayHostArgs) => ({
        name,
        host: new SshHost(name, { address: hosts[name] as string, connection: connection() }),
      });
      const { hubs, spokes = [] } = linkArgs();
      new WireGuardLink("overlay", { hubs: hubs.map(withComponent), spokes: spokes.map(withComponent) });
    });
    expect(ofComponents.errors).toEqual([]);
    const prepared = Object.keys(hosts).map((name) => `${name}-prepare`);
    expect(changedBetween(await deployLink(linkArgs()), ofComponents)).toEqual(prepared.sort());
  });

  it("does as it is told: network, addresses, ports, name, size and keepalive", async () => {
    const hub = overlayHost("hub-a", {
      overlayAddress: "10.9.0.1",
      endpoint: "gate.example.com",
      listenPort: 7000,
    });
    const spoke = overlayHost("spoke-a", { overlayAddress: "10.9.0.9" });
    const deployment = await deployLink({
      ...{ hubs: [hub], spokes: [spoke], network: "10.9.0.0/24", interfaceName: "wg7" },
      ...{ listenPort: 7001, keepaliveSeconds: 0, mtu: 1280 },
    });
    const text = textOf(deployment, "overlay-spoke-a-wireguard");
    expect(text).toContain("file /etc/ha-monitoring/wireguard/wg7.conf 0644 root:root\n");
    expect(text).toContain("|Address = 10.9.0.9/32\n|MTU = 1280\n|ListenPort = 7001\n");
    expect(text).toContain("|AllowedIPs = 10.9.0.1/32\n|Endpoint = gate.example.com:7000\nfile ");
    expect(text).toContain('" check wg7 "$(staged /etc/ha-monitoring/wireguard/wg7.conf)" 10.9.0.0/24\n');
  });

  it("asks each machine only for what it will route itself", async () => {
    const chosen = { "hub-a": "10.9.0.1", "spoke-a": "10.9.0.2", "spoke-b": "10.9.0.3" };
    const host = (name: keyof typeof chosen) => overlayHost(name, { overlayAddress: chosen[name] });
    const deployment = await deployLink({
      hubs: [host("hub-a")],
      spokes: [host("spoke-a"), host("spoke-b")],
    });
    const asked = (name: string) =>
      / check wg0 "[^"]*" (.*)$/m.exec(textOf(deployment, `overlay-${name}-wireguard`))?.[1];
    expect(asked("hub-a")).toBe("10.9.0.1/32 10.9.0.2/32 10.9.0.3/32");
    expect(asked("spoke-a")).toBe("10.9.0.1/32 10.9.0.2/32");
  });

  it("makes its addresses from project, stack and component, or from the label that is given", async () => {
    const of = async (changes: Partial<WireGuardLinkArgs>) =>
      outputs(await deployLink(linkArgs(changes))).addresses;
    expect(await of({ label: "project/stack/overlay" })).toEqual(await of({}));
    expect(await of({ label: "other" })).not.toEqual(await of({}));
  });
});

describe("bad input of a WireGuardLink", () => {
  const label = 'use 1 to 63 lower case letters, digits and hyphens, e.g. "monitor-a"';
  const interfaceName =
    'use 1 to 15 letters, digits, hyphens and underscores, e.g. "wg1", but not all, default or lo';
  const onlyHub = (changes: Partial<OverlayHostArgs>) => ({
    hubs: [overlayHost("hub-a", changes)],
    spokes: [],
  });
  it.each<[string, Partial<WireGuardLinkArgs>, string]>([
    ["no hub", { hubs: [] }, "hubs: at least one is needed"],
    ["a bad name", onlyHub({ name: "Hub" }), `hubs[0].name: "Hub" is not a DNS label; ${label}`],
    [
      "a name twice",
      { spokes: [overlayHost("hub-b", { host: plainHost("other", "198.51.100.99") })] },
      'spokes[0].name: "hub-b" is the name of another host; names must be unique',
    ],
    [
      "a name of an interface that is too long",
      { interfaceName: "ha-monitoring-wg0" },
      `interfaceName: "ha-monitoring-wg0" cannot be the name of a new interface; ${interfaceName}`,
    ],
    [
      "a name of an interface that means another",
      { interfaceName: "all" },
      `interfaceName: "all" cannot be the name of a new interface; ${interfaceName}`,
    ],
    [
      "a name of an interface that is shell",
      { interfaceName: "$(id)" },
      `interfaceName: "$(id)" cannot be the name of a new interface; ${interfaceName}`,
    ],
    ["a port out of range", { listenPort: 65536 }, "listenPort: 65536 is not a port; use 1 to 65535"],
    [
      "a host's port out of range",
      onlyHub({ listenPort: 0 }),
      "hubs[0].listenPort: 0 is not a port; use 1 to 65535",
    ],
    [
      "a keepalive that is no number of seconds",
      { keepaliveSeconds: 0.5 },
      "keepaliveSeconds: 0.5 is not allowed; use a whole number of seconds from 0 to 65535",
    ],
    [
      "an MTU too small for IPv6",
      { mtu: 1279 },
      "mtu: 1279 is not allowed; use a whole number of bytes from 1280 to 65455",
    ],
    [
      "an endpoint with a port",
      onlyHub({ endpoint: "198.51.100.10:51820" }),
      'hubs[0].endpoint: "198.51.100.10:51820" is neither an IP address nor a DNS name; write for example 198.51.100.10, 2001:db8::10 or db.example.com, without a port',
    ],
    [
      "an endpoint with a newline",
      onlyHub({ endpoint: "a\nb" }),
      'hubs[0].endpoint: "a\\nb" is neither an IP address nor a DNS name; write for example 198.51.100.10, 2001:db8::10 or db.example.com, without a port',
    ],
    [
      "a network that is none",
      { network: "10.0.0.0" },
      'network: "10.0.0.0" is not a network; write for example "10.9.0.0/24" or "fd12:3456:789a:1::/64"',
    ],
    [
      "a network that has a host's own address",
      { network: "2001:db8::/64" },
      "hubs[1].host.address: 2001:db8::11, where hub-b is reached, is in 2001:db8::/64 of the overlay; choose another network",
    ],
    [
      "an address of the overlay that is a host's own address",
      { hubs: [overlayHost("hub-a", { overlayAddress: "198.51.100.10" })], spokes: [] },
      "hubs[0].host.address: 198.51.100.10, where hub-a is reached, is in 198.51.100.10/32 of the overlay; choose another network",
    ],
  ])("%s is one clear error, and no machine is touched", async (_, changes, problem) => {
    const deployment = await deployLink(linkArgs(changes));
    expect(deployment.errors).toEqual([problem]);
    expect(deployment.resources.filter(({ custom }) => custom)).toEqual([]);
    expect(pulumi.ResourceError.isInstance(deployment.thrown)).toBe(true);
  });

  it("is found in what is known later, too, before any interface is made", async () => {
    const deployment = await deployLink(
      linkArgs({
        network: "2001:db8::/64",
        hubs: [overlayHost("hub-a", { endpoint: pulumi.output("2001:db8::7") })],
      }),
    );
    expect(deployment.errors).toEqual([
      "hubs[0].endpoint: 2001:db8::7, where hub-a is reached, is in 2001:db8::/64 of the overlay; choose another network",
    ]);
    const made = deployment.resources.map(({ name }) => name);
    expect(made.filter((name) => name.endsWith("-wireguard"))).toEqual([]);
  });
});
