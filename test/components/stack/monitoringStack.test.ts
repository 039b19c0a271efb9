import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { MonitoringStack, type MonitoringStackArgs } from "../../../components";
import { resolve } from "../../../model/stack";
import { readApplyProgram } from "../../../templates/host/programs";
import { readWithApplyProgram } from "../../support/applyParser";
import { abridged } from "../../support/bundleChecks";
import {
  answerAsAMachine,
  deploy,
  unknown,
  type Deployment,
  type Registered,
} from "../../support/deployment";
import { expectGolden } from "../../support/goldens";
import { connection, hostKey, monitors, privateKey, stackArgs, targets } from "../../support/monitors";

const command = "command:remote:Command";

function deployStack(args: MonitoringStackArgs, options?: Parameters<typeof deploy>[1]): Promise<Deployment> {
  return deploy(() => {
    const stack = new MonitoringStack("monitoring", args);
    return { monitors: stack.monitors, targets: stack.targets, trustBundle: stack.trustBundle };
  }, options);
}

let two: Deployment;
let three: Deployment;

beforeAll(async () => {
  two = await deployStack(stackArgs());
  three = await deployStack(stackArgs(3));
});

/** Bundles, that is all commands but those that prepare a machine and ask it. */
function bundles({ resources }: Deployment): Registered[] {
  return resources.filter(({ type, name }) => type === command && !/-(prepare|preflight)$/.test(name));
}

/** Answers of hosts, one of which fails at this resource. */
function failingAt(name: string, message: string): typeof answerAsAMachine {
  return (resource) => {
    if (resource.name === name) throw new Error(message);
    return answerAsAMachine(resource);
  };
}

