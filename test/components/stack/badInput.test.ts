import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import {
  AlertmanagerPeer,
  HaproxyMtlsGateway,
  MonitoringStack,
  PrivateCA,
  SshHost,
  type AlertmanagerConfigArgs,
  type AlertmanagerPeerArgs,
  type HaproxyMtlsGatewayArgs,
  type MonitoringStackArgs,
  type PrivateCAArgs,
  type SshHostArgs,
} from "../../../components";
import { deploy, type Deployment } from "../../support/deployment";
import { expectImmediateRefusal, expectRefusal, noHostKey } from "../../support/refusals";
import {
  alerting,
  connection,
  peerArgs,
  peers,
  plainHost,
  stackArgs,
  certificate,
  withFirst,
} from "../../support/monitors";

function withRoute(config: AlertmanagerConfigArgs): MonitoringStackArgs {
  return stackArgs(2, { alerting: config });
}

const readingPager = {
  route: { receiver: "pager" },
  receivers: [{ name: "pager", webhook_configs: [{ url_file: "pager" }] }],
};

const [, peerB] = peers;
const label = 'use 1 to 39 lower case letters, digits and hyphens, e.g. "monitor-a"';
const hostLabel = label.replace("39", "63");
type Case = [name: string, args: MonitoringStackArgs, problem: string];
const address = "write for example 198.51.100.10, 2001:db8::10 or db.example.com, without a port";
const refusedStacks: Case[] = [
  ["no monitors", stackArgs(0), "monitors: 0 given; a stack has 1 to 7, and is highly available from 2 on"],
  [
    "eight monitors",
    stackArgs(8),
    "monitors: 8 given; a stack has 1 to 7, and is highly available from 2 on",
  ],
  [
    "two monitors of one name",
    withFirst({ name: "monitor-b" }),
    'monitors[1].name: "monitor-b" is the name of another host; names must be unique',
  ],
  [
    "two monitors at one address",
    withFirst({ address: "198.51.100.11" }),
    'monitors[1].address: "198.51.100.11" is the address of monitors[0] already; each monitor needs a host of its own',
  ],
  [
    "a name in upper case",
    withFirst({ name: "Monitor" }),
    `monitors[0].name: "Monitor" is not a DNS label; ${label}`,
  ],
  ["a name with a dot", withFirst({ name: "a.b" }), `monitors[0].name: "a.b" is not a DNS label; ${label}`],
  [
    "a name with a newline",
    withFirst({ name: "a\nb" }),
    `monitors[0].name: "a\\nb" is not a DNS label; ${label}`,
  ],
  [
    "a name whose sockets would have too long a path",
    withFirst({ name: "m".repeat(40) }),
    `monitors[0].name: "${"m".repeat(40)}" is not a DNS label; ${label}`,
  ],
  ["no name", withFirst({ name: undefined }), "monitors[0].name: this is needed, and was not given"],
  [
    "a number that is taken",
    withFirst({ number: 2 }),
    "monitors[1].number: 2 is the number of monitors[0] already; numbers must be unique, also those that come from positions",
  ],
  [
    "a number above 7",
    withFirst({ number: 8 }),
    "monitors[0].number: 8 is not allowed; use a whole number from 1 to 7",
  ],
  [
    "a number that is not whole",
    withFirst({ number: 1.5 }),
    "monitors[0].number: 1.5 is not allowed; use a whole number from 1 to 7",
  ],
  [
    "no host key",
    withFirst({ connection: connection({ hostKey: undefined }) }),
    `monitors[0].connection.hostKey: ${noHostKey("198.51.100.10")}`,
  ],
  [
    "a host key that is none",
    withFirst({ connection: connection({ hostKey: "AAAA" }) }),
    'monitors[0].connection.hostKey: "AAAA" cannot be used as a public key: it is not a public key of OpenSSH, e.g. "ssh-ed25519 AAAA..."',
  ],
  [
    "an SSH port out of range",
    withFirst({ connection: connection({ port: 70000 }) }),
    "monitors[0].connection.port: 70000 is not a port; use 1 to 65535",
  ],
  ...["x\n ProxyCommand touch PWNED", "a b", "-oProxyCommand=x", "a;b", "$(id)", "a'b", ""].map(
    (host): Case => [
      `a host for SSH that is ${JSON.stringify(host)}`,
      withFirst({ connection: connection({ host }) }),
      `monitors[0].connection.host: ${JSON.stringify(host)} is neither an IP address nor a DNS name; ${address}`,
    ],
  ),
  ...[
    "root\n ProxyCommand touch PWNED",
    "a b",
    "-oProxyCommand=x",
    "a;b",
    "$(id)",
    "a'b",
    'a"b',
    "",
    "a#b",
  ].map((user): Case => [
    `a user for SSH that is ${JSON.stringify(user)}`,
    withFirst({ connection: connection({ user }) }),
    `monitors[0].connection.user: ${JSON.stringify(user)} is not the name of a user; use up to 64 letters, digits and _.@+-, no hyphen first`,
  ]),
  [
    "a bastion that is no address",
    withFirst({ connection: connection({ bastion: { host: "b\nx", hostKey: connection().hostKey } }) }),
    `monitors[0].connection.bastion.host: "b\\nx" is neither an IP address nor a DNS name; ${address}`,
  ],
  [
    "a user of a bastion that is none",
    withFirst({
      connection: connection({ bastion: { host: "b", user: "u\nx", hostKey: connection().hostKey } }),
    }),
    'monitors[0].connection.bastion.user: "u\\nx" is not the name of a user; use up to 64 letters, digits and _.@+-, no hyphen first',
  ],
  [
    "a private key that is a path",
    withFirst({ connection: connection({ privateKey: "~/.ssh/id_ed25519" }) }),
    "monitors[0].connection.privateKey: the text is not a private key in PEM; give the content of the key's file, not its path",
  ],
  [
    "an empty private key",
    withFirst({ connection: connection({ privateKey: "" }) }),
    "monitors[0].connection.privateKey: a private key in PEM is needed",
  ],
  [
    "a bastion without a host key",
    withFirst({ connection: connection({ bastion: { host: "203.0.113.1" } }) }),
    `monitors[0].connection.bastion.hostKey: ${noHostKey("203.0.113.1")}`,
  ],
  [
    "one port for two uses",
    stackArgs(2, { gossip: { streamPort: 9095 } }),
    "gossip.datagramPort: 9095 is streamPort already; each needs a port of its own",
  ],
  [
    "a privileged port",
    stackArgs(2, { gossip: { streamPort: 443 } }),
    "gossip.streamPort: 443 is not allowed; HAProxy runs without privileges, so use 1024 to 65535",
  ],
  [
    "a port that is no number",
    stackArgs(2, { gossip: { apiPort: NaN } }),
    "gossip.apiPort: NaN is not allowed; HAProxy runs without privileges, so use 1024 to 65535",
  ],
  [
    "a bind address that is a name",
    stackArgs(2, { gossip: { bindAddresses: ["eth0"] } }),
    'gossip.bindAddresses[0]: "eth0" is not an IP address; write for example 198.51.100.10 or 2001:db8::10',
  ],
  [
    "no bind address",
    stackArgs(2, { gossip: { bindAddresses: [] } }),
    "gossip.bindAddresses: at least one address is needed",
  ],
  [
    "too little memory",
    stackArgs(2, { alertmanager: { memoryMegabytes: 16 } }),
    "alertmanager.memoryMegabytes: 16 is not allowed; use a whole number of MiB, 32 or more",
  ],
  [
    "a retention in days",
    stackArgs(2, { alertmanager: { retention: "5d" } }),
    'alertmanager.retention: "5d" is not a duration of Go; write for example 15s, 2m or 120h',
  ],
  [
    "a peer timeout without a unit",
    stackArgs(2, { alertmanager: { peerTimeout: "15" } }),
    'alertmanager.peerTimeout: "15" is not a duration of Go; write for example 15s, 2m or 120h',
  ],
  [
    "an unknown log level",
    stackArgs(2, { alertmanager: { logLevel: "trace" } }),
    'alertmanager.logLevel: "trace" is not allowed; use debug, info, warn or error',
  ],
  [
    "a finished image that is also built",
    stackArgs(2, { alertmanager: { image: { name: "a", baseImage: "b" } } }),
    "alertmanager.image.name: a finished image is not built; leave out alertmanagerImage and baseImage",
  ],
  [
    "a pull of no image",
    stackArgs(2, { alertmanager: { image: { pull: true } } }),
    "alertmanager.image.pull: it says how image.name gets on the host, but image.name is not given; give image.name, or leave image.pull out",
  ],
  [
    "a finished image and software for it",
    stackArgs(2, { alertmanager: { image: { name: "a" }, software: {} } }),
    "alertmanager.software: image.name is a finished image, which has its Alertmanager; leave out one of them",
  ],
  [
    "upstream's image and its release",
    stackArgs(2, { alertmanager: { image: { alertmanagerImage: "a" }, software: { version: "0.34.2" } } }),
    "alertmanager.software: image.alertmanagerImage says already where Alertmanager comes from; leave out one of them",
  ],
  [
    "a release that is none",
    stackArgs(2, { alertmanager: { software: { version: "v0.34.2" } } }),
    'alertmanager.software.version: "v0.34.2" is not the version of a release; write for example 3.13.5, without v',
  ],
  [
    "a version of the distribution's package",
    stackArgs(2, { alertmanager: { software: { source: "apt", version: "0.28.1" } } }),
    'alertmanager.software.version: "0.28.1" is about releases, but the source is apt; leave it out',
  ],
  [
    "a curve that is none",
    stackArgs(2, { certificates: { curve: "P521" as never } }),
    'certificates.curve: "P521" is not allowed; use P256 or P384',
  ],
  [
    "a lifetime that leaves no time for a renewal",
    stackArgs(2, { certificates: { lifetimeHours: 1 } }),
    "certificates.lifetimeHours: 1 is not allowed; use a whole number of hours, 2 or more",
  ],
  [
    "a renewal that never ends",
    stackArgs(2, { certificates: { lifetimeHours: 24, earlyRenewalHours: 24 } }),
    "certificates.earlyRenewalHours: 24 is not below lifetimeHours, 24: every run would renew every certificate",
  ],
  [
    "a renewal that never comes",
    stackArgs(2, { certificates: { earlyRenewalHours: 0 } }),
    "certificates.earlyRenewalHours: 0 is not allowed; use a whole number of hours, 1 or more",
  ],
  [
    "certificates that outlive their root",
    stackArgs(2, { certificates: { rootLifetimeHours: 100 } }),
    "certificates.rootLifetimeHours: 100 is below lifetimeHours, 2160: certificates would outlive their root",
  ],
  [
    "no Alertmanager configuration",
    withRoute({}),
    "alerting.config: give the configuration as data in config or as text in configYaml, one of the two",
  ],
  [
    "two Alertmanager configurations",
    withRoute({ ...alerting, configYaml: "route:\n" }),
    "alerting.config: give the configuration as data in config or as text in configYaml, one of the two",
  ],
  [
    "an unknown receiver in a route",
    withRoute({ config: { route: { receiver: "pager" }, receivers: [{ name: "mail" }] } }),
    'alerting.config.route.receiver: "pager" is not a receiver; known are "mail"',
  ],
  [
    "an unknown receiver in a route of a text",
    withRoute({
      configYaml: "route: { receiver: mail, routes: [{ receiver: pager }] }\nreceivers: [{ name: mail }]\n",
    }),
    'alerting.configYaml.route.routes[0].receiver: "pager" is not a receiver; known are "mail"',
  ],
  [
    "a text that is not YAML",
    withRoute({ configYaml: "route: [" }),
    "alerting.configYaml: the Alertmanager configuration is not YAML: Flow sequence in block collection must be sufficiently" +
      " indented and end with a ] at line 1, column 9",
  ],
  [
    "a template with a path for a name",
    withRoute({ ...alerting, templates: { "../mail.tmpl": "" } }),
    'alerting.templates: "../mail.tmpl" is not the name of a template file; use a plain name of up to 200 characters that ends in .tmpl',
  ],
  [
    "a secret file that nothing reads",
    withRoute({ ...alerting, secretFiles: { pager: pulumi.secret("hunter2") } }),
    'alerting.secretFiles.pager: nothing reads it; name it in a setting that ends in _file, e.g. "url_file: pager", or leave it out',
  ],
  [
    "a setting with the name of no secret file",
    withRoute({ config: readingPager }),
    "alerting.config.receivers[0].webhook_configs[0].url_file: there is no secret file of this name; there are none; paths of other files must be absolute",
  ],
  [
    "an empty secret file",
    withRoute({ config: readingPager, secretFiles: { pager: "" } }),
    "alerting.secretFiles.pager: it is empty",
  ],
  [
    "an address with a blank",
    withFirst({ address: "198.51.100.10 " }),
    'monitors[0].address: "198.51.100.10 " is neither an IP address nor a DNS name; write for example 198.51.100.10, 2001:db8::10 or db.example.com, without a port',
  ],
  [
    "an address that would run in a shell",
    withFirst({ address: "$(reboot)" }),
    'monitors[0].address: "$(reboot)" is neither an IP address nor a DNS name; write for example 198.51.100.10, 2001:db8::10 or db.example.com, without a port',
  ],
];

