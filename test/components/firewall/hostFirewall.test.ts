import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { HostFirewall, SshHost, type HostFirewallArgs, type InboundRule } from "../../../components";
import { deploy, type Deployment } from "../../support/deployment";
import { connection, plainHost } from "../../support/monitors";

const gossip: InboundRule = {
  protocol: "tcp",
  port: 9094,
  sources: ["198.51.100.11"],
  purpose: "gossip streams between Alertmanagers",
};
const exporter: InboundRule = { ...gossip, port: 9100, networkInterface: "wg0", purpose: "node_exporter" };

const firewall = (changes: Partial<HostFirewallArgs> = {}, options: { preview?: boolean } = {}) =>
  deploy(
    () => new HostFirewall("firewall", { host: plainHost(), rules: [gossip], ...changes }).ruleset,
    options,
  );
const rulesText = ({ resource }: Deployment) => String(resource("firewall-rules").inputs.stdin);

describe("a HostFirewall", () => {
  it("puts rules on trial by one command and confirms them by another, which begins when the first has ended", async () => {
    const { resources, resource, errors } = await firewall();
    expect(errors).toEqual([]);
    expect(resources.map(({ urn }) => urn.split("::").slice(2).join("::"))).toEqual([
      "ha-monitoring:index:HostFirewall::firewall",
      "ha-monitoring:index:HostFirewall$command:remote:Command::firewall-rules",
      "ha-monitoring:index:HostFirewall$command:remote:Command::firewall-confirm",
    ]);
    const [trial, confirmation] = [resource("firewall-rules"), resource("firewall-confirm")];
    expect(confirmation.dependencies).toContain("firewall-rules");
    expect(confirmation.started).toBeGreaterThan(trial.finished);
    expect(trial.inputs.stdin).toMatch(/^bundle firewall on monitor-a for project\/stack\n/);
    expect(confirmation.inputs.stdin).toMatch(/^bundle firewall-confirm on monitor-a for project\/stack\n/);
  });

  it("hides nothing but its connection, also when the machine is an SshHost", async () => {
    for (const host of [
      plainHost,
      () => new SshHost("monitor-a", { address: "198.51.100.10", connection: connection() }),
    ]) {
      const { resource, secret, errors } = await deploy(
        () => new HostFirewall("firewall", { host: host(), rules: [gossip] }).ruleset,
      );
      expect(errors).toEqual([]);
      expect(secret).toBe(false);
      expect(resource("firewall-rules").secrets).toEqual(["connection"]);
      expect(resource("firewall-confirm").secrets).toEqual(["connection"]);
    }
  });

  it("shows its rules in a preview, before anything of the machine is known", async () => {
    const deployment = await firewall({}, { preview: true });
    expect(deployment.errors).toEqual([]);
    expect(rulesText(deployment)).toContain("|        ip saddr 198.51.100.11 tcp dport 9094 accept ");
  });

  it("guards by default, and has no overlay unless a rule or an argument names it", async () => {
    const text = rulesText(await firewall());
    expect(text).toContain("policy accept;");
    expect(text).not.toContain("chain overlay");
    const opening = 'iifname "wg0" goto overlay';
    expect(rulesText(await firewall({ rules: [exporter] }))).toContain(opening);
    expect(rulesText(await firewall({ overlayInterface: "wg0" }))).toContain(opening);
    const other = rulesText(await firewall({ rules: [exporter], overlayInterface: "wg1" }));
    expect(other).toContain('iifname "wg1" goto overlay');
    expect(other).not.toContain(opening);
  });

  it("leaves open the port of the connection, unless it is told that sshd listens on another", async () => {
    const host = { ...plainHost(), connection: connection({ host: "198.51.100.10", port: 2200 }) };
    const ssh = async (changes: Partial<HostFirewallArgs>) =>
      /tcp dport (\d+) accept comment "SSH"/.exec(
        rulesText(await firewall({ mode: "deny", ...changes })),
      )?.[1];
    expect(await ssh({})).toBe("22");
    expect(await ssh({ host })).toBe("2200");
    expect(await ssh({ host, sshPort: 22 })).toBe("22");
  });

  it("confirms again when the rules change, and only then", async () => {
    const confirmation = async (changes: Partial<HostFirewallArgs>) =>
      (await firewall(changes)).resource("firewall-confirm").inputs.stdin;
    const first = await confirmation({});
    expect(await confirmation({ rules: [gossip, { ...gossip }] })).toBe(first);
    expect(await confirmation({ rules: [{ ...gossip, port: 9095 }] })).not.toBe(first);
    expect(await confirmation({ mode: "deny" })).not.toBe(first);
  });

  it("takes rules that are known later", async () => {
    const rules = pulumi.output([gossip]).apply((known) => known);
    expect(rulesText(await firewall({ rules }))).toBe(rulesText(await firewall()));
  });

  it("gives its time to the trial and to the confirmation", async () => {
    const deployment = await firewall({ confirmWithinSeconds: 90 });
    expect(rulesText(deployment)).toContain("on-change /usr/local/libexec/ha-monitoring/firewall try 90\n");
    expect(deployment.resource("firewall-confirm").inputs.stdin).toMatch(/ confirm [0-9a-f]{64} 90\n/);
  });
});