describe("a stack of monitors", () => {
  it.each([2, 3])("of %i: the URNs of all its resources are the golden's", (count) => {
    const { resources, errors } = count === 2 ? two : three;
    expect(errors).toEqual([]);
    const urns = resources.map(({ urn }) => urn).sort();
    expectGolden(`components/goldens/urns.${count}-monitors.txt`, `${urns.join("\n")}\n`);
  });

  it("sends to the first of two monitors the very bundles of the goldens", () => {
    const ofMonitorA = bundles(two).filter(({ inputs }) => / on monitor-a /m.test(String(inputs.stdin)));
    const names = ofMonitorA
      .map(({ inputs }) => /^bundle (\S+) /.exec(String(inputs.stdin))?.[1] ?? "")
      .sort();
    expect(names).toEqual([
      "alertmanager",
      "alertmanager-healthy",
      "alertmanager-image",
      "alertmanager-software",
      "cluster",
      "firewall",
      "firewall-confirm",
      "gateway",
      "gateway-certificates",
      "identity",
      "node-exporter",
      "node-exporter-software",
      "prometheus",
      "prometheus-software",
      "prometheus-targets",
      "scrapes",
      "wireguard",
      "wireguard-key",
      "wireguard-secrets",
    ]);
    for (const { inputs } of ofMonitorA) {
      const text = String(inputs.stdin);
      expectGolden(`components/goldens/monitor-a.${/^bundle (\S+) /.exec(text)?.[1]}.bundle`, abridged(text));
    }
  });

  it("sends only bundles that the program on the machine can read", () => {
    for (const { name, inputs } of bundles(two)) {
      expect(readWithApplyProgram(String(inputs.stdin)), name).toMatchObject({ status: 0, stderr: "" });
    }
  });

  it("runs one constant command for each bundle, undoes it by name, and logs nothing", () => {
    const commands = bundles(two);
    expect(commands).toHaveLength(38);
    for (const { inputs, hideDiffs } of commands) {
      const { connection: _, stdin, ...rest } = inputs;
      const [, bundle, host] =
        /^bundle (\S+) on (monitor-[ab]) for project\/stack$/m.exec(String(stdin)) ?? [];
      expect(rest).toEqual({
        create: "/usr/local/lib/ha-monitoring/apply apply",
        delete: `/usr/local/lib/ha-monitoring/apply remove ${bundle} ${host} project/stack`,
        logging: "none",
        addPreviousOutputInEnv: false,
      });
      expect(hideDiffs).toEqual(["connection"]);
    }
  });

  it("gives every bundle of one machine a name of its own", () => {
    const heads = bundles(three).map(({ inputs }) => String(inputs.stdin).split("\n")[0]);
    expect(new Set(heads).size).toBe(heads.length);
  });

  it("prepares each machine with the program that applies bundles, before any bundle", () => {
    const { inputs, finished } = two.resource("monitoring-monitor-a-prepare");
    expect(inputs).toEqual({
      connection: expect.objectContaining({
        host: "198.51.100.10",
        user: "root",
        port: 22,
        hostKey,
      }) as unknown,
      create: 'f=$(mktemp) && cat >"$f" && sh "$f" install "$f"; s=$?; rm -f "$f"; exit $s',
      delete:
        "[ ! -e /usr/local/lib/ha-monitoring/apply ] || /usr/local/lib/ha-monitoring/apply uninstall monitor-a project/stack",
      stdin: readApplyProgram(),
      logging: "none",
      addPreviousOutputInEnv: false,
    });
    for (const bundle of bundles(two).filter(({ name }) => name.includes("monitor-a"))) {
      expect(bundle.started, bundle.name).toBeGreaterThan(finished);
      expect(bundle.dependencies, bundle.name).toContain("monitoring-monitor-a-prepare");
    }
  });

  it("tells where each monitor is and how to reach its API, none of it secret", async () => {
    const args = stackArgs();
    const [first, second] = args.monitors;
    const elsewhere = connection({ host: "203.0.113.5", port: 2200, user: "admin" });
    const { value, secret } = await deployStack({
      ...args,
      monitors: [
        { ...first!, overlayAddress: "fd00::a" },
        { ...second!, overlayAddress: "fd00::b", connection: elsewhere },
      ],
      targets: [{ ...targets(1)[0]!, overlayAddress: "fd00::21" }],
      gossip: { apiPort: 7003 },
    });
    expect(value).toMatchObject({
      monitors: [
        {
          name: "monitor-a",
          address: "198.51.100.10",
          overlayAddress: "fd00::a",
          alertmanagerUrl: "http://127.0.0.1:7003",
          prometheusUrl: "http://127.0.0.1:9090",
          tunnel: "ssh -N -L 7003:127.0.0.1:7003 -L 9090:127.0.0.1:9090 root@198.51.100.10",
        },
        {
          name: "monitor-b",
          address: "198.51.100.11",
          overlayAddress: "fd00::b",
          alertmanagerUrl: "http://127.0.0.1:7003",
          prometheusUrl: "http://127.0.0.1:9090",
          tunnel: "ssh -N -L 7003:127.0.0.1:7003 -L 9090:127.0.0.1:9090 -p 2200 admin@203.0.113.5",
        },
      ],
      targets: [{ name: "target-a", address: "198.51.100.21", overlayAddress: "fd00::21" }],
      trustBundle: "certificate monitoring-ca-root\n",
    });
    expect(secret).toBe(false);
  });

  it("passes ports, addresses, label, lifetimes and runtime on to everything that needs them", async () => {
    const deployment = await deployStack(
      stackArgs(2, {
        gossip: {
          streamPort: 7001,
          datagramPort: 7002,
          apiPort: 7003,
          metricsPort: 7004,
          bindAddresses: ["2001:db8::10"],
          clusterLabel: "blue",
        },
        certificates: { lifetimeHours: 48, earlyRenewalHours: 24, rootLifetimeHours: 480 },
        alertmanager: {
          image: { name: "example.com/alertmanager:1", pull: false },
          retention: "24h",
          memoryMegabytes: 64,
        },
      }),
    );
    const gateway = String(deployment.resource("monitoring-monitor-a-gateway-haproxy").inputs.stdin);
    expect(gateway).toContain("|    bind [2001:db8::10]:7001 ssl ");
    expect(gateway).toContain("|    bind [2001:db8::10]:7002 ssl ");
    expect(gateway).toContain("|    bind 127.0.0.1:7003\n");
    expect(gateway).toContain("|    bind 127.0.0.1:7004\n");
    expect(gateway).toContain("|    server monitor-b 198.51.100.11:7001 ssl ");
    expect(gateway).toContain("|    server monitor-b 198.51.100.11:7002 ssl ");
    const gate = "http://127.0.0.1:7003 127.0.1.2:9094=198.51.100.11/7001\n";
    expect(deployment.resource("monitoring-monitor-a-alertmanager-healthy").inputs.stdin).toContain(gate);
    expect(deployment.resource("monitoring-monitor-a-cluster").inputs.stdin).toContain(` --all ${gate}`);
    expect(deployment.resource("monitoring-monitor-a-alertmanager").inputs).toMatchObject({
      image: "example.com/alertmanager:1",
      memory: 64,
      command: expect.arrayContaining(["--cluster.label=blue", "--data.retention=24h"]) as unknown,
    });
    expect(
      deployment.resource("monitoring-ca-root", "tls:index/selfSignedCert:SelfSignedCert").inputs,
    ).toMatchObject({
      subject: { commonName: "blue CA" },
      validityPeriodHours: 480,
    });
    expect(deployment.resource("monitoring-ca-monitor-b").inputs).toMatchObject({
      validityPeriodHours: 48,
      earlyRenewalHours: 24,
    });
  });

  it("keeps a monitor's number, and so its loopback address, when the one before it is taken out", async () => {
    const [, second, third] = monitors(3);
    const args = stackArgs(2, {
      monitors: [
        { ...second!, number: 2 },
        { ...third!, number: 3 },
      ],
    });
    const deployment = await deployStack(args);
    expect(deployment.resource("monitoring-monitor-c-alertmanager").inputs.envs).toContain(
      "LOOPBACK_ADDRESS=127.0.1.3",
    );
    expect(deployment.resource("monitoring-monitor-c-alertmanager").inputs.envs).toContain(
      "PEERS=monitor-b=127.0.1.2",
    );
    const [a, b, c, d] = monitors(4);
    const numbered = stackArgs(4, { monitors: [a!, b!, { ...c!, number: 7 }, d!] });
    const addresses = resolve(numbered, "label").model?.monitors.map(({ peer }) => peer.loopbackAddress);
    expect(addresses).toEqual(["127.0.1.1", "127.0.1.2", "127.0.1.7", "127.0.1.4"]);
  });
});

