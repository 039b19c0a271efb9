import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { targetsAt } from "../../lab/demo/alerts";
import { deployed } from "../../lab/demo/deploy";
import type { Engine, Result } from "../../lab/engine/run";
import { buildAlertmanagerImage } from "../../lab/hosts/images";
import type { Lab, LabHost } from "../../lab/hosts/lab";
import { eventually, report } from "../../lab/polling";
import { output, untilWhole } from "./support/cluster";
import { describeWithEachEngine } from "./support/engines";
import { labSoftware, machine, StagedExamples } from "./support/examples";
import { sshLog, temporaryLab } from "./support/lifecycle";
import { openPorts } from "./support/portProbes";
import { TestAuthority } from "./support/testAuthority";
import { untilScraped } from "./support/wholeStack";

const minute = 60_000;

describeWithEachEngine("the examples", (engineName) => {
  const lab = temporaryLab();
  let examples: StagedExamples;
  let image = "";

  beforeAll(async () => {
    [examples, image] = await Promise.all([
      StagedExamples.stage(lab, engineName),
      buildAlertmanagerImage(),
    ]);
  }, 15 * minute);

  afterAll(async () => {
    await lab.down();
    rmSync(lab.stateDirectory, { recursive: true, force: true });
  }, 5 * minute);

  /** Deploys, and deploys again, which changes nothing. */
  const comesUp = async (engine: Engine): Promise<Result> => {
    const first = deployed(await engine.up());
    const second = deployed(await engine.up());
    report(`up ${Math.round(first.seconds)} s, again ${second.seconds.toFixed(1)} s`);
    expect({ ...second.changes, same: 0 }).toEqual({ create: 0, update: 0, replace: 0, delete: 0, same: 0 });
    return second;
  };
  const boot = async (monitors: string[], others: string[]): Promise<Record<string, LabHost>> => {
    const hosts = await lab.up([
      ...monitors.map((name) => ({ name })),
      ...others.map((name) => ({ name, flavor: "bare" as const })),
    ]);
    await Promise.all(monitors.map((name) => lab.loadImage(name, image)));
    return Object.fromEntries(hosts.map((host) => [host.name, host]));
  };

  test(
    "minimal: the README's program, with the addresses of the lab's machines and what they have in reach",
    async () => {
      const hosts = await boot(["monitor-a", "monitor-b"], ["web-1"]);
      const written = { "monitor-a": "198.51.100.10", "monitor-b": "198.51.100.11", "web-1": "198.51.100.20" };
      const { alertmanager, software } = labSoftware(image);
      const edit = (program: string) => {
        const placed = Object.entries(written).reduce((text, [name, address]) => {
          const [before, after, ...more] = text.split(`"${address}"`);
          expect([typeof after, ...more], `${address} is there once`).toEqual(["string"]);
          return `${before}"${hosts[name]?.address}"${after}`;
        }, program);
        expect(placed.split("  alerting: {")).toHaveLength(2);
        return placed.replace(
          "  alerting: {",
          `  alertmanager: ${JSON.stringify(alertmanager)},\n  software: ${JSON.stringify(software)},\n  alerting: {`,
        );
      };
      const keys = { hostKeyA: "monitor-a", hostKeyB: "monitor-b", hostKeyWeb1: "web-1" };
      const hostKeys = Object.entries(keys).map(([key, name]) => [key, hosts[name]?.hostKey]);
      const settings = { sshPrivateKey: lab.privateKey, ...Object.fromEntries(hostKeys) };
      await comesUp(examples.engineFor("minimal", settings, { edit }));
      for (const monitor of ["monitor-a", "monitor-b"]) {
        await untilScraped(lab, monitor, everyJob(monitor, ["monitor-a", "monitor-b"], ["web-1"]));
      }
    },
    6 * minute,
  );
});

/** `job instance` of everything that a monitor scrapes in a stack of these machines. */
function everyJob(monitor: string, monitors: string[], targets: string[]): string[] {
  const perMonitor = ["alertmanager", "node", "prometheus"];
  return [
    `haproxy ${monitor}`,
    ...monitors.flatMap((name) => perMonitor.map((job) => `${job} ${name}`)),
    ...targets.map((name) => `node ${name}`),
  ];
}
