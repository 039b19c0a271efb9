import { statSync, readFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { describe, expect, it, vi } from "vitest";
import {
  AlertmanagerPeer,
  HaproxyMtlsGateway,
  PrivateCA,
  SshHost,
  type AlertmanagerPeerArgs,
  type Host,
  type SshConnection,
} from "../../components";
import { makeRequest } from "../support/certificates";
import { answerAsAMachine, deploy, unknown, type Deployment } from "../support/deployment";
import {
  alerting,
  certificate,
  connection,
  gatewaySockets,
  hostKey,
  peerArgs,
  peers,
  plainHost,
  privateKey,
} from "../support/monitors";

const [, peerB] = peers;

/** A component on a machine that is plain data with a secret key: nothing that a diff should show becomes secret by it. */
function expectReadable({ resources, errors }: Deployment): void {
  expect(errors).toEqual([]);
  const hidden = resources.flatMap(({ name, secrets }) => secrets.map((path) => `${name} ${path}`));
  expect(hidden.filter((path) => !/ (connection|privateKeyPem|caPrivateKeyPem)$/.test(path))).toEqual([]);
}

describe("an SshHost alone", () => {
  const prepare = (changes: Partial<SshConnection> = {}, address: pulumi.Input<string> = "198.51.100.10") =>
    deploy(() => {
      const {
        name,
        address: at,
        connection: how,
      } = new SshHost("monitor-a", { address, connection: connection(changes) });
      return { name, at, how };
    });

  it("prepares its machine and hands on its name, its address and, as a secret, its connection", async () => {
    const { value, secret, resources, resource } = await prepare();
    expect(value).toEqual({
      name: "monitor-a",
      at: "198.51.100.10",
      how: { host: "198.51.100.10", hostKey, privateKey },
    });
    expect(secret).toBe(true);
    expect(resources.map(({ name }) => name)).toEqual(["monitor-a", "monitor-a-prepare"]);
    expect(resource("monitor-a-prepare").inputs.connection).toEqual({
      host: "198.51.100.10",
      port: 22,
      user: "root",
      privateKey,
      hostKey,
      dialErrorLimit: 10,
      perDialTimeout: 15,
    });
  });

  it("uses sudo without a password for everybody but root", async () => {
    const { resource } = await prepare({ user: "admin" });
    expect(resource("monitor-a-prepare").inputs).toMatchObject({
      // Where there is no sudo, the program itself says that it needs root, with all else that is wrong with the machine.
      create:
        'f=$(mktemp) && cat >"$f" && $(sudo -n sh -c : 2>/dev/null && echo sudo -n) sh "$f" install "$f"; s=$?; rm -f "$f"; exit $s',
      delete:
        "[ ! -e /usr/local/lib/ha-monitoring/apply ] || sudo -n /usr/local/lib/ha-monitoring/apply uninstall monitor-a project/stack",
    });
  });

  it("connects where the connection says, not where other machines do", async () => {
    const { resource } = await prepare({ host: "203.0.113.7", port: 2200 });
    expect(resource("monitor-a-prepare").inputs.connection).toMatchObject({
      host: "203.0.113.7",
      port: 2200,
    });
  });

  it("goes through a bastion with the machine's key unless the bastion has its own", async () => {
    const bastion = { host: "203.0.113.1", user: "jump", hostKey };
    const proxyOf = async (changes: object) => {
      const { resource } = await prepare({ bastion: { ...bastion, ...changes } });
      return (resource("monitor-a-prepare").inputs.connection as { proxy: object }).proxy;
    };
    expect(await proxyOf({})).toMatchObject({ ...bastion, port: 22, privateKey });
    expect(await proxyOf({ port: 2222, privateKey: "own PRIVATE KEY" })).toMatchObject({
      port: 2222,
      privateKey: "own PRIVATE KEY",
    });
  });

  it("pins no host key when told to accept any", async () => {
    const { resource, errors } = await prepare({ hostKey: undefined, acceptAnyHostKey: true });
    expect(errors).toEqual([]);
    expect(resource("monitor-a-prepare").inputs.connection).not.toHaveProperty("hostKey");
  });
});

describe("a PrivateCA alone", () => {
  it("makes a root and, for each holder, a key on its machine and a certificate for its names", async () => {
    const { value, resource, resources, ...rest } = await deploy(() => {
      const holders = [
        { name: "monitor-a", host: plainHost(), alternativeNames: ["alerts.example.com", "2001:db8::10"] },
        { name: "monitor-b", host: plainHost("b", "monitor-b.example.com") },
      ];
      const { certificates, trustBundle } = new PrivateCA("ca", {
        holders,
        curve: "P256",
        keyUser: "alertmanager",
      });
      return { certificates, trustBundle };
    });
    expectReadable({ value, resource, resources, ...rest });
    expect(value).toMatchObject({
      trustBundle: "certificate ca-root\n",
      certificates: {
        "monitor-a": {
          name: "monitor-a",
          certificatePem: "certificate ca-monitor-a\n",
          trustBundlePem: "certificate ca-root\n",
          privateKeyPath: "/etc/ha-monitoring/identity/peer.pem.key",
          user: "alertmanager",
          uid: 991,
          gid: 992,
        },
        "monitor-b": { name: "monitor-b", certificatePem: "certificate ca-monitor-b\n" },
      },
    });
    expect(resource("ca-root", "tls:index/privateKey:PrivateKey").inputs).toEqual({
      algorithm: "ECDSA",
      ecdsaCurve: "P256",
    });
    expect(resource("ca-root", "tls:index/selfSignedCert:SelfSignedCert").inputs).toEqual({
      privateKeyPem: "private key ca-root",
      subject: { commonName: "ca CA" },
      isCaCertificate: true,
      setSubjectKeyId: true,
      validityPeriodHours: 87600,
      allowedUses: ["cert_signing", "crl_signing"],
    });
    const request =
      "/etc/ha-monitoring/identity/peer.pem.key monitor-a DNS:monitor-a,IP:198.51.100.10,DNS:alerts.example.com,IP:2001:db8::10\n";
    expect(resource("ca-monitor-a-identity").inputs.stdin).toContain(`certificate-request ${request}`);
    expect(resource("ca-monitor-b-identity").inputs.stdin).toContain(
      " monitor-b DNS:monitor-b,DNS:monitor-b.example.com\n",
    );
    expect(resource("ca-monitor-a").inputs).toEqual({
      certRequestPem: expect.stringMatching(/^-----BEGIN CERTIFICATE REQUEST-----\n/) as string,
      caPrivateKeyPem: "private key ca-root",
      caCertPem: "certificate ca-root\n",
      validityPeriodHours: 2160,
      earlyRenewalHours: 720,
      setSubjectKeyId: true,
      allowedUses: ["digital_signature", "server_auth", "client_auth"],
    });
    expect(resources.filter(({ type }) => type.endsWith(":PrivateKey"))).toHaveLength(1);
  });
});

describe("a PrivateCA whose holder's host prints something else than was asked for", () => {
  const names = ["DNS:monitor-b", "IP:198.51.100.11"];
  const deployWith = (...requests: Promise<string>[]) =>
    deploy(
      () => {
        const holders = [
          { name: "monitor-a", host: plainHost() },
          { name: "monitor-b", host: plainHost("b", "198.51.100.11") },
        ];
        return new PrivateCA("ca", { holders }).certificates;
      },
      {
        answer: async (resource) =>
          resource.name === "ca-monitor-b-identity"
            ? { stdout: `user ha-monitoring-gateway 991 992\n${(await Promise.all(requests)).join("")}` }
            : answerAsAMachine(resource),
      },
    );

  it.each<[string, Promise<string>[], string]>([
    [
      "another host's name",
      [makeRequest("monitor-a", names)],
      'the certificate request for monitor-b is refused: its subject is "CN=monitor-a", but "CN=monitor-b" is expected',
    ],
    [
      "a further name",
      [makeRequest("monitor-b", [...names, "DNS:monitor-a"])],
      "the certificate request for monitor-b is refused: it asks for DNS:monitor-a, but only DNS:monitor-b, IP:198.51.100.11 is expected",
    ],
    [
      "two requests",
      [makeRequest("monitor-b", names), makeRequest("monitor-a", names)],
      "it printed 2 certificate requests, but 1 is expected",
    ],
    ["no request", [], "it printed 0 certificate requests, but 1 is expected"],
  ])("signs nothing for %s, and says so with the host's name", async (_, requests, problem) => {
    const { errors, resources } = await deployWith(...requests);
    expect(errors).toEqual([
      `host b: ${problem}; nothing was made from it. Find out who changed it on the host; then "pulumi up --replace" with the URN of ca-monitor-b-identity makes new keys`,
    ]);
    const signed = resources.filter(({ type }) => type.endsWith(":LocallySignedCert"));
    expect(signed.map(({ name }) => name)).toEqual(["ca-monitor-a"]);
  });
});

describe("a HaproxyMtlsGateway alone", () => {
  const gateway = (host: Host | SshHost | (() => Host) = plainHost()) =>
    deploy(() => {
      const { sockets, inboundRules } = new HaproxyMtlsGateway("gateway", {
        host: typeof host === "function" ? host() : host,
        certificate,
        peers: [peerB],
      });
      return { sockets, inboundRules };
    });

  it("hands on its sockets and the rules for its ports, and hides nothing", async () => {
    const deployment = await gateway();
    expectReadable(deployment);
    expect(deployment.secret).toBe(false);
    expect(deployment.value).toEqual({
      sockets: gatewaySockets,
      inboundRules: [
        {
          protocol: "tcp",
          port: 9094,
          sources: [],
          purpose: "gossip streams between Alertmanagers",
        },
        {
          protocol: "tcp",
          port: 9095,
          sources: [],
          purpose: "gossip datagrams between Alertmanagers",
        },
      ],
    });
  });

  it("takes an SshHost as well as plain data: the bundles are the same", async () => {
    const texts = ({ resources }: Deployment) =>
      resources.map(({ inputs }) => String(inputs.stdin)).filter((text) => text.startsWith("bundle "));
    const ofComponent = await gateway(
      () => new SshHost("monitor-a", { address: "198.51.100.10", connection: connection() }),
    );
    expectReadable(ofComponent);
    expect(texts(ofComponent)).toEqual(texts(await gateway()));
    expect(texts(ofComponent)).toHaveLength(2);
  });

  it("lets gossip in from where it may come, and readers of the API on the overlay by their address", async () => {
    const { value, resource } = await deploy(
      () =>
        new HaproxyMtlsGateway("gateway", {
          ...{ host: plainHost(), certificate, peers: [peerB] },
          gossipSources: ["198.51.100.0/24", pulumi.output("2001:db8::11")],
          overlayAddress: pulumi.output("fd5e:1::1"),
          readers: ["fd5e:1::2"],
          networkInterface: "wg1",
        }).inboundRules,
    );
    expect(value).toMatchObject([
      { port: 9094, sources: ["198.51.100.0/24", "2001:db8::11"] },
      { port: 9095, sources: ["198.51.100.0/24", "2001:db8::11"] },
      { protocol: "tcp", port: 9093, sources: ["fd5e:1::1", "fd5e:1::2"], networkInterface: "wg1" },
    ]);
    expect(resource("gateway-haproxy").inputs.stdin).toContain("|    bind [fd5e:1::1]:9093 transparent\n");
  });

  it("refuses sources of gossip and readers that are no addresses, and readers without an overlay", async () => {
    const { errors } = await deploy(
      () =>
        new HaproxyMtlsGateway("gateway", {
          ...{ host: plainHost(), certificate, peers: [peerB] },
          gossipSources: ["monitor-b"],
        }),
    );
    expect(errors.join()).toContain('gossipSources[0]: "monitor-b" is neither an IP address nor a network');
    const { errors: more } = await deploy(
      () =>
        new HaproxyMtlsGateway("gateway", {
          ...{ host: plainHost(), certificate, peers: [peerB] },
          readers: ["monitor-b"],
        }),
    );
    expect(more.join()).toContain(
      'readers[0]: "monitor-b" is not an IP address; write for example 198.51.100.10 or 2001:db8::10',
    );
    expect(more.join()).toContain("readers: without an overlayAddress nobody can come in");
  });

  it("reaches a peer at its default ports when they are left undefined", async () => {
    const { resource } = await deploy(
      () =>
        new HaproxyMtlsGateway("gateway", {
          host: plainHost(),
          certificate,
          peers: [{ ...peerB, streamPort: undefined, datagramPort: 7002 }],
        }),
    );
    const text = String(resource("gateway-haproxy").inputs.stdin);
    expect(text).toContain("    server monitor-b 198.51.100.11:9094 ssl ");
    expect(text).toContain("    server monitor-b 198.51.100.11:7002 ssl ");
  });
});

describe("an AlertmanagerPeer alone", () => {
  const peer = (changes: Partial<AlertmanagerPeerArgs> = {}) =>
    deploy(() => new AlertmanagerPeer("alertmanager", peerArgs(changes)).apiUrl);

  it("runs one container that has nothing but its own directories and loopback, and hides nothing", async () => {
    const deployment = await peer({ externalUrl: "https://alerts.example.com/" });
    expectReadable(deployment);
    expect(deployment.value).toBe("http://127.0.0.1:9093");
    const container = deployment.resource("alertmanager");
    const { image, ...inputs } = container.inputs;
    expect(image).toMatch(/^ha-monitoring\/alertmanager:[0-9a-f]{12}$/);
    expect(inputs).toEqual({
      name: "ha-monitoring-alertmanager",
      hostname: "monitor-a",
      user: "991:992",
      command: [
        "--config.file=/etc/alertmanager/alertmanager.yml",
        "--storage.path=/alertmanager",
        "--data.retention=120h",
        "--data.maintenance-interval=1m",
        "--web.listen-address=127.0.0.1:9093",
        "--web.external-url=https://alerts.example.com/",
        "--web.route-prefix=/",
        "--cluster.listen-address=127.0.1.1:9094",
        "--cluster.advertise-address=127.0.1.1:9094",
        "--cluster.label=test",
        "--cluster.peer-name=monitor-a",
        "--cluster.peer-timeout=15s",
        "--cluster.reconnect-timeout=5m",
        "--log.level=info",
        "--cluster.peer=127.0.1.2:9094",
      ],
      envs: [
        "LOOPBACK_ADDRESS=127.0.1.1",
        "PEERS=monitor-b=127.0.1.2",
        "GOSSIP_PORT=9094",
        "HAPROXY_UID=991",
        "HAPROXY_GID=992",
        "DATA_DIR=/alertmanager",
        "SOCKET_DIR=/sockets",
      ],
      mounts: [
        {
          type: "bind",
          source: "/etc/ha-monitoring/alertmanager",
          target: "/etc/alertmanager",
          readOnly: true,
        },
        { type: "bind", source: "/run/ha-monitoring-gateway/sockets", target: "/sockets" },
        { type: "volume", source: "ha-monitoring-alertmanager", target: "/alertmanager" },
      ],
      networksAdvanced: [{ name: "ha-monitoring" }],
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      memory: 256,
      memorySwap: 256,
      healthcheck: {
        tests: ["CMD", "/bin/sh", "/usr/local/bin/healthcheck.sh"],
        interval: "30s",
        timeout: "5s",
        startPeriod: "20s",
        retries: 3,
      },
      restart: "always",
      destroyGraceSeconds: 30,
      logDriver: "journald",
    });
  });

  it("lets its network, volume and container go with its configuration's bundle, which removes them", async () => {
    const { resources, resource } = await peer();
    const onDocker = resources.filter(({ type }) => type.startsWith("docker:"));
    expect(onDocker.map(({ name }) => name).sort()).toEqual([
      "alertmanager",
      "alertmanager-data",
      "alertmanager-network",
    ]);
    for (const { deletedWith, provider, dependencies } of onDocker) {
      expect(deletedWith).toBe("alertmanager-config");
      expect(provider).toBe("alertmanager-docker");
      expect(dependencies).toContain("alertmanager-config");
    }
    const cleanups = String(resource("alertmanager-config").inputs.stdin).match(
      /^cleanup .*docker (rm|volume rm|network rm) .*$/gm,
    );
    expect(cleanups).toHaveLength(3);
    expect(resource("alertmanager-network").inputs).toEqual({
      name: "ha-monitoring",
      driver: "bridge",
      options: { "com.docker.network.bridge.enable_icc": "false" },
    });
    expect(resource("alertmanager-data").inputs).toEqual({ name: "ha-monitoring-alertmanager" });
  });

  it("proves its health again whenever the container is another one", async () => {
    const { resource } = await peer();
    expect(resource("alertmanager-healthy").inputs.stdin).toContain("# container alertmanager-id\n");
    expect(resource("alertmanager-healthy").dependencies).toContain("alertmanager");
  });

  it("reaches Docker over the machine's own SSH connection, whose key is in a file for nobody else", async () => {
    const { resource } = await peer();
    const { host, sshOpts } = resource("alertmanager-docker").inputs as { host: string; sshOpts: string };
    expect(host).toBe("ssh://monitor-a");
    const words = JSON.parse(sshOpts) as string[];
    expect(words).toContain("HostName=198.51.100.10");
    const fileOf = (setting: string) =>
      words
        .find((word) => word.startsWith(`${setting}=`))
        ?.slice(setting.length + 1)
        .replace("%i", String(userInfo().uid)) ?? "";
    const [key, knownHosts] = [fileOf("IdentityFile"), fileOf("UserKnownHostsFile")];
    expect(readFileSync(key, "utf8")).toBe(privateKey);
    expect(readFileSync(knownHosts, "utf8")).toBe(`monitor-a ${hostKey}\n`);
    for (const path of [key, knownHosts]) expect(statSync(path).mode & 0o777, path).toBe(0o600);
  });

  it("has inputs for Docker that are the same for every user and in every temporary directory", async () => {
    const optionsIn = async (directory: string) => {
      vi.stubEnv("TMPDIR", directory);
      const { resource } = await peer();
      return String(resource("alertmanager-docker").inputs.sshOpts);
    };
    try {
      const [one, other] = [await optionsIn(tmpdir()), await optionsIn(join(tmpdir(), "of-another-user"))];
      expect(one).toBe(other);
      expect(one).not.toMatch(new RegExp(`ha-monitoring-${userInfo().uid}\\b`));
      expect(one).not.toContain(privateKey.split("\n")[1]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("keeps the text of an existing alertmanager.yml to the last byte", async () => {
    const configYaml = "# ours\nroute:   {receiver: 'x'}\n\nreceivers:\n- name: x  # trailing  \n\t\n";
    const { resource, errors } = await peer({ alerting: { configYaml } });
    expect(errors).toEqual([]);
    const content = configYaml.replaceAll(/^/gm, "|").replace(/\|$/, "");
    const owner = "file /etc/ha-monitoring/alertmanager/alertmanager.yml 0640 root:ha-monitoring-gateway\n";
    expect(resource("alertmanager-config").inputs.stdin).toContain(`${owner}${content}file `);
  });

  it("names the templates that are given in the configuration, unless it names its own", async () => {
    const templates = { "mail.tmpl": "hello" };
    const glob = "|templates:\n|  - /etc/alertmanager/templates/*.tmpl\n";
    const text = async (given: AlertmanagerPeerArgs["alerting"]) =>
      String((await peer({ alerting: given })).resource("alertmanager-config").inputs.stdin);
    expect(await text({ ...alerting, templates })).toContain(glob);
    expect(await text({ ...alerting, templates })).toContain(
      "/templates/mail.tmpl 0640 root:ha-monitoring-gateway\n|hello\n",
    );
    expect(await text(alerting)).not.toContain("|templates:");
    const own = { route: { receiver: "a" }, receivers: [{ name: "a" }], templates: ["templates/*"] };
    expect(await text({ config: own, templates })).toContain("|templates:\n|  - templates/*\n");
  });

  it.each([
    ["a text", { configYaml: pulumi.secret("route: { receiver: a }\nreceivers: [{ name: a }]\n") }],
    ["a template", { ...alerting, templates: { "a.tmpl": pulumi.secret("b") } }],
  ])("hides its configuration when %s of it is secret", async (_, given) => {
    const { resource, errors } = await peer({ alerting: given });
    expect(errors).toEqual([]);
    expect(resource("alertmanager-config").secrets).toEqual(["connection", "stdin"]);
    expect(resource("alertmanager").secrets).toEqual([]);
    expect(resource("alertmanager-healthy").secrets).toEqual(["connection"]);
  });

  const secretFiles = { chat: pulumi.secret("https://chat.example.com/token"), mail: "correct horse" };
  const reading = {
    route: { receiver: "chat" },
    receivers: [{ name: "chat", slack_configs: [{ api_url_file: "chat" }] }],
    global: { smtp_auth_password_file: "mail" },
  };

  it.each([
    ["as a mapping, also of plain texts", secretFiles],
    ["known later as a whole", pulumi.secret(secretFiles)],
  ])("puts secret files in a bundle of their own that shows nothing, given %s", async (_, given) => {
    const { resource, resources, errors } = await peer({ alerting: { config: reading, secretFiles: given } });
    expect(errors).toEqual([]);
    const secrets = resource("alertmanager-secrets");
    expect(secrets.secrets).toEqual(["connection", "stdin"]);
    expect(secrets.inputs.delete).toBe(
      "/usr/local/lib/ha-monitoring/apply remove alertmanager-secrets monitor-a project/stack",
    );
    const file = "/etc/ha-monitoring/alertmanager/secrets";
    const owner = "0600 ha-monitoring-gateway:ha-monitoring-gateway";
    expect(secrets.inputs.stdin).toContain(
      `directory ${file} 0750 root:ha-monitoring-gateway\n` +
        `file ${file}/chat ${owner}\n|https://chat.example.com/token\nfile ${file}/mail ${owner}\n|correct horse\n`,
    );
    const config = resource("alertmanager-config");
    expect(config.secrets).toEqual(["connection"]);
    expect(config.dependencies).toContain("alertmanager-secrets");
    expect(config.inputs.stdin).toContain("|      - api_url_file: /etc/alertmanager/secrets/chat\n");
    expect(config.inputs.stdin).toContain("|  smtp_auth_password_file: /etc/alertmanager/secrets/mail\n");
    for (const { name, inputs } of resources.filter((each) => each.name !== "alertmanager-secrets")) {
      expect(JSON.stringify(inputs), name).not.toMatch(/chat\.example\.com|correct horse/);
    }
  });

  it("shows its configuration in a preview while a secret is not known yet", async () => {
    const { resource, errors } = await deploy(
      () => {
        const chat = new tls.PrivateKey("token", { algorithm: "ED25519" }).privateKeyPem;
        const given = { config: reading, secretFiles: { ...secretFiles, chat } };
        return new AlertmanagerPeer("alertmanager", peerArgs({ alerting: given }));
      },
      { preview: true },
    );
    expect(errors).toEqual([]);
    expect(resource("alertmanager-secrets").inputs.stdin).toBe(unknown);
    expect(resource("alertmanager-config").inputs.stdin).toContain(
      "|      - api_url_file: /etc/alertmanager/secrets/chat\n",
    );
  });

  it("has no bundle for secret files when there are none", async () => {
    const { resources } = await peer();
    expect(resources.map(({ name }) => name)).not.toContain("alertmanager-secrets");
  });

  it("leaves a text with the path of a secret file as it is", async () => {
    const configYaml =
      "route: { receiver: a }\nreceivers: [{ name: a, webhook_configs: [{ url_file: /etc/alertmanager/secrets/chat }] }]\n";
    const { resource, errors } = await peer({
      alerting: { configYaml, secretFiles: { chat: secretFiles.chat } },
    });
    expect(errors).toEqual([]);
    expect(resource("alertmanager-config").secrets).toEqual(["connection"]);
    expect(resource("alertmanager-config").inputs.stdin).toContain(configYaml.replaceAll(/^(?=.)/gm, "|"));
  });

  const imageOf = async (runtime: AlertmanagerPeerArgs["runtime"]) => {
    const { resource, resources, errors } = await peer({ runtime });
    expect(errors).toEqual([]);
    const image = resource("alertmanager-image");
    const [, how, reference, from] =
      /^on-change \S+ (\S+) \/var\/lib\/ha-monitoring-images (\S+)(.*)$/m.exec(String(image.inputs.stdin)) ??
      [];
    expect(resource("alertmanager").inputs.image).toBe(reference);
    const software = resources.find(({ name }) => name === "alertmanager-software");
    if (software) expect(image.dependencies).toContain("alertmanager-software");
    return { how, from: from?.trim(), manifest: software && String(software.inputs.stdin) };
  };
  const buildDirectory = "/etc/ha-monitoring/alertmanager-image";

  it("builds its image from upstream's release, which the machine downloads before", async () => {
    const { manifest, ...image } = await imageOf({});
    expect(image).toEqual({
      how: "build-release",
      from: `debian:trixie-slim /opt/ha-monitoring/alertmanager-0.35.0 ${buildDirectory}`,
    });
    expect(manifest).toContain("|program alertmanager\n|version 0.35.0\n");
    expect(manifest).toContain("|from https://github.com/prometheus/alertmanager/releases/download\n");
    expect(manifest).not.toContain("|sha256");
  });

  it("builds it from another release, checked against a pinned checksum, on another base", async () => {
    const sha256 = "0123456789ABCDEF".repeat(4);
    const software = { version: "0.31.0", baseUrl: "http://mirror.example.com/alertmanager/", sha256 };
    const { manifest, ...image } = await imageOf({ software, image: { baseImage: "debian:bookworm-slim" } });
    expect(image).toEqual({
      how: "build-release",
      from: `debian:bookworm-slim /opt/ha-monitoring/alertmanager-0.31.0-0123456789ab ${buildDirectory}`,
    });
    expect(manifest).toContain(
      `|version 0.31.0\n|from http://mirror.example.com/alertmanager\n|sha256 ${sha256.toLowerCase()}\n`,
    );
  });

  it("builds it from upstream's image or the distribution's package without a download of its own", async () => {
    expect(await imageOf({ image: { alertmanagerImage: "prom/alertmanager:v0.33.0" } })).toEqual({
      how: "build",
      from: `debian:trixie-slim prom/alertmanager:v0.33.0 ${buildDirectory}`,
      manifest: undefined,
    });
    expect(await imageOf({ software: { source: "apt" } })).toEqual({
      how: "build-package",
      from: `debian:trixie-slim ${buildDirectory}`,
      manifest: undefined,
    });
    expect((await imageOf({ image: { name: "example.com/alertmanager:1" } })).manifest).toBeUndefined();
  });

  it("pulls a finished image, or only looks for it when told not to", async () => {
    const image = async (pull?: boolean) =>
      (await peer({ runtime: { image: { name: "example.com/alertmanager:1", pull } } })).resource(
        "alertmanager-image",
      ).inputs.stdin;
    expect(await image()).toMatch(/^on-change .*alertmanager-image pull .* example.com\/alertmanager:1$/m);
    expect(await image(false)).toMatch(/alertmanager-image expect .* example.com\/alertmanager:1$/m);
    expect(await image(false)).not.toMatch(/^on-change .*alertmanager-image pull /m);
  });
});