/** Bundles whose text is secret, but for the preshared keys of the overlay. */
function secretBundles(resources: Registered[]): Registered[] {
  return resources.filter(
    ({ name, secrets }) => secrets.includes("stdin") && !/-overlay-.*-secrets$/.test(name),
  );
}

describe("the order of things", () => {
  const slow = async (resource: Registered) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return answerAsAMachine(resource);
  };

  it("is one monitor after the other: nothing that runs begins before the one before is healthy", async () => {
    const deployment = await deployStack(stackArgs(3), { answer: slow });
    for (const [earlier, later] of [
      ["monitor-a", "monitor-b"],
      ["monitor-b", "monitor-c"],
    ] as const) {
      const healthy = deployment.resource(`monitoring-${earlier}-alertmanager-healthy`);
      const waiting = deployment.resources.filter(
        ({ name, custom }) =>
          custom &&
          new RegExp(`^monitoring-${later}-(gateway|alertmanager)`).test(name) &&
          !/-(docker|software|image)$/.test(name),
      );
      expect(waiting).toHaveLength(7);
      for (const { name, started } of waiting) expect(started, name).toBeGreaterThan(healthy.finished);
      for (const [before, after] of [
        ["prometheus-server", "prometheus-server"],
        ["firewall-confirm", "firewall-rules"],
      ]) {
        expect(deployment.resource(`monitoring-${later}-${after}`).started, after).toBeGreaterThan(
          deployment.resource(`monitoring-${earlier}-${before}`).finished,
        );
      }
    }
  });

  it("ends with every monitor's proof that it sees all others, after the last Alertmanager", async () => {
    const deployment = await deployStack(stackArgs(3), { answer: slow });
    const last = deployment.resource("monitoring-monitor-c-alertmanager-healthy");
    for (const letter of "abc") {
      const { started, inputs } = deployment.resource(`monitoring-monitor-${letter}-cluster`);
      expect(started).toBeGreaterThan(last.finished);
      expect(String(inputs.stdin)).toContain("# cluster of monitor-a, monitor-b, monitor-c\n");
      expect(String(inputs.stdin).match(/127\.0\.1\.\d:9094=/g)).toHaveLength(2);
    }
  });

  it("ends with every monitor's proof that it scrapes all hosts and services of the stack, and nothing of the user's", async () => {
    const args = stackArgs(2, {
      targets: targets(1).map((each) => ({ ...each, exporters: [{ job: "app", port: 8080 }] })),
    });
    const deployment = await deployStack(args, { answer: slow });
    expect(deployment.errors).toEqual([]);
    const others = deployment.resources.filter(
      ({ type, name }) => type === command && !name.endsWith("-scrapes"),
    );
    for (const letter of "ab") {
      const { started, inputs } = deployment.resource(`monitoring-monitor-${letter}-scrapes`);
      for (const each of others) expect(started, each.name).toBeGreaterThan(each.finished);
      const listed = [...String(inputs.stdin).matchAll(/^\|(\S+) http:\S+\/metrics (\S+)$/gm)];
      expect(listed.map(([, job, host]) => `${job} ${host}`)).toEqual([
        ...["node monitor-a", "node monitor-b", "node target-a", `prometheus monitor-${letter}`],
        ...(letter === "a"
          ? ["alertmanager monitor-a", "haproxy monitor-a", "alertmanager monitor-b", "prometheus monitor-b"]
          : [
              "alertmanager monitor-a",
              "prometheus monitor-a",
              "alertmanager monitor-b",
              "haproxy monitor-b",
            ]),
      ]);
    }
  });

  it("prepares machines, makes identities and brings software side by side", async () => {
    for (const ending of ["-prepare", "-identity", "-alertmanager-image", "-prometheus-software"]) {
      let waiting = 0;
      let meet = () => {};
      const met = new Promise<void>((resolve) => (meet = resolve));
      // Each waits for all: one after the other they would wait for ever.
      const together = async (resource: Registered) => {
        if (resource.name.endsWith(ending)) {
          if (++waiting === 3) meet();
          await met;
        }
        return answerAsAMachine(resource);
      };
      expect((await deployStack(stackArgs(3), { answer: together })).errors).toEqual([]);
    }
  });

  it("on one monitor is certificates, gateway, software, image, configuration, container, health", async () => {
    const deployment = await deployStack(stackArgs(), { answer: slow });
    const at = (name: string) => deployment.resource(`monitoring-monitor-a-${name}`);
    expect(at("gateway-haproxy").dependencies).toContain("monitoring-monitor-a-gateway-certificates");
    expect(at("alertmanager-config").dependencies).toContain("monitoring-monitor-a-gateway-haproxy");
    expect(at("alertmanager-config").dependencies).toContain("monitoring-monitor-a-alertmanager-image");
    expect(at("alertmanager-image").dependencies).toContain("monitoring-monitor-a-alertmanager-software");
    expect(at("alertmanager").dependencies).toContain("monitoring-monitor-a-alertmanager-config");
    expect(at("alertmanager-healthy").dependencies).toContain("monitoring-monitor-a-alertmanager");
  });

  it.each(["prepare", "preflight"])(
    "changes nothing anywhere while the %s of one host fails",
    async (step) => {
      const deployment = await deployStack(stackArgs(2, { targets: targets(2) }), {
        answer: failingAt(`monitoring-target-b-${step}`, "port 9100 is held by perl"),
      });
      expect(deployment.errors.join("\n")).toContain("port 9100 is held by perl");
      expect(bundles(deployment)).toEqual([]);
      // The other hosts are asked all the same.
      const asked = deployment.resources
        .map(({ name }) => name)
        .filter((name) => name.endsWith("-preflight"));
      expect(asked).toEqual(
        expect.arrayContaining(
          ["monitor-a", "monitor-b", "target-a"].map((host) => `monitoring-${host}-preflight`),
        ),
      );
    },
  );

  it("does not let a target that went away keep anything of the monitors from being deployed but their overlay and lists of targets", async () => {
    const deployment = await deployStack(stackArgs(2, { targets: targets(2) }), {
      answer: failingAt("monitoring-overlay-target-b-key", "no route to host"),
    });
    expect(deployment.errors.join("\n")).toContain("no route to host");
    const names = deployment.resources.map(({ name }) => name);
    for (const monitor of ["monitor-a", "monitor-b"]) {
      for (const part of [
        "alertmanager-healthy",
        "cluster",
        "firewall-confirm",
        "prometheus-server",
        "target-node-exporter",
      ])
        expect(names).toContain(`monitoring-${monitor}-${part}`);
      expect(names).not.toContain(`monitoring-overlay-${monitor}-wireguard`);
      expect(names).not.toContain(`monitoring-${monitor}-prometheus-targets`);
    }
    expect(names).toContain("monitoring-target-a-firewall-confirm");
  });

  it("asks each host for what the stack needs of it, before any bundle, and undoes nothing for that", () => {
    const { inputs } = two.resource("monitoring-monitor-b-preflight");
    const { connection: _, stdin, ...rest } = inputs;
    expect(rest).toEqual({
      create: "/usr/local/lib/ha-monitoring/apply preflight",
      logging: "none",
      addPreviousOutputInEnv: false,
    });
    expectGolden("components/goldens/preflight.monitor-b.txt", String(stdin));
    for (const bundle of bundles(two)) {
      expect(bundle.dependencies, bundle.name).toEqual(
        expect.arrayContaining(["monitoring-monitor-a-preflight", "monitoring-monitor-b-preflight"]),
      );
    }
  });

  it.each(["alertmanager-healthy", "prometheus-server", "target-node-exporter"])(
    "leaves the ports of a host as they were when its %s fails",
    async (part) => {
      const deployment = await deployStack(stackArgs(2, { targets: targets(2) }), {
        answer: failingAt(`monitoring-monitor-a-${part}`, "not healthy"),
      });
      expect(deployment.errors.join("\n")).toContain("not healthy");
      const firewalls = deployment.resources.map(({ name }) => name).filter((name) => /-rules$/.test(name));
      expect(firewalls).not.toContain("monitoring-monitor-a-firewall-rules");
      expect(firewalls).toContain("monitoring-target-a-firewall-rules");
    },
  );

  it("has at most five commands of a monitor under way at once, and two of a target, for which sshd's limits are checked", async () => {
    const deployment = await deployStack(stackArgs(3, { targets: targets(1) }), { answer: slow });
    const most = (host: string) => {
      const commands = deployment.resources.filter(
        ({ type, name }) => type === command && name.includes(`-${host}-`),
      );
      const underWay = (at: number) =>
        commands.filter(({ started, finished }) => started <= at && finished > at);
      return Math.max(...commands.map(({ started }) => underWay(started).length));
    };
    expect(["monitor-a", "monitor-b", "monitor-c", "target-a"].map(most)).toEqual([5, 5, 5, 2]);
  });

  it("stops at a monitor that fails: what runs on the next one is not touched", async () => {
    const deployment = await deployStack(stackArgs(3), {
      answer: failingAt("monitoring-monitor-b-alertmanager-healthy", "not healthy"),
    });
    expect(deployment.errors.join("\n")).toContain("not healthy");
    const names = deployment.resources.filter(({ custom }) => custom).map(({ name }) => name);
    expect(names).toContain("monitoring-monitor-b-alertmanager");
    expect(names.filter((name) => /monitor-c-(gateway|alertmanager)|-cluster$/.test(name)).sort()).toEqual(
      ["docker", "image", "software"].map((part) => `monitoring-monitor-c-alertmanager-${part}`),
    );
  });
});

