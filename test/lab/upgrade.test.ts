import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultVersions, previousVersions } from "../../model/versions";
import { testedSoftware } from "../../lab/compatibility";
import { alertStateAt, nodeExporter, notificationsOf } from "../../lab/demo/alerts";
import { offerSoftware } from "../../lab/hosts/defaults";
import type { LabHost } from "../../lab/hosts/lab";
import { mirroredSoftware, type ReleaseMirror } from "../../lab/hosts/releaseMirror";
import { WebhookReceiver } from "../../lab/hosts/webhook";
import { eventually, report } from "../../lab/polling";
import { defaultReleases, releasesOf } from "../../lab/releases/recipes";
import type { StackSettings } from "../../lab/stack";
import { makeSilence, memberNames, silenceNames } from "./support/cluster";
import { discardLab, temporaryLab, TestedStack } from "./support/lifecycle";
import { ShortProof } from "./support/shortProof";
import { alertname } from "./support/wholeStack";

describe("an upgrade of the programs, and the way back", () => {
  const lab = temporaryLab();
  let proof: ShortProof;
  let mirror: ReleaseMirror;
  let webhook: WebhookReceiver | undefined;

  const software = (versions: Parameters<typeof mirroredSoftware>[1]): StackSettings => ({
    software: mirroredSoftware(mirror, versions),
  });
  const previous = () => software(previousVersions);
  const notified = () =>
    notificationsOf(proof.webhook.deliveries, alertname, proof.target.name).map(({ status }) => status);
  /** Changes the versions while the alert fires: nothing is lost and nothing is notified again. */
  const changeUnderAlert = async (versions: StackSettings, known: string[]) => {
    await proof.up(proof.settings(versions));
    // As long as a peer may still wait for the other one, and two more evaluations.
    await sleep(10_000);
    expect(notified()).toEqual(known);
    for (const name of proof.monitorNames) {
      expect(await silenceNames(lab, name), name).toContain("Lasting");
      expect(await memberNames(lab, name), name).toEqual(proof.monitorNames);
      // Alertmanager keeps no alerts across a restart; Prometheus sends one again after --rules.alert.resend-delay (1 minute).
      await eventually(75, async () =>
        expect(await alertStateAt(lab, name, alertname, proof.target.name), name).toBe("active"),
      );
    }
    // A group's first flush after the alert came back.
    await sleep(10_000);
    expect(notified()).toEqual(known);
  };

  beforeAll(async () => {
    const [a, b, target] = (await lab.up([
      { name: "monitor-a" },
      { name: "monitor-b" },
      { name: "target-a", flavor: "bare" },
    ])) as [LabHost, LabHost, LabHost];
    webhook = await WebhookReceiver.start(a);
    const releases = [...defaultReleases, ...releasesOf(previousVersions)];
    ({ mirror } = await offerSoftware(lab, [a, b], releases));
    proof = await ShortProof.begin(lab, new TestedStack(lab, "upgrade"), [a, b], target, webhook);
  });

  afterAll(async () => {
    webhook?.stop();
    await discardLab(lab);
  });

  test("the defaults before come up with the versions of the table", async () => {
    await proof.deploy(proof.settings(previous()));
    await proof.expectVersions(testedSoftware.previous.versions);
  });

  test("a second up changes nothing", () => proof.expectUnchanged(proof.settings(previous())));

  test("an alert is notified once, and its end once", () => proof.expectDelivery());

  test("changed settings are read without a restart", () =>
    proof.expectReload(proof.settings(previous(), 3), 3));

  test("upgraded to the defaults while an alert fires, nothing is lost or notified twice, and a silence stays", async () => {
    const [first = ""] = proof.monitorNames;
    // A new node_exporter would start again on the target, and end the alert.
    await proof.deploy(
      proof.settings(software({ ...previousVersions, node_exporter: defaultVersions.node_exporter })),
    );
    // On a busy machine its restart takes longer than an interval of the scrapes, and is an alert of its own.
    await eventually(60, async () => {
      for (const name of proof.monitorNames)
        expect(await alertStateAt(lab, name, alertname, proof.target.name), name).toBeUndefined();
      expect(notified().at(-1)).toBe("resolved");
    });
    const known = [...notified(), "firing"];
    await makeSilence(lab, first, "Lasting");
    await nodeExporter(lab, proof.target.name, "stop");
    await eventually(60, () => expect(notified()).toEqual(known));

    await changeUnderAlert(software(defaultVersions), known);
    await proof.expectVersions(defaultVersions, { targetRuns: false });
  });

  test("downgraded again, the alert is not notified again, and its end is notified", async () => {
    const known = notified();
    const versions = { ...previousVersions, node_exporter: defaultVersions.node_exporter };
    await changeUnderAlert(software(versions), known);
    await proof.expectVersions(versions, { targetRuns: false });
    await nodeExporter(lab, proof.target.name, "start");
    const { seconds } = await eventually(60, () => expect(notified()).toEqual([...known, "resolved"]));
    report(`the end was notified after ${seconds.toFixed(1)} s`);
    await sleep(10_000);
    // Groups of restarted peers have other flush times, so upstream's peers may notify the end twice (docs/monitoring-stack.md).
    expect([
      [...known, "resolved"],
      [...known, "resolved", "resolved"],
    ]).toContainEqual(notified());
  });

  test("destroy leaves the hosts as they were", () => proof.expectCleanRemoval(proof.settings(previous())));
});