describe("a stack refuses, before it registers anything,", () => {
  it.each(refusedStacks)("%s", async (_, args, problem) => {
    expectImmediateRefusal(await deploy(() => new MonitoringStack("monitoring", args)), [problem]);
  });

  it("all mistakes at once, each on a line", async () => {
    const args = stackArgs(8, {
      gossip: { streamPort: 1 },
      certificates: { lifetimeHours: -1 },
      alertmanager: { logLevel: "loud" },
      alerting: {},
    });
    const deployment = await deploy(() => new MonitoringStack("monitoring", args));
    expect(deployment.errors).toHaveLength(1);
    const fields = deployment.errors[0]?.split("\n  - ").map((line) => line.split(":")[0]);
    expect(fields).toEqual([
      "",
      "monitors",
      "alertmanager.logLevel",
      "gossip.streamPort",
      "certificates.lifetimeHours",
      "alerting.config",
    ]);
  });

  it("never a private key in an error", async () => {
    const broken = connection({ privateKey: "topsecret", hostKey: undefined });
    const { errors } = await deploy(
      () => new MonitoringStack("monitoring", withFirst({ connection: broken })),
    );
    expect(errors.join("\n")).toContain("connection.privateKey");
    expect(errors.join("\n")).not.toContain("topsecret");
  });
});