describe("secrets", () => {
  it("are the connections and what holds the root's key; everything that a diff should show is not", () => {
    const { resources } = two;
    const secrets = resources.flatMap(({ type, secrets: paths }) => paths.map((path) => `${type} ${path}`));
    expect([...new Set(secrets)].sort()).toEqual([
      "command:remote:Command connection",
      "command:remote:Command stdin",
      "tls:index/locallySignedCert:LocallySignedCert caPrivateKeyPem",
      "tls:index/selfSignedCert:SelfSignedCert privateKeyPem",
    ]);
    for (const { name, secrets: paths } of resources.filter(({ type }) => type === command)) {
      expect(paths, name).toEqual(name.endsWith("-secrets") ? ["connection", "stdin"] : ["connection"]);
    }
  });

  it("of SSH are nowhere but in connections", () => {
    const { resources } = two;
    for (const { name, inputs } of resources) {
      const { connection: _, ...rest } = inputs;
      expect(JSON.stringify(rest), name).not.toContain(privateKey.split("\n")[1]);
    }
  });

  it("in the Alertmanager configuration make its bundle secret, and no other", async () => {
    const withSecret = {
      config: {
        route: { receiver: "chat" },
        receivers: [
          { name: "chat", slack_configs: [{ api_url: pulumi.secret("https://chat.example.com/token") }] },
        ],
      },
    };
    const { resources, errors } = await deployStack(stackArgs(2, { alerting: withSecret }));
    expect(errors).toEqual([]);
    const secret = secretBundles(resources);
    expect(secret.map(({ name }) => name).sort()).toEqual([
      "monitoring-monitor-a-alertmanager-config",
      "monitoring-monitor-b-alertmanager-config",
    ]);
    expect(secret[0]?.inputs.stdin).toContain("|      - api_url: https://chat.example.com/token\n");
  });
});

