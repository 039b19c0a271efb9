import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultVersions, previousVersions } from "../../model/versions";
import { offerSoftware } from "../../lab/hosts/defaults";
import type { LabHost } from "../../lab/hosts/lab";
import { mirroredSoftware, type ReleaseMirror } from "../../lab/hosts/releaseMirror";
import { eventually, report } from "../../lab/polling";
import { defaultReleases, releasesOf } from "../../lab/releases/recipes";
import { projectDirectory } from "../../lab/stack";
import { killedAtBoundaries, leftovers } from "./support/boundaryKills";
import { untilWhole } from "./support/cluster";
import { discardLab, errorsOf, monitor, temporaryLab, TestedStack } from "./support/lifecycle";
import {
  changesSince,
  inventory,
  inventoryChanges,
  leftByHaproxy,
  leftBySystemd,
  repeatable,
} from "./support/lifecycleInventory";
import { exportState } from "./support/state";
import { everyJob, untilScraped } from "./support/wholeStack";

type Inventories = Record<string, string[]>;

const monitorNames = ["monitor-a", "monitor-b"];
const target = "target-a";
const hostNames = [...monitorNames, target];
/** What a host that was upgraded has and another one has not: the release before is kept. */
const previousReleases = [
  new RegExp(
    ` /opt/ha-monitoring/\\w+-(${Object.values(previousVersions).join("|").replaceAll(".", "\\.")})-`,
  ),
];
const unchanged = Object.fromEntries(hostNames.map((name) => [name, { gone: [], added: [] }]));

