import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { offerSoftware, type OfferedSoftware } from "../../lab/hosts/defaults";
import type { LabHost } from "../../lab/hosts/lab";
import { overlap, watchSilence } from "./support/apiWatch";
import {
  api,
  container,
  makeSilence,
  metric,
  output,
  processStarts,
  silenceNames,
  untilWhole,
} from "./support/cluster";
import {
  discardLab,
  errorsOf,
  monitor,
  shownChanges,
  sshLog,
  temporaryLab,
  TestedStack,
  workOf,
  type Run,
} from "./support/lifecycle";
import {
  foreignHaproxy,
  installForeignHaproxy,
  startForeignContainer,
  startRegistry,
  type OfferedImages,
} from "./support/lifecycleHosts";
import {
  changesSince,
  inventory,
  leftByDocker,
  leftByHaproxy,
  leftBySystemd,
} from "./support/lifecycleInventory";
import type { ImageRegistry } from "../../lab/hosts/imageRegistry";
import { eventually } from "../../lab/polling";

const configFile = "/etc/ha-monitoring/alertmanager/alertmanager.yml";
const unchanged = { gone: [], added: [] };
const rulesFile = "/etc/ha-monitoring/prometheus/rules/mine.yml";
const templatesDirectory = "/etc/ha-monitoring/alertmanager/templates";
/** A rule file with one alert. */
const rules = (expression: string) => ({
  "mine.yml": `groups:\n  - name: mine\n    rules:\n      - alert: Down\n        expr: ${expression}\n`,
});
const template = (text: string) => `{{ define "mail" }}${text}{{ end }}`;

/** The configuration of Alertmanager; `maximum` names a field of the webhook, rightly or wrongly. */
interface AlertingParts {
  recorder?: object;
  location?: string;
  templates?: Record<string, string>;
}

function alerting(groupWait: string, { recorder, location, templates }: AlertingParts = {}): object {
  return {
    config: {
      route: { receiver: "nobody", group_wait: groupWait },
      receivers: [{ name: "nobody" }],
      ...(recorder ? { event_recorder: recorder } : {}),
      ...(location ? { time_intervals: [{ name: "office", time_intervals: [{ location }] }] } : {}),
    },
    ...(templates ? { templates } : {}),
  };
}

