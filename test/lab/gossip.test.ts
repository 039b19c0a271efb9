import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabHost } from "../../lab/hosts/lab";
import { gossipPorts } from "../../lab/stack";
import { longest, overlap, watchSilence, type Watched } from "./support/apiWatch";
import {
  container,
  expectPromptCrossings,
  makeSilence,
  metric,
  output,
  silenceNames,
  untilWhole,
} from "./support/cluster";
import { GossipStack, type StackMonitor } from "./support/gossipStack";
import { eventually, report } from "../../lab/polling";

const nothingLeft =
  "docker ps --all --quiet; ls -d /etc/ha-monitoring /run/ha-monitoring-gateway 2>/dev/null; true";
const probeProblems = /UDP probes failed|Failed UDP ping|Suspect .* has failed/;

describe("gossip through the gateways", () => {
  const stack = new GossipStack();
  const { lab } = stack;
  const [a, b, c] = ["monitor-a", "monitor-b", "monitor-c"] as const;
  // At level debug, Alertmanager tells what memberlist says.
  const settings = { alertmanager: { logLevel: "debug" } };
  let two: StackMonitor[] = [];
  let three: StackMonitor[] = [];

  /** What the Alertmanager of a monitor wrote since a moment on its host's clock, which is this machine's. */
  const logSince = (host: string, since: number) =>
    output(lab, host, `docker logs --since ${(since / 1000).toFixed(3)} ${container} 2>&1`);

  beforeAll(async () => {
    const [hostA, hostB, hostC] = (await stack.boot([a, b, c])) as [LabHost, LabHost, LabHost];
    two = [
      { host: hostA, number: 1 },
      { host: hostB, number: 2 },
    ];
    // In the middle, and over IPv6: its place says 2, its number 3.
    three = [two[0]!, { host: hostC, address: hostC.address6, number: 3 }, two[1]!];
    await stack.up({ monitors: two.slice(0, 1), settings });
  });

  afterAll(() => stack.discard());

  test("one monitor is a cluster of itself, without a port for gossip", async () => {
    await untilWhole(lab, { [a]: 1 });
    const listening = await output(lab, a, "ss --no-header --listening --tcp --numeric | awk '{ print $4 }'");
    expect(listening).toContain(":9093");
    expect(listening).not.toMatch(new RegExp(`:(${Object.values(gossipPorts).join("|")})$`, "m"));
    await makeSilence(lab, a, "before-two-monitors");
  });

  test("with one more entry in the list it is a cluster of two, which keeps the silences: each is ready and sees both", async () => {
    await stack.up({ monitors: two, settings });
    await untilWhole(lab, { [a]: 1, [b]: 2 });
    for (const host of [a, b])
      expect(await metric(lab, host, "alertmanager", "alertmanager_cluster_members")).toBe(2);
    await eventually(90, async () => expect(await silenceNames(lab, b)).toContain("before-two-monitors"));
  });

  test("another stack that is given the same hosts is refused by each, and its destroy takes nothing away", async () => {
    // Timers start the services of Type=oneshot, so these have a process now and then.
    const lasting =
      "ha-monitoring-gateway ha-monitoring-node-exporter ha-monitoring-prometheus ha-monitoring-wireguard";
    const runs = () =>
      Promise.all(
        [a, b].map((host) =>
          output(
            lab,
            host,
            `docker inspect --format '{{.Id}} {{.State.Pid}}' ${container}; docker volume ls --quiet; systemctl show --property Id,MainPID,InvocationID ${lasting}`,
          ),
        ),
      );
    const before = await runs();
    const other = { monitors: two, settings, stack: "other" };
    const errors = await stack.errorsOfUp(other);
    for (const host of [a, b])
      expect(errors.join("\n")).toMatch(
        new RegExp(
          `ha-monitoring: ${host}: ha-monitoring-wireguard\\.service of this host belongs to the stack ha-monitoring/gossip, and a host has one overlay; to hand everything of ha-monitoring/gossip on this host over`,
        ),
      );
    expect(await runs()).toEqual(before);
    await stack.destroy(other);
    expect(await runs()).toEqual(before);
    await untilWhole(lab, { [a]: 1, [b]: 2 });
    expect((await stack.preview({ monitors: two, settings })).changes).toMatchObject({
      ...{ create: 0, update: 0, replace: 0, delete: 0 },
    });
  });

  test("silences cross each way, as one datagram and as a stream of 6 kB, and no UDP probe fails for 30 s", async () => {
    const sent = (host: string) =>
      metric(lab, host, "haproxy", "haproxy_backend_bytes_in_total", 'proxy="inbound-datagram"');
    const before = { a: await sent(a), b: await sent(b) };
    // A probe has half a second, also on a busy host: these 30 s are begun anew when one has waited for longer.
    await eventually(120, async () => {
      const begun = Date.now();
      for (let round = 1; round <= 3; round += 1) {
        const small = await expectPromptCrossings(lab, [a, b]);
        const large = await expectPromptCrossings(lab, [a, b], 6000);
        report(`small ${JSON.stringify(small)} ms, 6 kB ${JSON.stringify(large)} ms`);
      }
      await sleep(Math.max(0, begun + 30_000 - Date.now()));

      for (const host of [a, b]) {
        const log = await logSince(host, begun);
        expect(log, `the log of ${host} has what memberlist says`).toMatch(/memberlist/);
        expect(log.split("\n").filter((line) => probeProblems.test(line))).toEqual([]);
        expect(await metric(lab, host, "alertmanager", "alertmanager_cluster_failed_peers")).toBe(0);
        expect(await metric(lab, host, "alertmanager", "alertmanager_cluster_health_score")).toBe(0);
      }
    });
    expect((await sent(a)) - before.a).toBeGreaterThan(1000);
    expect((await sent(b)) - before.b).toBeGreaterThan(1000);
  });

  test("with the datagram port of one monitor blocked, probes fall back to streams and say so, silences come late; unblocked, all is as before", async () => {
    await lab.exec(
      b,
      `nft 'add table inet lab_test; add chain inet lab_test input { type filter hook input priority 0; }; add rule inet lab_test input tcp dport ${gossipPorts.datagrams} drop'`,
    );
    try {
      // Memberlist exchanges everything over a stream once a minute, which may be just now: then the next silence is late.
      const { value: late } = await eventually(60, async () => {
        const begun = Date.now();
        const name = `late-${begun}`;
        await makeSilence(lab, a, name);
        await eventually(60, async () =>
          expect(await logSince(a, begun)).toMatch(
            /Was able to connect to .* over TCP but UDP probes failed/,
          ),
        );
        expect(await silenceNames(lab, b)).not.toContain(name);
        return name;
      });
      await untilWhole(lab, { [a]: 1, [b]: 2 });
      const { seconds } = await eventually(90, async () =>
        expect(await silenceNames(lab, b)).toContain(late),
      );
      report(`with datagrams blocked a silence crossed ${seconds.toFixed(0)} s after the probes had failed`);
    } finally {
      await lab.exec(b, "nft delete table inet lab_test");
    }
    await eventually(60, async () => {
      for (const host of [a, b])
        expect(await metric(lab, host, "alertmanager", "alertmanager_cluster_health_score")).toBe(0);
    });
    await expectPromptCrossings(lab, [a, b]);
    // A probe that was under way, or waits for a processor, may still fail.
    await eventually(60, async () => {
      const unblocked = Date.now();
      await sleep(5000);
      for (const host of [a, b]) expect(await logSince(host, unblocked)).not.toMatch(probeProblems);
    });
  });

  test("a third monitor joins over IPv6 while at least one Alertmanager always serves; silences survive, numbers keep addresses", async () => {
    const { asked, longestGap } = await watchedUp("before-three", three);
    const seconds = await untilWhole(lab, { [a]: 1, [b]: 2, [c]: 3 });
    await eventually(30, async () => expect(await silenceNames(lab, c)).toContain("before-three"));
    const small = await expectPromptCrossings(lab, [a, b, c]);
    const large = await expectPromptCrossings(lab, [a, b, c], 6000);
    report(
      `${asked} answers, longest gap of one monitor ${longestGap.toFixed(1)} s; whole after ${seconds.toFixed(1)} s`,
    );
    report(`small ${JSON.stringify(small)} ms, 6 kB ${JSON.stringify(large)} ms`);
    // Nothing but IPv6 led there.
    const listing = await output(
      lab,
      a,
      "grep '^ *server monitor-c ' /etc/ha-monitoring/gateway/haproxy.cfg",
    );
    expect(listing.split("\n").length).toBe(2);
    for (const line of listing.split("\n")) expect(line).toContain(three[1]!.address);
  });

  test("taken away again, the others are two, one of them always served, and nothing runs on the third", async () => {
    const { asked, longestGap } = await watchedUp("before-two", two);
    const seconds = await untilWhole(lab, { [a]: 1, [b]: 2 });
    report(
      `${asked} answers, longest gap of one monitor ${longestGap.toFixed(1)} s; whole after ${seconds.toFixed(1)} s`,
    );
    await expectPromptCrossings(lab, [a, b]);
    expect(await output(lab, c, nothingLeft)).toBe("");
  });

  test("one monitor again keeps the silences, and nothing runs on the second", async () => {
    await makeSilence(lab, b, "before-one");
    await eventually(60, async () => expect(await silenceNames(lab, a)).toContain("before-one"));
    await stack.up({ monitors: two.slice(0, 1), settings });
    await untilWhole(lab, { [a]: 1 });
    expect(await silenceNames(lab, a)).toContain("before-one");
    expect(await output(lab, b, nothingLeft)).toBe("");
  });

  /** Deploys while a silence is asked for at monitors a and b all the time. */
  async function watchedUp(name: string, monitors: StackMonitor[]) {
    await makeSilence(lab, a, name);
    await eventually(60, async () => expect(await silenceNames(lab, b)).toContain(name));
    const stopWatching = [watchSilence(lab, a, name), watchSilence(lab, b, name)];
    await stack.up({ monitors, settings });
    const [atA, atB] = (await Promise.all(stopWatching.map((stop) => stop()))) as [Watched, Watched];
    // Both were replaced, or this test shows nothing.
    expect(atA.gaps.length, "monitor-a was away for a moment").toBeGreaterThan(0);
    expect(atB.gaps.length, "monitor-b was away for a moment").toBeGreaterThan(0);
    expect(overlap(atA.gaps, atB.gaps), "one of both always had the silence").toBe(false);
    for (const host of [a, b]) expect(await silenceNames(lab, host)).toContain(name);
    return { asked: atA.asked + atB.asked, longestGap: longest([...atA.gaps, ...atB.gaps]) };
  }
});
