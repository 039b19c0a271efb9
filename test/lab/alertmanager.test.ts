import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultVersions } from "../../model/versions";
import { offerSoftware, type OfferedSoftware } from "../../lab/hosts/defaults";
import { buildAlertmanagerBase, buildUpstreamAlertmanager, debianImage } from "../../lab/hosts/images";
import type { LabHost } from "../../lab/hosts/lab";
import { WebhookReceiver } from "../../lab/hosts/webhook";
import { eventually, report } from "../../lab/polling";
import { sendAlert, untilNotified } from "./support/alerts";
import { api, container, memberNames, output, untilWhole } from "./support/cluster";
import {
  discardLab,
  errorsOf,
  monitor,
  shownChanges,
  temporaryLab,
  TestedStack,
  workOf,
} from "./support/lifecycle";

const directory = "/etc/ha-monitoring/alertmanager/secrets";

/** Where a text from standard input is on a host: the files that have it, and how many lines of processes, containers and logs. */
const search = `
cat >/tmp/needle
grep -rlsaF -f /tmp/needle --exclude=needle --exclude-dir=overlay2 /etc /home /opt /root /run /tmp /usr/local /var
{
  cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ
  docker inspect ${container} && docker logs ${container} 2>&1
  journalctl --output=export
} 2>/dev/null | grep -acF -f /tmp/needle
rm /tmp/needle
`;

/** Where a service of the host listens for the container; the port beside it has no rule. */
const [adapterPort, closedPort] = [2525, 2526];

/** A command in the file system of the container, by root: Docker inside of a container may not be able to run one. */
const inContainer = (command: string) => `nsenter --target "$(pidof -s alertmanager)" --mount ${command}`;