describe("a secret in the configuration of Prometheus", () => {
  it("hides that configuration, and no list of targets", async () => {
    const remote_write = [{ url: "https://samples.example.com", basic_auth: { password: "a password" } }];
    const scraping = { config: pulumi.secret({ remote_write }) };
    const { resources, errors } = await deployStack(stackArgs(2, { scraping }));
    expect(errors).toEqual([]);
    const hidden = secretBundles(resources).map(({ name }) => name);
    expect(hidden.sort()).toEqual(
      ["a", "b"].map((letter) => `monitoring-monitor-${letter}-prometheus-server`),
    );
  });
});

describe("secret files", () => {
  it("reach every monitor in a bundle that is secret, and leave everything else to be read", async () => {
    const alerting = {
      config: {
        route: { receiver: "chat" },
        receivers: [{ name: "chat", slack_configs: [{ api_url_file: "chat" }] }],
      },
      secretFiles: pulumi.secret({ chat: "https://chat.example.com/token" }),
    };
    const { resources, errors } = await deployStack(stackArgs(2, { alerting }));
    expect(errors).toEqual([]);
    const names = (registered: Registered[]) => registered.map(({ name }) => name).sort();
    const secret = ["monitoring-monitor-a-alertmanager-secrets", "monitoring-monitor-b-alertmanager-secrets"];
    expect(names(secretBundles(resources))).toEqual(secret);
    expect(
      names(resources.filter(({ inputs }) => JSON.stringify(inputs).includes("chat.example.com"))),
    ).toEqual(secret);
  });
});

