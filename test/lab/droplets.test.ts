import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LabCloud } from "../../lab/digitalocean/labCloud";
import type { EngineEvent, Result } from "../../lab/engine/events";
import { buildBaseImage, buildHostImage } from "../../lab/hosts/images";
import type { LabHost } from "../../lab/hosts/lab";
import { eventually, report } from "../../lab/polling";
import { makeSilence, output, silenceNames } from "./support/cluster";
import { StagedExamples } from "./support/examples";
import { errorsOf, temporaryLab } from "./support/lifecycle";
import { openPorts } from "./support/portProbes";
import { connectionsDuring, everyJob, untilScraped } from "./support/wholeStack";

const monitors = ["monitor-fra", "monitor-ams"];
const targets = ["web-lon"];
const everywhere = ["0.0.0.0/0", "::/0"];

// examples/droplets, from nothing and back to nothing.
describe("a stack on droplets", () => {
  const lab = temporaryLab();
  let cloud: LabCloud;
  let examples: StagedExamples;
  let hosts: Record<string, LabHost> = {};
  const events: EngineEvent[] = [];

  beforeAll(async () => {
    await lab.up([{ name: "outside", flavor: "bare" }]);
    [examples, cloud] = await Promise.all([StagedExamples.stage(lab), LabCloud.open(lab)]);
    for (const system of ["debian12", "debian13"] as const) {
      await buildBaseImage(system, () => undefined);
      await buildHostImage(system, "droplet", () => undefined);
    }
  });

  afterAll(async () => {
    await cloud.close();
    await lab.down();
    rmSync(lab.stateDirectory, { recursive: true, force: true });
  });

  /** @param second what is different about the second monitor's droplet. */
  const engineFor = (second: object = {}, droplets: object = {}) => {
    events.length = 0;
    return examples.engineFor(
      "droplets",
      {
        ...cloud.providerConfig,
        ...cloud.settings,
        monitors: [
          { name: "monitor-fra", region: "fra1" },
          { name: "monitor-ams", region: "ams3", droplet: second },
        ],
        targets: [{ name: "web-lon", region: "lon1" }],
        droplets: { publicKey: `${cloud.key.publicKey} somebody`, ...droplets },
        ...{ sshPrivateKey: cloud.key.privateKey, webhook: "http://203.0.113.99/" },
      },
      { secrets: ["digitalocean:token"], onEvent: (event) => events.push(event) },
    );
  };
  const host = (name: string) => hosts[name] as LabHost;
  const droplet = (name: string) => cloud.api.account.droplets.find((each) => each.name === name);
  const nothing = { create: 0, update: 0, replace: 0, delete: 0 };
  const allIsScraped = async () => {
    for (const monitor of monitors)
      await untilScraped(lab, host(monitor).name, everyJob(monitor, monitors, targets));
  };
  const timed = (what: string, { seconds }: Result) => report(`${what} ${Math.round(seconds)} s`);

  test("comes up from nothing: droplets in their regions, each known by a key of its own, and all of them scraped", async () => {
    const run = await engineFor().up();
    expect(errorsOf(run)).toEqual([]);
    timed("up from nothing", run);
    hosts = await cloud.hosts();
    expect(Object.keys(hosts).sort()).toEqual([...monitors, ...targets].sort());
    expect(cloud.api.account.droplets.map(({ name, region }) => `${name} ${region}`).sort()).toEqual([
      "monitor-ams ams3",
      "monitor-fra fra1",
      "web-lon lon1",
    ]);
    for (const { name } of Object.values(hosts)) {
      expect(await output(lab, name, "cd /etc/ssh && ls ssh_host_*")).toBe(
        "ssh_host_ed25519_key\nssh_host_ed25519_key.pub",
      );
    }
    await allIsScraped();
  });

  test("shows the outside SSH and gossip, and the cloud's firewall lets in what the host's own does", async () => {
    for (const monitor of monitors) {
      const firewall = cloud.api.account.firewalls.find(({ droplet_ids: ids }) =>
        ids.includes(droplet(monitor)?.id ?? 0),
      );
      const rules = firewall?.inbound_rules.map(({ protocol, ports, sources }) => {
        expect([...(sources as { addresses: string[] }).addresses].sort()).toEqual(everywhere);
        return protocol === "icmp" ? "icmp" : `${protocol as string} ${ports as string}`;
      });
      expect(rules?.sort()).toEqual(["icmp", "tcp 22", "tcp 9094", "tcp 9095", "udp 51820"]);
      const { address, address6 } = host(monitor);
      for (const at of [address, address6]) {
        const ports = { tcp: [22, 80, 9090, 9093, 9094, 9095, 9100, 8405], udp: [] };
        expect(await openPorts(lab, { name: "outside" }, at, ports)).toEqual([
          "tcp 22",
          "tcp 9094",
          "tcp 9095",
        ]);
      }
    }
  });

  test("changes nothing the second time: no connection, and no request that could change anything", async () => {
    const asked = cloud.api.requests.length;
    let run: Result | undefined;
    const connections = await connectionsDuring(lab, Object.values(hosts), async () => {
      run = await engineFor().up();
    });
    expect(run && errorsOf(run)).toEqual([]);
    expect(run?.changes).toMatchObject(nothing);
    expect(Object.values(connections)).toEqual([0, 0, 0]);
    expect(cloud.api.requests.slice(asked).filter(({ method }) => method !== "GET")).toEqual([]);
  });

  test("refuses to replace a droplet that is protected, and touches none", async () => {
    const before = cloud.api.account.droplets.map(({ id }) => id);
    const run = await engineFor({ image: "debian-12-x64" }).up();
    expect(errorsOf(run).join()).toMatch(/protect/);
    await cloud.api.settled();
    expect(cloud.api.account.droplets.map(({ id }) => id)).toEqual(before);
  });

  test("replaces one that is not: what was on it is on the new one, silences too, and the other monitor only hears of its address and keys", async () => {
    const first = host("monitor-fra");
    await makeSilence(lab, first.name, "kept");
    expect(errorsOf(await engineFor({ protected: false }).up())).toEqual([]);
    const kept = droplet("monitor-fra")?.id;
    const gone = droplet("monitor-ams")?.id;
    const process = () =>
      output(lab, first.name, "docker inspect --format '{{.State.Pid}}' ha-monitoring-alertmanager");
    const running = await process();
    const run = await engineFor({ protected: false, image: "debian-12-x64" }).up();
    expect(errorsOf(run)).toEqual([]);
    timed("one droplet replaced", run);
    hosts = await cloud.hosts();
    expect(droplet("monitor-fra")?.id).toBe(kept);
    expect(droplet("monitor-ams")).toMatchObject({ image: "debian-12-x64", region: "ams3" });
    expect(droplet("monitor-ams")?.id).not.toBe(gone);
    expect(await output(lab, host("monitor-ams").name, ". /etc/os-release; echo $VERSION_ID")).toBe("12");
    await allIsScraped();
    await eventually(30, async () => {
      expect(await silenceNames(lab, host("monitor-ams").name)).toContain("kept");
    });
    // Its Alertmanager went on all the time; only what names the other one was written anew.
    expect(await process()).toBe(running);
    const elsewhere = events.filter(
      ({ kind, type, name }) =>
        kind === "done" && type === "command:remote:Command" && !name.includes("monitor-ams"),
    );
    report(`elsewhere: ${elsewhere.map(({ name }) => name.replace("monitoring-", "")).join(", ")}`);
    expect(elsewhere.map(({ name }) => name.replace(/^monitoring-/, "")).sort()).toEqual([
      "monitor-fra-alertmanager-config",
      "monitor-fra-alertmanager-healthy",
      "monitor-fra-cluster",
      "monitor-fra-gateway-haproxy",
      "overlay-monitor-fra-wireguard",
      "overlay-web-lon-wireguard",
    ]);
  });

  test("goes back to nothing", async () => {
    expect(errorsOf(await engineFor({}, { protected: false }).up())).toEqual([]);
    const run = await engineFor({}, { protected: false }).destroy();
    expect(errorsOf(run)).toEqual([]);
    timed("destroy", run);
    await cloud.api.settled();
    const { droplets, firewalls, keys } = cloud.api.account;
    expect({ droplets, firewalls, keys }).toEqual({ droplets: [], firewalls: [], keys: [] });
    expect((await lab.status()).map(({ name }) => name).sort()).toEqual(["outside", "releases"]);
  });
});