describe("the Alertmanagers of a stack", () => {
  const lab = temporaryLab();
  const stack = new TestedStack(lab, "alertmanager");
  const names = ["monitor-a", "monitor-b"];
  let hosts: LabHost[];
  let webhook: WebhookReceiver;
  let offered: OfferedSoftware["settings"];
  let packageBase: string;
  let upstream: string;
  let before: Record<string, string>;

  const onEach = async (command: string, stdin?: string) =>
    Object.fromEntries(
      await Promise.all(
        names.map(async (name) => {
          const { stdout } = await lab.exec(name, command, stdin === undefined ? {} : { stdin });
          return [name, stdout.trimEnd()] as [string, string];
        }),
      ),
    );
  const each = (text: string) => Object.fromEntries(names.map((name) => [name, text]));
  const lives = () =>
    onEach(`docker inspect --format '{{.Id}} {{.State.Pid}}' ${container}; pidof alertmanager`);

  // Secrets that are nowhere else, in the order in which they are used.
  const token = (generation: number) => `correct-horse-${generation}-battery-staple`;
  const hookPath = (generation: number) => `/hook/incorrect-zebra-${generation}`;
  const chat = () => ({
    url: webhook.url("/chat"),
    http_config: { authorization: { credentials_file: "chat-token" } },
  });
  const settings = (webhooks: object[], secretFiles: object, alertmanager: object) => ({
    monitors: hosts.map((host) => ({
      ...monitor(host),
      firewallMode: "deny",
      inboundRules: [
        { protocol: "tcp", port: adapterPort, sources: ["172.16.0.0/12"], purpose: "mail from containers" },
      ],
    })),
    alerting: {
      config: {
        route: { receiver: "chat", group_by: ["alertname"], group_wait: "1s", group_interval: "5s" },
        receivers: [{ name: "chat", webhook_configs: webhooks }],
      },
    },
    alertingSecretFiles: secretFiles,
    ...offered,
    alertmanager: {
      peerTimeout: "1s",
      externalUrl: "https://{monitor}.example.com/alerts/",
      ...alertmanager,
    },
    scraping: { evaluationInterval: "1s" },
  });
  const twoReceivers = (generation: number) =>
    settings(
      [chat(), { url_file: "hook-url" }],
      { "chat-token": token(generation), "hook-url": webhook.url(hookPath(generation)) },
      {},
    );
  const oneReceiver = (alertmanager: object) => settings([chat()], { "chat-token": token(2) }, alertmanager);
  const pinned = (sha256: string) => ({ software: { ...offered.software.alertmanager, sha256 } });
  const fromImage = () => ({ image: { alertmanagerImage: upstream } });
  const fromPackage = () => ({ image: { baseImage: packageBase }, software: { source: "apt" } });
  /** Deploys what must work. */
  const up = async (given: Parameters<TestedStack["up"]>[0]) => {
    const run = await stack.up(given);
    expect(errorsOf(run)).toEqual([]);
    await untilWhole(lab, { "monitor-a": 1, "monitor-b": 2 });
    return run;
  };
  const left = () =>
    onEach(
      "docker image ls --format '{{.Repository}}:{{.Tag}}' --all | sort; docker ps --all --quiet; find /opt/ha-monitoring /etc/ha-monitoring /var/lib/ha-monitoring* 2>/dev/null | sort",
    );

  beforeAll(async () => {
    hosts = await lab.up(names.map((name) => ({ name })));
    webhook = await WebhookReceiver.start(hosts[0] as LabHost);
    offered = (await offerSoftware(lab, hosts)).settings;
    packageBase = await buildAlertmanagerBase("package");
    upstream = await buildUpstreamAlertmanager();
    for (const image of [packageBase, upstream]) {
      await Promise.all(hosts.map((host) => lab.loadImage(host, image)));
    }
    before = await left();
  });

  afterAll(async () => {
    webhook?.stop();
    await discardLab(lab);
  });

  test("each secret is in a file that the container's user alone may read, and nowhere else", async () => {
    const run = await up(twoReceivers(1));
    const owner = "ha-monitoring-gateway:ha-monitoring-gateway";
    expect(await onEach(`cd ${directory} && stat --format '%n %a %U:%G' . *`)).toEqual(
      each(`. 750 root:ha-monitoring-gateway\nchat-token 600 ${owner}\nhook-url 600 ${owner}`),
    );
    expect(await onEach(`stat --format %u:%g ${directory}/chat-token`)).toEqual(
      await onEach(`docker inspect --format '{{.Config.User}}' ${container}`),
    );
    expect(await onEach(`cat ${directory}/chat-token`)).toEqual(each(token(1)));
    // Why a receiver with an IPv6 address is refused.
    const addresses = (family: 4 | 6) =>
      onEach(
        `nsenter --target "$(pidof -s alertmanager)" --net ip -${family} -o address show scope global | wc -l`,
      );
    expect(await addresses(4)).toEqual(each("1"));
    expect(await addresses(6)).toEqual(each("0"));
    expect(
      await onEach(inContainer("sh -c ': >>/etc/alertmanager/secrets/chat-token' 2>&1 || true")),
    ).toEqual(each("sh: 1: cannot create /etc/alertmanager/secrets/chat-token: Read-only file system"));

    expect(await onEach(search, token(1))).toEqual(each(`${directory}/chat-token\n0`));
    expect(await onEach(search, hookPath(1))).toEqual(each(`${directory}/hook-url\n0`));
    // They would have been found: what is no secret is, in a file and in a process.
    const [path, argument] = ["/etc/alertmanager/secrets/chat-token", "--cluster.advertise-address=127.0.1."];
    for (const found of Object.values(await onEach(search, path)))
      expect(found.split("\n")).toContain("/etc/ha-monitoring/alertmanager/alertmanager.yml");
    for (const found of Object.values(await onEach(search, argument))) expect(found).toMatch(/^[1-9]\d*$/m);
    const shown = JSON.stringify(run);
    expect(filesOfPulumi(path)).not.toEqual([]);
    for (const secret of [token(1), hookPath(1)]) {
      expect(shown).not.toContain(secret);
      expect(filesOfPulumi(secret)).toEqual([]);
    }
  });

  test("the default release is in the image in which it runs, on the default base image", async () => {
    const version = defaultVersions.alertmanager;
    const checksum = (command: string) => onEach(`${command} | cut -d ' ' -f 1`);
    const { sha256 } = offered.software.alertmanager;
    const opt = `/opt/ha-monitoring/alertmanager-${version}-${sha256.slice(0, 12)}`;
    for (const program of ["alertmanager", "amtool"]) {
      expect(await checksum(inContainer(`sha256sum /usr/local/bin/${program}`))).toEqual(
        await checksum(`sha256sum ${opt}/${program}`),
      );
    }
    const reference = await onEach(`docker inspect --format '{{.Config.Image}}' ${container}`);
    expect(reference["monitor-a"]).toMatch(/^ha-monitoring\/alertmanager:[0-9a-f]{12}$/);
    const layers = (image: string) => `docker image inspect --format '{{json .RootFS.Layers}}' ${image}`;
    const [built, base] = [layers(reference["monitor-a"] as string), layers(debianImage("debian13"))];
    for (const name of names) {
      const ofBase = JSON.parse((await lab.exec(name, base)).stdout) as string[];
      const ofBuilt = JSON.parse((await lab.exec(name, built)).stdout) as string[];
      expect(ofBuilt.slice(0, ofBase.length)).toEqual(ofBase);
    }
    // What it was built from by the way is gone.
    expect(
      await onEach("docker image ls --format '{{.Repository}}:{{.Tag}}' ha-monitoring/alertmanager"),
    ).toEqual(reference);
    expect(await onEach("docker image ls --filter dangling=true --quiet")).toEqual(each(""));
  });

  test("no web page of another origin may use the API, by no method; programs, which send no origin, may", async () => {
    const status = (options: string) =>
      onEach(
        `curl --silent --dump-header - --output /dev/null ${options} ${api}/api/v2/silences | tr -d '\\r' | grep -i -e ^http -e ^access-control`,
      );
    const foreign = "--header 'Origin: https://example.com'";
    expect(await status("")).toEqual(each("HTTP/1.1 200 OK"));
    for (const method of ["GET", "POST", "OPTIONS"])
      expect(await status(`${foreign} --request ${method}`)).toEqual(each("HTTP/1.1 403 Forbidden"));
    // A name that a web page's own DNS server gives the address of a monitor (DNS rebinding).
    const rebound = "--header 'Host: rebound.example.com'";
    expect(await status(rebound)).toEqual(each("HTTP/1.1 421 Misdirected Request"));
  });

  test("links begin with the external URL of the monitor; its path does not move the API, which answers to its name", async () => {
    for (const name of names) {
      await sendAlert(lab, name, `linked-by-${name}`);
      const [delivery] = await untilNotified(webhook, `linked-by-${name}`, 1);
      expect((delivery?.body as { externalURL: string }).externalURL).toMatch(
        /^https:\/\/monitor-[ab]\.example\.com\/alerts\/?$/,
      );
    }
    const links = await onEach(`docker inspect --format '{{json .Config.Cmd}}' ${container}`);
    for (const name of names) expect(links[name]).toContain(`https://${name}.example.com/alerts/`);
    const answer = (host: string) =>
      onEach(
        `curl --silent --output /dev/null --write-out '%{http_code}' --header 'Host: ${host}' ${api}/api/v2/status`,
      );
    expect(await answer("monitor-a.example.com")).toEqual({ "monitor-a": "200", "monitor-b": "421" });
    // As a browser behind a proxy that keeps Host sends a silence; the empty one is refused by Alertmanager itself.
    const silence = `curl --silent --output /dev/null --write-out '%{http_code}' --header 'Content-Type: application/json' --data '{}'`;
    const named = (name: string) => `--header 'Host: ${name}' --header 'Origin: https://${name}'`;
    const { stdout } = await lab.exec(
      "monitor-a",
      `${silence} ${named("monitor-a.example.com")} ${api}/api/v2/silences`,
    );
    expect(stdout).toMatch(/^4(00|22)$/);
  });

  test("an Alertmanager that is killed comes back under its own name, and the others see no other one", async () => {
    await lab.exec("monitor-b", `kill -s KILL $(docker inspect --format '{{.State.Pid}}' ${container})`);
    const begun = performance.now();
    const seen = new Set<string>();
    await eventually(60, async () => {
      const members = await memberNames(lab, "monitor-a");
      for (const name of members) seen.add(name);
      expect(members).toEqual(names);
      expect(await memberNames(lab, "monitor-b")).toEqual(names);
    });
    report(`whole ${((performance.now() - begun) / 1000).toFixed(1)} s after the kill`);
    // Longer than the others would have listed a dead name beside the new one: 24 s were measured of an Alertmanager without --cluster.peer-name.
    for (let second = 0; second < 30; second++) {
      for (const name of await memberNames(lab, "monitor-a")) seen.add(name);
      await sleep(1000);
    }
    expect([...seen].sort()).toEqual(names);
    expect(await memberNames(lab, "monitor-a")).toEqual(names);
  });

  test("it logs neither a warning nor an error when it starts beside the others, and leaves out no flag", async () => {
    await lab.exec("monitor-b", `docker restart ${container}`);
    await untilWhole(lab, { "monitor-a": 1, "monitor-b": 2 });
    const log = await output(
      lab,
      "monitor-b",
      `docker logs --since "$(docker inspect --format '{{.State.StartedAt}}' ${container})" ${container} 2>&1`,
    );
    expect(log).toContain("level=INFO");
    expect(log.split("\n").filter((line) => /level=(WARN|ERROR)|left out/i.test(line))).toEqual([]);
  });

  test("a service of the host at the address of Docker's bridge is reached from the container, by the port of a rule only", async () => {
    const listen = [adapterPort, closedPort].map((port) => `--listen 172.17.0.1:${port}`).join(" ");
    await onEach(
      `systemd-run --quiet --unit adapter systemd-socket-activate --accept --inetd ${listen} echo here`,
    );
    const asked = (port: number) =>
      `timeout 3 bash -c 'cat </dev/tcp/172.17.0.1/${port}' 2>/dev/null || true`;
    const fromContainer = (port: number) =>
      onEach(`nsenter --target "$(pidof -s alertmanager)" --net ${asked(port)}`);
    try {
      for (const port of [adapterPort, closedPort])
        await eventually(60, async () => expect(await onEach(asked(port))).toEqual(each("here")));
      expect(await fromContainer(adapterPort)).toEqual(each("here"));
      expect(await fromContainer(closedPort)).toEqual(each(""));
    } finally {
      await onEach("systemctl stop adapter");
    }
  });

  test("receivers use the secrets", async () => {
    for (const name of names) {
      await sendAlert(lab, name, `first-of-${name}`);
      const deliveries = await untilNotified(webhook, `first-of-${name}`, 2);
      expect(deliveries.map(({ path, authorization }) => ({ path, authorization })).sort(byPath)).toEqual([
        { path: "/chat", authorization: `Bearer ${token(1)}` },
        { path: hookPath(1), authorization: undefined },
      ]);
    }
  });

  test("a preview of another secret shows that there is one, and no more", async () => {
    const run = await stack.preview(twoReceivers(2));
    expect(errorsOf(run)).toEqual([]);
    expect(shownChanges(run)).toEqual(
      names.flatMap((name) => [
        `~ command:remote:Command: (update) monitoring-${name}-alertmanager-secrets`,
        "~ stdin: [secret] => [secret]",
      ]),
    );
    for (const secret of [token(1), token(2)]) expect(JSON.stringify(run)).not.toContain(secret);
  });

  test("another secret is used for the next notification, and no process ends", async () => {
    const living = await lives();
    const run = await up(twoReceivers(2));
    expect(workOf(run)).toEqual(
      names.flatMap((name) =>
        ["start", "done"].map((kind) => `${kind} update monitoring-${name}-alertmanager-secrets`),
      ),
    );
    expect(await lives()).toEqual(living);
    for (const name of names) {
      await sendAlert(lab, name, `second-of-${name}`);
      const deliveries = await untilNotified(webhook, `second-of-${name}`, 2);
      expect(deliveries.map(({ path, authorization }) => ({ path, authorization })).sort(byPath)).toEqual([
        { path: "/chat", authorization: `Bearer ${token(2)}` },
        { path: hookPath(2), authorization: undefined },
      ]);
    }
    expect(await onEach(search, token(1))).toEqual(each("0"));
  });

  test("a secret that is taken out is deleted, and no process ends", async () => {
    const living = await lives();
    await up(oneReceiver({}));
    expect(await onEach(`ls -A ${directory}`)).toEqual(each("chat-token"));
    expect(await lives()).toEqual(living);
    expect(await onEach(search, hookPath(2))).toEqual(each("0"));
  });

  test("a release with another checksum than the pinned one touches nothing, on no monitor", async () => {
    const [living, things] = [await lives(), await left()];
    const run = await stack.up(oneReceiver(pinned("0".repeat(64))));
    // Programs come to all monitors at once.
    expect(run.errors.map(({ message }) => message).sort()).toEqual(
      hosts.map(
        ({ name }) =>
          expect.stringMatching(
            new RegExp(
              `ha-monitoring: ${name}: bundle alertmanager-software: check .*has the SHA-256 [0-9a-f]{64}, but 0{64} is expected; nothing live was changed`,
            ),
          ) as string,
      ),
    );
    expect(await lives()).toEqual(living);
    expect(await left()).toEqual(things);
  });

  test("with nothing changed, nothing is done", async () => {
    const run = await stack.up(oneReceiver({}));
    expect(errorsOf(run)).toEqual([]);
    expect(workOf(run)).toEqual([]);
  });

  test("an image that is laid out like upstream's does as well, and the release goes", async () => {
    await up(oneReceiver(fromImage()));
    expect(await onEach("ls -A /opt/ha-monitoring | grep alertmanager || true")).toEqual(each(""));
    await sendAlert(lab, "monitor-a", "of-image");
    expect(await untilNotified(webhook, "of-image", 1)).toHaveLength(1);
  });

  test("the distribution's package does as well", async () => {
    await up(oneReceiver(fromPackage()));
    expect(
      await onEach(
        inContainer("ls /usr/share/prometheus/alertmanager/default.tmpl /usr/local/bin/alertmanager"),
      ),
    ).toEqual(each("/usr/local/bin/alertmanager\n/usr/share/prometheus/alertmanager/default.tmpl"));
    await sendAlert(lab, "monitor-b", "of-package");
    expect(await untilNotified(webhook, "of-package", 1)).toHaveLength(1);
  });

  test("destroy leaves no image, directory or secret", async () => {
    const run = await stack.destroy(oneReceiver(fromPackage()));
    expect(errorsOf(run)).toEqual([]);
    expect(await left()).toEqual(before);
    expect(await onEach(search, token(2))).toEqual(each("0"));
  });

  /** Files of Pulumi's that hold a text: state, history, settings of the stack. */
  function filesOfPulumi(text: string): string[] {
    return readdirSync(stack.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => readFileSync(file).includes(text));
  }
});

function byPath(one: { path: string }, other: { path: string }): number {
  return one.path < other.path ? -1 : 1;
}