const toSome =
  "is SSH, which stays open to all, so a rule cannot close it to some; take the rule out, and let sshd decide who may log in from where";
const refused: [name: string, changes: Partial<HostFirewallArgs>, problem: string][] = [
  ["an unknown mode", { mode: "allow" as "deny" }, 'mode: "allow" is not allowed; use guard or deny'],
  ["an SSH port that is none", { sshPort: 0 }, "sshPort: 0 is not a port; use 1 to 65535"],
  [
    "an overlay interface that cannot be",
    { overlayInterface: 'wg0"' },
    'overlayInterface: "wg0"" is not the name of a network interface; use up to 15 letters, digits and _.:-, e.g. "wg0"',
  ],
  [
    "too little time",
    { confirmWithinSeconds: 1 },
    "confirmWithinSeconds: 1 is not allowed; use a whole number of seconds from 5 to 120",
  ],
  [
    "another protocol",
    { rules: [{ ...gossip, protocol: "icmp" }] },
    'rules[0].protocol: "icmp" is not allowed; use tcp or udp',
  ],
  [
    "a port that is none",
    { rules: [gossip, { ...gossip, port: 70000 }] },
    "rules[1].port: 70000 is not a port; use 1 to 65535",
  ],
  [
    "a source that is a name",
    { rules: [{ ...gossip, sources: ["198.51.100.11", "monitor-b.example.com"] }] },
    'rules[0].sources[1]: "monitor-b.example.com" is neither an IP address nor a network; write for example 198.51.100.10 or 2001:db8::/64',
  ],
  [
    "an interface that cannot be",
    { rules: [{ ...gossip, networkInterface: "" }] },
    'rules[0].networkInterface: "" is not the name of a network interface; use up to 15 letters, digits and _.:-, e.g. "wg0"',
  ],
  [
    "a purpose that breaks out of its comment",
    { rules: [{ ...gossip, purpose: 'x" drop' }] },
    'rules[0].purpose: "x" drop" cannot be a comment of nftables; use 1 to 100 ASCII characters without quotes and backslashes',
  ],
  ["SSH for some", { rules: [gossip, { ...gossip, port: 22 }] }, `rules[1]: port 22 ${toSome}`],
  [
    "SSH on one interface that is not the overlay",
    { rules: [{ ...gossip, port: 22, sources: [], networkInterface: "eth0" }] },
    `rules[0]: port 22 ${toSome}`,
  ],
  ["SSH for some on another port", { sshPort: 9094 }, `rules[0]: port 9094 ${toSome}`],
];

describe("a HostFirewall refuses, before anything is touched,", () => {
  it.each(refused)("%s", async (_, changes, problem) => {
    const { errors, resources } = await firewall(changes);
    expect(errors).toEqual([problem]);
    expect(resources.filter(({ custom }) => custom)).toEqual([]);
  });

  it("the same in rules that are known later", async () => {
    const rules = pulumi.output([{ ...gossip, port: 22 }]).apply((known) => known);
    const { errors, resources } = await firewall({ rules });
    expect(errors).toEqual([`rules[0]: port 22 ${toSome}`]);
    expect(resources.filter(({ custom }) => custom)).toEqual([]);
  });

  it("but not SSH on the overlay, SSH for all, or UDP on its port: these close nothing", async () => {
    const rules = [
      { ...exporter, port: 22 },
      { ...gossip, port: 22, sources: [] },
      { ...gossip, port: 22, protocol: "udp" },
    ];
    expect((await firewall({ rules })).errors).toEqual([]);
  });
});