// Every kind of host in one stack: monitor-a is somebody else's too, monitor-b has nothing of what is needed and is reached through a
// bastion, monitor-c runs Debian 12 and is reached as a user with sudo.
describe("the life of a stack", () => {
  const lab = temporaryLab();
  const stack = new TestedStack(lab, "lifecycle");
  let a: LabHost, b: LabHost, c: LabHost, bastion: LabHost;
  let registry: ImageRegistry | undefined;
  let images: OfferedImages;
  let offered: OfferedSoftware["settings"];
  let three: object[];
  let before: Record<string, string[]>;
  let haproxyBefore: string;

  const built = () => ({ image: { baseImage: images.baseImage } });
  const settings = (changes: object = {}) => ({
    monitors: three,
    alerting: alerting("30s"),
    ...offered,
    alertmanager: built(),
    rules: rules("up == 0"),
    ...changes,
  });
  /** For each host what a command says there. */
  const onEach = async (hosts: LabHost[], command: string) =>
    Object.fromEntries(
      await Promise.all(
        hosts.map(async ({ name }) => [name, await output(lab, name, command)] as [string, string]),
      ),
    );
  const logs = () => Promise.all([a, b, c, bastion].map((host) => sshLog(lab, host)));
  const processes = (hosts: LabHost[]) => onEach(hosts, processStarts("alertmanager|prometheus"));
  const configFiles = () =>
    onEach(
      [a, b, c],
      `for file in ${configFile} ${rulesFile}; do stat --format '%i %y' $file; cat $file; done`,
    );
  const liveGroupWait = async (hosts: LabHost[]) =>
    Object.values(await onEach(hosts, `curl --silent --fail ${api}/api/v2/status`)).map(
      (status) =>
        /group_wait: (\S+)/.exec(
          (JSON.parse(status) as { config: { original: string } }).config.original,
        )?.[1],
    );
  const inventories = async (hosts: LabHost[]) =>
    Object.fromEntries(
      await Promise.all(
        hosts.map(async (host) => [host.name, await inventory(lab, host)] as [string, string[]]),
      ),
    );
  /** The position of an event among all, which must be there. */
  const at = (run: Run, event: string) => {
    const work = workOf(run);
    expect(work).toContain(event);
    return work.indexOf(event);
  };

  beforeAll(async () => {
    [a, b, c, bastion] = (await lab.up([
      { name: "monitor-a" },
      { name: "monitor-b", flavor: "bare" },
      { name: "monitor-c", os: "debian12" },
      { name: "bastion", flavor: "bare" },
    ])) as [LabHost, LabHost, LabHost, LabHost];
    ({ registry, images } = await startRegistry(lab, [a, b, c]));
    offered = (await offerSoftware(lab, [])).settings;
    await Promise.all([
      installForeignHaproxy(lab, a).then(() => startForeignContainer(lab, a)),
      lab.exec(
        b,
        "DEBIAN_FRONTEND=noninteractive apt-get -qq -y purge nftables wireguard-tools wireguard-go",
      ),
    ]);
    three = [
      monitor(a),
      monitor(b, { bastion: { host: bastion.address, hostKey: bastion.hostKey } }),
      monitor(c, { user: "operator" }),
    ];
    haproxyBefore = await foreignHaproxy(lab, a);
    before = await inventories([a, b, c]);
  });

  afterAll(async () => {
    registry?.stop();
    await discardLab(lab);
  });

  test("the first up makes one cluster of Debian 13 and 12, with Docker installed and the image built where they are missing", async () => {
    expect(await output(lab, b.name, "command -v docker || echo none")).toBe("none");
    const [, beforeB, beforeC] = await logs();
    const run = await stack.up(settings());
    expect(errorsOf(run)).toEqual([]);
    expect(run.changes).toMatchObject({ update: 0, replace: 0, delete: 0, same: 0 });
    await untilWhole(lab, { [a.name]: 1, [b.name]: 2, [c.name]: 3 });

    const [, afterB, afterC] = await logs();
    const newInB = afterB!.slice(beforeB!.length).filter((line) => line.startsWith("Connection"));
    expect(newInB.length).toBeGreaterThan(0);
    expect(newInB.filter((line) => !line.startsWith(`Connection from ${bastion.address} `))).toEqual([]);
    const loginsToC = afterC!.slice(beforeC!.length).filter((line) => line.startsWith("Accepted"));
    expect(loginsToC.length).toBeGreaterThan(0);
    expect(loginsToC.filter((line) => !line.includes(" for operator "))).toEqual([]);

    for (const [one, next] of [
      [a, b],
      [b, c],
    ] as const) {
      const green = at(run, `done create monitoring-${one.name}-alertmanager-healthy`);
      for (const part of ["gateway-haproxy", "alertmanager-config", "alertmanager"])
        expect(at(run, `start create monitoring-${next.name}-${part}`)).toBeGreaterThan(green);
      expect(at(run, `start create monitoring-${next.name}-prometheus-server`)).toBeGreaterThan(
        at(run, `done create monitoring-${one.name}-prometheus-server`),
      );
      // What takes long and is noticed by nothing that runs: Docker with the image, and Prometheus.
      for (const part of ["alertmanager-image", "prometheus-software"])
        expect(at(run, `start create monitoring-${next.name}-${part}`)).toBeLessThan(green);
    }
  });

  test("a second up changes nothing and opens no SSH connection to any host", async () => {
    const seen = await logs();
    const run = await stack.up(settings());
    expect(errorsOf(run)).toEqual([]);
    expect(run.changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    expect(workOf(run)).toEqual([]);
    expect(await logs()).toEqual(seen);
  });

  test("a refresh finds containers, networks and volumes as they were made", async () => {
    const run = await stack.refresh(settings());
    expect(errorsOf(run)).toEqual([]);
    const found = run.steps
      .filter(({ type }) => type.startsWith("docker:"))
      .map(({ operation, type }) => `${operation} ${type}`);
    const kinds = ["container:Container", "network:Network", "volume:Volume"];
    expect(found.sort()).toEqual(kinds.flatMap((kind) => Array<string>(3).fill(`same docker:index/${kind}`)));
  });

  test("a preview of another group_wait shows that one line for each monitor and nothing else, and touches no host", async () => {
    const seen = await logs();
    const run = await stack.preview(settings({ alerting: alerting("40s") }));
    expect(errorsOf(run)).toEqual([]);
    expect(shownChanges(run)).toEqual(
      [a, b, c].flatMap(({ name }) => [
        `~ command:remote:Command: (update) monitoring-${name}-alertmanager-config`,
        "~ stdin:",
        "- |  group_wait: 30s",
        "+ |  group_wait: 40s",
      ]),
    );
    expect(await logs()).toEqual(seen);
  });

  test("an up with another group_wait reloads one monitor after the other: the processes stay, the new value is live", async () => {
    const running = await processes([a, b, c]);
    const run = await stack.up(settings({ alerting: alerting("40s") }));
    expect(errorsOf(run)).toEqual([]);
    expect(workOf(run)).toEqual(
      [a, b, c].flatMap(({ name }) => [
        `start update monitoring-${name}-alertmanager-config`,
        `done update monitoring-${name}-alertmanager-config`,
      ]),
    );
    expect(await processes([a, b, c])).toEqual(running);
    expect(await liveGroupWait([a, b, c])).toEqual(["40s", "40s", "40s"]);
  });

  test("a configuration that only amtool refuses and a rule file that only promtool refuses stop at the first monitor, each with one line that names what is wrong; nobody is touched", async () => {
    const files = await configFiles();
    const running = await processes([a, b, c]);
    const seen = await logs();

    // The preview knows the field of the recorder, but not what it may be.
    const outputs = [{ name: "audit", brokers: ["kafka.example.com:9092"], topic: "alerts", acks: "some" }];
    const recorder = { kafka_outputs: outputs };
    // The preview knows the function; it is experimental.
    const run = await stack.up(
      settings({ alerting: alerting("50s", { recorder }), rules: rules("limitk(1, up)") }),
    );

    const told = run.errors.map(({ message, urn }) => {
      const ours = message.split("\n").filter((line) => line.startsWith("ha-monitoring:"));
      return `${urn?.split("::").pop()} ${ours.join("\n")}`;
    });
    expect(told.sort()).toEqual([
      expect.stringMatching(
        /^monitoring-monitor-a-alertmanager-config ha-monitoring: monitor-a: bundle alertmanager: check .*event_recorder kafka output has invalid client configuration.*; nothing live was changed$/,
      ),
      expect.stringMatching(
        /^monitoring-monitor-a-prometheus-server ha-monitoring: monitor-a: bundle prometheus: check .*rules\/mine\.yml.*limitk.*; nothing live was changed$/,
      ),
    ]);
    expect(await configFiles()).toEqual(files);
    expect(await processes([a, b, c])).toEqual(running);
    expect(await liveGroupWait([a, b, c])).toEqual(["40s", "40s", "40s"]);
    expect((await logs()).slice(1)).toEqual(seen.slice(1));
  });

  test("going back to the text before the failure is no change, and right: the hosts hold it already", async () => {
    const run = await stack.up(settings({ alerting: alerting("40s") }));
    expect(errorsOf(run)).toEqual([]);
    expect(workOf(run)).toEqual([]);
    const texts = await onEach([a, b, c], `grep group_wait ${configFile}`);
    expect(Object.values(texts)).toEqual(Array(3).fill("  group_wait: 40s"));
  });

  test("fixing the configuration instead, with two notification templates, converges on every monitor", async () => {
    const templates = { "chat.tmpl": template("chat"), "mail.tmpl": template("mail") };
    const run = await stack.up(settings({ alerting: alerting("50s", { location: "UTC", templates }) }));
    expect(errorsOf(run)).toEqual([]);
    expect(await liveGroupWait([a, b, c])).toEqual(["50s", "50s", "50s"]);
    const listed = await onEach([a, b, c], `ls ${templatesDirectory}; cat ${templatesDirectory}/*`);
    expect(Object.values(listed)).toEqual(
      Array(3).fill(`chat.tmpl\nmail.tmpl\n${template("chat")}\n${template("mail")}`),
    );
  });

  test("a new image and one monitor less, in one up: containers are replaced one at a time, and at every moment an Alertmanager has the silences", async () => {
    await makeSilence(lab, a.name, "lasting");
    await eventually(60, async () => expect(await silenceNames(lab, b.name)).toContain("lasting"));
    const watches = [a, b].map(({ name }) => watchSilence(lab, name, "lasting"));
    const ids = await onEach([a, b], `docker inspect --format '{{.Id}}' ${container}`);

    const run = await stack.up(pulled());
    const [ofA, ofB] = await Promise.all(watches.map((stop) => stop()));

    expect(errorsOf(run)).toEqual([]);
    const used = await onEach([a, b], `docker inspect --format '{{.Id}} {{.Config.Image}}' ${container}`);
    for (const { name } of [a, b]) {
      expect(used[name]).toContain(images.finished);
      expect(used[name]).not.toContain(ids[name]);
    }
    expect(ofA!.gaps.length).toBeGreaterThan(0);
    expect(ofB!.gaps.length).toBeGreaterThan(0);
    expect(overlap(ofA!.gaps, ofB!.gaps)).toBe(false);
    await untilWhole(lab, { [a.name]: 1, [b.name]: 2 });
  });

  test("the host of the removed monitor is as it was before", async () => {
    const except = [...leftBySystemd, ...leftByHaproxy];
    expect(await changesSince(lab, c, before[c.name]!, except)).toEqual(unchanged);
  });

  test("a notification template is changed and another one removed, and Alertmanager reloads", async () => {
    const running = await processes([a, b]);
    const reloads = () =>
      Promise.all(
        [a, b].map(({ name }) =>
          metric(lab, name, "alertmanager", "alertmanager_config_last_reload_success_timestamp_seconds"),
        ),
      );
    const last = await reloads();
    const run = await stack.up({
      ...pulled(),
      alerting: alerting("50s", { location: "UTC", templates: { "mail.tmpl": template("changed") } }),
    });
    expect(errorsOf(run)).toEqual([]);
    const listed = await onEach([a, b], `ls ${templatesDirectory}; cat ${templatesDirectory}/*`);
    expect(Object.values(listed)).toEqual(Array(2).fill(`mail.tmpl\n${template("changed")}`));
    const now = await reloads();
    now.forEach((time, index) => expect(time).toBeGreaterThan(last[index]!));
    expect(await processes([a, b])).toEqual(running);
  });

  test("all the time, the HAProxy that was there before ran on untouched", async () => {
    expect(await foreignHaproxy(lab, a)).toBe(haproxyBefore);
  });

  test("destroy leaves the hosts as they were: units, users, files, sockets, interfaces, routes, rules, containers, volumes, networks, images, settings and packages", async () => {
    const run = await stack.destroy(pulled());
    expect(errorsOf(run)).toEqual([]);
    const fromPackages = [...leftByHaproxy, ...leftByDocker];
    expect({
      a: await changesSince(lab, a, before[a.name]!, leftBySystemd),
      b: await changesSince(lab, b, before[b.name]!, [...leftBySystemd, ...fromPackages]),
    }).toEqual({ a: unchanged, b: unchanged });
    expect(await foreignHaproxy(lab, a)).toBe(haproxyBefore);
    expect(
      await output(lab, a.name, "docker inspect --format '{{.State.Status}} {{.RestartCount}}' foreign"),
    ).toBe("running 0");
  });

  /** Two monitors on a finished image that is pulled. */
  function pulled(): Record<string, unknown> {
    return {
      monitors: three.slice(0, 2),
      alerting: alerting("50s", {
        location: "UTC",
        templates: { "chat.tmpl": template("chat"), "mail.tmpl": template("mail") },
      }),
      ...offered,
      alertmanager: { image: { name: images.finished } },
      rules: rules("up == 0"),
    };
  }
});
