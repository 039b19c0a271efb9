import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { offerSoftware } from "../../lab/hosts/defaults";
import type { LabHost } from "../../lab/hosts/lab";
import { untilListening } from "../../lab/hosts/listening";
import { report } from "../../lab/polling";
import { output, untilWhole } from "./support/cluster";
import { temporaryLab } from "./support/lifecycle";
import { openPorts } from "./support/portProbes";
import { copyPackage, languageProblem, PulumiConsumer } from "./support/pulumiConsumer";

// test/components/foreignExamples holds both to the schema everywhere; here they are deployed, where the CLI can.
describe("the examples in other languages", () => {
  const lab = temporaryLab();
  const packageDirectory = join(lab.stateDirectory, "package");

  beforeAll(() => copyPackage(packageDirectory));
  afterAll(async () => {
    await lab.down();
    rmSync(lab.stateDirectory, { recursive: true, force: true });
  });

  const consumerOf = async (example: "yaml" | "python") => {
    const consumer = new PulumiConsumer(join(lab.stateDirectory, example), example);
    await consumer.prepare(packageDirectory);
    await consumer.configure("sshPrivateKey", lab.privateKey, "secret");
    return consumer;
  };
  const comesUp = async (consumer: PulumiConsumer) => {
    const begun = performance.now();
    await consumer.pulumi("up", "--yes", "--skip-preview");
    report(`up ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    await consumer.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
  };

  test("yaml: a machine and its firewall, by pulumi package add", async ({ skip }) => {
    const problem = languageProblem("yaml");
    if (problem) return skip(problem);
    const [web, other] = (await lab.up([
      { name: "web", flavor: "bare" },
      { name: "other", flavor: "bare" },
    ])) as [LabHost, LabHost];
    for (const port of [8080, 8081]) {
      await lab.exec(
        web,
        `systemd-run --quiet systemd-socket-activate --accept --inetd --listen ${port} echo here`,
      );
      await untilListening(lab, web, port);
    }
    const consumer = await consumerOf("yaml");
    await consumer.configure("address", web.address);
    await consumer.configure("hostKey", web.hostKey);
    const ports = { tcp: [22, 8080, 8081], udp: [] };
    expect(await openPorts(lab, other, web.address, ports)).toEqual(["tcp 22", "tcp 8080", "tcp 8081"]);
    await comesUp(consumer);
    expect(await openPorts(lab, other, web.address, ports)).toEqual(["tcp 22", "tcp 8080"]);
    expect(await consumer.pulumi("stack", "output", "ruleset")).toContain("tcp dport 8080");
    await consumer.pulumi("destroy", "--yes", "--skip-preview");
    expect(
      await output(
        lab,
        "web",
        "nft list tables | grep ha_monitoring; ls /etc/ha-monitoring 2>/dev/null; true",
      ),
    ).toBe("");
  });

  test("python: two monitors and a target, by pulumi package add", async ({ skip }) => {
    const problem = languageProblem("python");
    if (problem) return skip(problem);
    const hosts = await lab.up([
      { name: "monitor-a" },
      { name: "monitor-b" },
      { name: "web-1", flavor: "bare" },
    ]);
    const { settings } = await offerSoftware(lab, hosts.slice(0, 2));
    const consumer = await consumerOf("python");
    for (const [index, suffix] of ["A", "B", "Web1"].entries()) {
      await consumer.configure(`address${suffix}`, hosts[index]?.address);
      await consumer.configure(`hostKey${suffix}`, hosts[index]?.hostKey);
    }
    for (const [key, value] of Object.entries(settings)) await consumer.configure(key, value, "object");
    await comesUp(consumer);
    await untilWhole(lab, { "monitor-a": 1, "monitor-b": 2 });
    expect(JSON.parse(await consumer.pulumi("stack", "output", "monitors", "--json"))).toHaveLength(2);
  });
});