describe("a stack takes", () => {
  it.each<[string, MonitoringStackArgs]>([
    ["seven monitors", stackArgs(7)],
    ["a DNS name as address", withFirst({ address: "monitor-a.example.com" })],
    ["an IPv6 address", withFirst({ address: "2001:db8::10" })],
    [
      "any host key, when it is said in so many words",
      withFirst({ connection: connection({ hostKey: undefined, acceptAnyHostKey: true }) }),
    ],
    ["a connection whose host is left undefined", withFirst({ connection: connection({ host: undefined }) })],
    ["a name of 39 characters", withFirst({ name: "m".repeat(39) })],
    ["a lifetime of two hours", stackArgs(2, { certificates: { lifetimeHours: 2 } })],
  ])("%s", async (_, args) => {
    const { errors } = await deploy(() => new MonitoringStack("monitoring", args));
    expect(errors).toEqual([]);
  });
});

describe("single components refuse, before they register anything,", () => {
  const sshHost = (args: Partial<SshHostArgs>) =>
    deploy(() => new SshHost("monitor-a", { address: "198.51.100.10", connection: connection(), ...args }));
  const authority = (args: Partial<PrivateCAArgs>) =>
    deploy(() => new PrivateCA("ca", { holders: [{ name: "monitor-a", host: plainHost() }], ...args }));
  const gateway = (args: Partial<HaproxyMtlsGatewayArgs>) =>
    deploy(
      () => new HaproxyMtlsGateway("gateway", { host: plainHost(), certificate, peers: [peerB], ...args }),
    );
  const alertmanager = (args: Partial<AlertmanagerPeerArgs>) =>
    deploy(() => new AlertmanagerPeer("alertmanager", peerArgs(args)));

  it("SshHost: a name that is no DNS label", async () => {
    expectImmediateRefusal(await sshHost({ name: "A" }), [`name: "A" is not a DNS label; ${hostLabel}`]);
  });

  it("SshHost: a missing host key, also when the private key is known only later", async () => {
    const problem = `connection.hostKey: ${noHostKey("198.51.100.10")}`;
    expectImmediateRefusal(await sshHost({ connection: { privateKey: "PRIVATE KEY" } }), [problem]);
    expectImmediateRefusal(await sshHost({ connection: connection({ hostKey: undefined }) }), [problem]);
  });

  it("SshHost: what is wrong with values that are known only later", async () => {
    const later = connection({ hostKey: pulumi.output("nonsense"), privateKey: pulumi.secret("nonsense") });
    expectRefusal(await sshHost({ connection: later }), [
      "connection.privateKey: the text is not a private key in PEM; give the content of the key's file, not its path",
      'connection.hostKey: "nonsense" cannot be used as a public key: it is not a public key of OpenSSH, e.g. "ssh-ed25519 AAAA..."',
    ]);
  });

  it("SshHost: an address that is none", async () => {
    expectImmediateRefusal(await sshHost({ address: "a b" }), [
      'address: "a b" is neither an IP address nor a DNS name; write for example 198.51.100.10, 2001:db8::10 or db.example.com, without a port',
    ]);
  });

  it("PrivateCA: two holders of one name, and names that are none", async () => {
    const host = plainHost();
    expectImmediateRefusal(
      await authority({
        holders: [
          { name: "a", host },
          { name: "a", host },
          { name: "B", host },
        ],
      }),
      [
        `holders[2].name: "B" is not a DNS label; ${hostLabel}`,
        'holders: "a" is there twice; each name gets one certificate',
      ],
    );
  });

  it("PrivateCA: an alternative name that is none", async () => {
    const holders = [{ name: "monitor-a", host: plainHost(), alternativeNames: ["a b"] }];
    expectImmediateRefusal(await authority({ holders }), [
      'holders[0].alternativeNames[0]: "a b" is neither an IP address nor a DNS name; write for example 198.51.100.10, 2001:db8::10 or db.example.com, without a port',
    ]);
  });

  it.each([
    "https://x y/",
    "javascript:alert(1)",
    "https://a/\n--cluster.listen-address=0.0.0.0:1",
    "alerts.example.com",
    "https://user:word@alerts.example.com/",
    "",
  ])(
    "AlertmanagerPeer: an external URL that is %j, also when it is known only later",
    async (externalUrl) => {
      const problem = `externalUrl: ${JSON.stringify(externalUrl)} is not the URL of a web page; write for example https://alerts.example.com/prometheus/, without user, query and fragment`;
      expectImmediateRefusal(await alertmanager({ externalUrl }), [problem]);
      const later = await alertmanager({ externalUrl: pulumi.output(externalUrl) });
      expect(later.errors).toEqual([problem]);
      expect(later.resources.map(({ type }) => type)).not.toContain("docker:index/container:Container");
    },
  );

  it("HaproxyMtlsGateway: bad peers, bad ports", async () => {
    expectImmediateRefusal(await gateway({ peers: [{ ...peerB, name: "B" }] }), [
      `peers[0].name: "B" is not a DNS label; ${label}`,
    ]);
    expectImmediateRefusal(await gateway({ streamPort: 9094, datagramPort: 9094 }), [
      "datagramPort: 9094 is streamPort already; each needs a port of its own",
    ]);
    expectImmediateRefusal(await gateway({ peers: [{ ...peerB, address: "a b" }] }), [
      'peers[0].address: "a b" is neither an IP address nor a DNS name; write for example 198.51.100.10, 2001:db8::10 or db.example.com, without a port',
    ]);
  });

  it("HaproxyMtlsGateway: bad peers that are known only later", async () => {
    const { errors, resources } = await gateway({ peers: pulumi.output([{ ...peerB, name: "B" }]) });
    expect(errors).toEqual([`peers[0].name: "B" is not a DNS label; ${label}`]);
    expect(resources.map(({ name }) => name)).not.toContain("gateway-haproxy");
  });

  it("HaproxyMtlsGateway: a time to drain that is none", async () => {
    expectImmediateRefusal(await gateway({ drainSeconds: -1 }), [
      "drainSeconds: -1 is not allowed; use a whole number of seconds, 1 or more",
    ]);
  });

  it("AlertmanagerPeer: a configuration with an unknown receiver", async () => {
    const config = { route: { receiver: "pager" }, receivers: [{ name: "mail" }] };
    expectImmediateRefusal(await alertmanager({ alerting: { config } }), [
      'alerting.config.route.receiver: "pager" is not a receiver; known are "mail"',
    ]);
  });

  it("AlertmanagerPeer: a runtime that cannot be", async () => {
    expectImmediateRefusal(await alertmanager({ runtime: { logLevel: "loud", memoryMegabytes: 1 } }), [
      "runtime.memoryMegabytes: 1 is not allowed; use a whole number of MiB, 32 or more",
      'runtime.logLevel: "loud" is not allowed; use debug, info, warn or error',
    ]);
  });

  it("AlertmanagerPeer: a configuration that is wrong and known only later never reaches its machine", async () => {
    const config = pulumi.output({ route: { receiver: "pager" }, receivers: [{ name: "mail" }] });
    const { errors, resources } = await alertmanager({ alerting: { config } });
    expect(errors).toEqual(['alerting.config.route.receiver: "pager" is not a receiver; known are "mail"']);
    expectUntouched(resources);
  });

  it.each([
    ["a name", pulumi.secret({ paper: "hunter2" }), ["there is no secret file of this name", '"paper"']],
    ["a content", { pager: pulumi.secret(" ") }, ["alerting.secretFiles.pager: it is empty"]],
  ])("AlertmanagerPeer: %s of a secret file that is known only later", async (_, secretFiles, told) => {
    const { errors, resources } = await alertmanager({ alerting: { config: readingPager, secretFiles } });
    expect(errors).toHaveLength(1);
    for (const part of told) expect(errors[0]).toContain(part);
    expect(errors[0]).not.toContain("hunter2");
    expectUntouched(resources);
  });

  function expectUntouched(resources: Deployment["resources"]): void {
    const custom = resources.filter((each) => each.custom).map(({ name }) => name);
    expect(custom).not.toContain("alertmanager-secrets");
    expect(custom).not.toContain("alertmanager-config");
    expect(custom).not.toContain("alertmanager");
  }
});