/** Names of the bundles that components apply. */
function bundlesOfComponents(): string[] {
  const components = join(projectDirectory, "components");
  const names = readdirSync(components, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => readFileSync(join(components, path), "utf8"))
    .flatMap((source) => [...source.matchAll(/\bapplyBundle\(\s*`[^`]*`,\s*[^,]+,\s*"([^"]+)"/g)])
    .map(([, name = ""]) => name);
  return [...new Set(names)].sort();
}

/** Names of the bundles in these texts, which are JSON of a text or of a secret. */
function bundlesIn(texts: string[]): string[] {
  const names = texts.flatMap((text) => /^(?:|.*"plaintext":"\\)"bundle (\S+) on /.exec(text)?.[1] ?? []);
  return [...new Set(names)].sort();
}

describe("Pulumi is killed at every bundle, between the end of its work on the host and the record of its resource", () => {
  const lab = temporaryLab();
  const stack = new TestedStack(lab, "killed");
  let hosts: [LabHost, LabHost, LabHost];
  let mirror: ReleaseMirror;
  let before: Inventories, afterKills: Inventories;

  /** Another user for SSH changes every resource of a bundle; the rest changes the texts of as many bundles as arguments can. */
  const settings = (later = false) => {
    const [a, b, scraped] = hosts;
    const connection = later ? { user: "operator" } : {};
    const inboundRules = [
      { protocol: "tcp", port: later ? 8001 : 8000, sources: [], purpose: "something else" },
    ];
    return {
      monitors: [a, b].map((host) => ({ ...monitor(host, connection), inboundRules })),
      targets: [
        { ...monitor(scraped, connection), inboundRules, labels: { site: later ? "south" : "north" } },
      ],
      software: mirroredSoftware(mirror, later ? defaultVersions : previousVersions),
      alerting: {
        config: {
          route: { receiver: "hook", group_wait: later ? "20s" : "10s" },
          receivers: [{ name: "hook", webhook_configs: [{ url_file: "hook" }] }],
        },
      },
      alertingSecretFiles: { hook: `http://127.0.0.1/${later ? "later" : "first"}` },
      certificates: { lifetimeHours: later ? 2000 : 1000 },
      network: { mtu: later ? 1400 : 1420 },
      gossip: { metricsPort: later ? 8406 : 8405 },
    };
  };
  const later = () => settings(true);

  /** The text of every bundle in the state, and of every installation of the program that applies them, by the name of the resource. */
  const textsInState = async (): Promise<Record<string, string>> => {
    const resources = await exportState(stack.engine(settings()), "in the clear");
    return Object.fromEntries(
      resources
        .filter(({ type }) => type === "command:remote:Command")
        .map(({ urn, outputs }) => [urn.split("::").at(-1), JSON.stringify(outputs?.stdin)]),
    ) as Record<string, string>;
  };
  const inventories = async (): Promise<Inventories> =>
    Object.fromEntries(
      await Promise.all(hosts.map(async (host) => [host.name, await inventory(lab, host)] as const)),
    );
  const changes = (from: Inventories, to: Inventories, except?: RegExp[]) =>
    Object.fromEntries(
      hostNames.map((name) => [name, inventoryChanges(from[name] ?? [], to[name] ?? [], except)]),
    );
  const repeatables = (all: Inventories): Inventories =>
    Object.fromEntries(hostNames.map((name) => [name, repeatable(all[name] ?? [])]));

  /** Nothing is left to be done, and everything works. */
  const expectWhole = async (given: ReturnType<typeof settings>) => {
    const preview = await stack.preview(given);
    expect(errorsOf(preview)).toEqual([]);
    expect(preview.changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    // Timers start services that hold locks for a moment, and fail while what they watch over is not up yet.
    for (const host of hosts)
      await eventually(30, async () => expect(await leftovers(lab, host), host.name).toEqual([]));
    await untilWhole(lab, { "monitor-a": 1, "monitor-b": 2 });
    for (const name of monitorNames) await untilScraped(lab, name, everyJob(name, monitorNames, [target]));
  };

  beforeAll(async () => {
    hosts = (await lab.up([
      ...monitorNames.map((name) => ({ name })),
      { name: target, flavor: "bare" },
    ])) as typeof hosts;
    const releases = [...defaultReleases, ...releasesOf(previousVersions)];
    ({ mirror } = await offerSoftware(lab, hosts.slice(0, 2), releases));
    before = await inventories();
  });

  afterAll(() => discardLab(lab));

  test("a first deployment converges by one plain up", async () => {
    const killedAt = await killedAtBoundaries(stack, "up", settings());
    const texts = await textsInState();
    expect(killedAt).toEqual(Object.keys(texts).sort());
    expect(bundlesIn(Object.values(texts))).toEqual(bundlesOfComponents());
    await expectWhole(settings());
  });

  test("a later deployment converges by one plain up", async () => {
    const first = await textsInState();
    const killedAt = await killedAtBoundaries(stack, "up", later());
    const last = await textsInState();
    expect(killedAt).toEqual(Object.keys(last).sort());
    // No argument changes these texts.
    expect(killedAt.filter((name) => first[name] === last[name])).toEqual(
      [
        ...monitorNames.map((name) => `monitoring-ca-${name}-identity`),
        ...hostNames.flatMap((name) => [
          `monitoring-${name}-prepare`,
          `monitoring-overlay-${name}-key`,
          `monitoring-overlay-${name}-secrets`,
        ]),
        `monitoring-${target}-preflight`,
      ].sort(),
    );
    await expectWhole(later());
    afterKills = await inventories();
  });

  test("destroy converges by one plain destroy, and leaves the hosts as they were", async () => {
    const texts = await textsInState();
    const killedAt = await killedAtBoundaries(stack, "destroy", later());
    expect(killedAt).toEqual(Object.keys(texts).sort());
    expect(await textsInState()).toEqual({});
    for (const host of hosts) {
      const except = [...leftBySystemd, ...leftByHaproxy];
      expect(await changesSince(lab, host, before[host.name] ?? [], except), host.name).toEqual({
        ...{ gone: [], added: [] },
      });
    }
  });

  test("an uninterrupted deployment has the same files, units, packages and sockets as the killed ones", async () => {
    const run = await stack.up(later());
    expect(errorsOf(run)).toEqual([]);
    report(`deployed in ${run.seconds.toFixed(0)} s`);
    await expectWhole(later());
    await eventually(30, async () => {
      const now = repeatables(await inventories());
      expect(changes(now, repeatables(afterKills), previousReleases)).toEqual(unchanged);
    });
  });
});