describe("a preview", () => {
  const stdins = ({ resources }: Deployment, known: boolean) =>
    resources
      .filter(({ type, inputs }) => type === command && (inputs.stdin !== unknown) === known)
      .map(({ name }) => name.replace("monitoring-", ""))
      .sort();

  it("of a stack that does not exist yet works, and shows everything that does not hang on the machines", async () => {
    const deployment = await deployStack(stackArgs(), { preview: true });
    expect(deployment.errors).toEqual([]);
    expect(stdins(deployment, true)).toEqual(
      ["monitor-a", "monitor-b"]
        .flatMap((name) => [
          `${name}-alertmanager-config`,
          `${name}-alertmanager-image`,
          `${name}-alertmanager-software`,
          `${name}-cluster`,
          `${name}-firewall-confirm`,
          `${name}-firewall-rules`,
          `${name}-gateway-haproxy`,
          `${name}-prepare`,
          `${name}-preflight`,
          `${name}-prometheus-server`,
          `${name}-prometheus-software`,
          `${name}-prometheus-targets`,
          `${name}-scrapes`,
          `${name}-target-node-exporter`,
          `${name}-target-software`,
          `ca-${name}-identity`,
          `overlay-${name}-key`,
        ])
        .sort(),
    );
  });

  it("registers the same resources as the deployment", async () => {
    const urns = ({ resources }: Deployment) => resources.map(({ urn }) => urn).sort();
    expect(urns(await deployStack(stackArgs(), { preview: true }))).toEqual(
      urns(await deployStack(stackArgs())),
    );
  });

  it("of a renewal shows certificates as unknown, and nothing else", async () => {
    const deployment = await deployStack(stackArgs(), {
      preview: true,
      answer: (resource) => (resource.type.endsWith(":LocallySignedCert") ? {} : answerAsAMachine(resource)),
    });
    expect(stdins(deployment, false).filter((name) => !/-healthy$|-cluster$/.test(name))).toEqual([
      "monitor-a-gateway-certificates",
      "monitor-b-gateway-certificates",
    ]);
    expect(deployment.resource("monitoring-monitor-a-alertmanager").inputs).toMatchObject({
      user: "991:992",
    });
  });

  it("works while the address and the key of a machine are not known", async () => {
    const args = stackArgs();
    const later = (value: string) =>
      pulumi.output(pulumi.unknown as unknown as string).apply((known) => known || value);
    args.monitors[0] = {
      ...args.monitors[0]!,
      address: later("198.51.100.10"),
      connection: connection({ privateKey: later(privateKey) }),
    };
    const deployment = await deployStack(args, { preview: true });
    expect(deployment.errors).toEqual([]);
    expect(deployment.resource("monitoring-monitor-b-alertmanager")).toBeDefined();
  });

  it("of another group_wait changes the configuration's bundle on each monitor, and no other input", async () => {
    const config = { route: { receiver: "nobody", group_wait: "1m" }, receivers: [{ name: "nobody" }] };
    const { resources } = await deployStack(stackArgs(2, { alerting: { config } }));
    const inputsOf = (each?: Registered) => JSON.stringify(each?.inputs);
    const changed = resources.filter(
      (each) => inputsOf(each) !== inputsOf(two.resources.find(({ urn }) => urn === each.urn)),
    );
    expect(changed.map(({ name }) => name).sort()).toEqual([
      "monitoring-monitor-a-alertmanager-config",
      "monitoring-monitor-b-alertmanager-config",
    ]);
  });
});
