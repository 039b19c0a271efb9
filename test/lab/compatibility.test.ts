import { afterAll, beforeAll, describe, test } from "vitest";
import { testedSoftware } from "../../lab/compatibility";
import { loadBaseImage } from "../../lab/hosts/defaults";
import { debianImage } from "../../lab/hosts/images";
import type { LabHost } from "../../lab/hosts/lab";
import type { HostSystem } from "../../lab/hosts/systems";
import { WebhookReceiver } from "../../lab/hosts/webhook";
import { discardLab, temporaryLab, TestedStack } from "./support/lifecycle";
import { ShortProof } from "./support/shortProof";

for (const system of ["debian13", "debian12"] satisfies HostSystem[]) {
  describe(`a stack of the packages of ${system}`, () => {
    const packaged = {
      alertmanager: { software: { source: "apt" }, image: { baseImage: debianImage(system) } },
      software: { prometheus: { source: "apt" }, nodeExporter: { source: "apt" } },
    };
    const lab = temporaryLab();
    let proof: ShortProof;
    let webhook: WebhookReceiver | undefined;

    beforeAll(async () => {
      const [a, b, target] = (await lab.up([
        ...["monitor-a", "monitor-b"].map((name) => ({ name, os: system })),
        { name: "target-a", flavor: "bare", os: system },
      ])) as [LabHost, LabHost, LabHost];
      webhook = await WebhookReceiver.start(a);
      await loadBaseImage(lab, [a, b], { origin: "package", system });
      proof = await ShortProof.begin(lab, new TestedStack(lab, "packages"), [a, b], target, webhook);
    });

    afterAll(async () => {
      webhook?.stop();
      await discardLab(lab);
    });

    test("comes up with the versions of the table", async () => {
      await proof.deploy(proof.settings(packaged));
      await proof.expectVersions(testedSoftware[system].versions);
    });

    test("a second up changes nothing", () => proof.expectUnchanged(proof.settings(packaged)));

    test("an alert is notified once, and its end once", () => proof.expectDelivery());

    test("changed settings are read without a restart", () =>
      proof.expectReload(proof.settings(packaged, 3), 3));

    test("destroy leaves the hosts as they were", () =>
      proof.expectCleanRemoval(proof.settings(packaged, 3)));
  });
}
