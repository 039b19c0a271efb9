import { beforeAll, describe, expect, test } from "vitest";
import { longest, watchSilence } from "./support/apiWatch";
import {
  api,
  container,
  expectPromptCrossings,
  makeSilence,
  output,
  silenceNames,
  untilWhole,
} from "./support/cluster";
import type { GossipStack } from "./support/gossipStack";
import { eventually, inTime, report } from "../../lab/polling";

const unit = "ha-monitoring-gateway.service";
const socketDirectory = "/run/ha-monitoring-gateway/sockets";
const ownSockets = ["api.sock", "inbound-datagram.sock", "inbound-stream.sock"];

/** What an Alertmanager may do, how it is told something, and what comes back after what; ends with monitor a after a power cut. */
export function describeFaults(stack: GossipStack): void {
  const { lab } = stack;
  const [a, b] = ["monitor-a", "monitor-b"] as const;
  const cluster = { [a]: 1, [b]: 2 };

  beforeAll(async () => {
    await makeSilence(lab, b, "kept");
    await eventually(60, async () => expect(await silenceNames(lab, a)).toContain("kept"));
  });

  const onA = (command: string) => output(lab, a, command);
  const startedAt = () => onA(`docker inspect --format '{{.State.StartedAt}}' ${container}`);
  const processId = () => onA(`docker inspect --format '{{.State.Pid}}' ${container}`);
  const inspect = async <T>(path: string) =>
    JSON.parse(await onA(`docker inspect --format '{{json .${path}}}' ${container}`)) as T;
  /** Inode numbers of files in the socket directory, by name, and of the directory itself. */
  const inodes = async (...names: string[]) =>
    Object.fromEntries(
      (await onA(`cd ${socketDirectory} && stat --format '%n %i' . ${names.join(" ")}`))
        .split("\n")
        .map((line) => line.split(" ") as [string, string]),
    );

  describe("what the container of an Alertmanager may do", () => {
    test("none of its processes has a capability or may gain one, and all run as HAProxy's user and group", async () => {
      const owner = await onA("echo $(id -u ha-monitoring-gateway) $(id -g ha-monitoring-gateway)");
      const [uid, gid] = owner.split(" ");
      // The program with which Docker begins a health check is one of them for a moment, before it gives up what it may.
      await eventually(30, async () => {
        const text = await onA(
          `for id in $(docker top ${container} -eo pid | tail -n +2); do grep -hE '^(Uid|Gid|Cap(Eff|Prm|Inh|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/$id/status; done 2>/dev/null | sort | uniq`,
        );
        const seen = Object.fromEntries(
          text.split("\n").map((line) => line.replace(/\s+/g, " ").split(": ") as [string, string]),
        );
        // One line a field: all processes agree.
        expect(text.split("\n")).toHaveLength(9);
        const none = "0000000000000000";
        expect(seen).toEqual({
          ...{ CapAmb: none, CapBnd: none, CapEff: none, CapInh: none, CapPrm: none },
          ...{ NoNewPrivs: "1", Seccomp: "2" },
          Uid: [uid, uid, uid, uid].join(" "),
          Gid: [gid, gid, gid, gid].join(" "),
        });
      });
    });

    test("its root file system is read-only; it can write its data and the sockets only", async () => {
      const mounts = await onA(`cat /proc/${await processId()}/mountinfo`);
      const writable = mounts
        .split("\n")
        .map((line) => line.split(" "))
        .filter(([, , , , , options]) => options?.split(",").includes("rw"))
        .map(([, , , , target]) => target ?? "");
      expect(writable.filter((target) => !/^\/(proc|dev|sys)(\/|$)/.test(target)).sort()).toEqual([
        "/alertmanager",
        "/sockets",
      ]);
      const root = mounts.split("\n").find((line) => line.split(" ")[4] === "/");
      expect(root?.split(" ")[5]).toMatch(/^ro\b/);
    });

    test("no port is published, and it shares neither network nor process ids with the host", async () => {
      expect(await inspect("NetworkSettings.Ports")).toEqual({});
      expect(await inspect("HostConfig.PortBindings")).toBeNull();
      expect(await inspect("HostConfig.Privileged")).toBe(false);
      expect(Object.keys(await inspect<object>("NetworkSettings.Networks"))).toEqual(["ha-monitoring"]);
      const id = await processId();
      for (const namespace of ["net", "pid", "ipc", "mnt", "uts"])
        expect(await onA(`readlink /proc/${id}/ns/${namespace}`)).not.toBe(
          await onA(`readlink /proc/self/ns/${namespace}`),
        );
    });

    test("the kernel limits its memory to 256 MiB without swap, and its processes to 512", async () => {
      expect(await inspect("HostConfig.Memory")).toBe(256 * 1024 * 1024);
      expect(await inspect("HostConfig.MemorySwap")).toBe(256 * 1024 * 1024);
      expect(await inspect("HostConfig.PidsLimit")).toBe(512);
      const limit = async (controller: string, file1: string, file2: string) =>
        onA(
          `group=$(sed -n 's/^[0-9]*:${controller}://p' /proc/${await processId()}/cgroup); if [ -n "$group" ]; then cat "/sys/fs/cgroup/${controller}$group/${file1}"; else cat "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/${await processId()}/cgroup)/${file2}"; fi`,
        );
      expect(await limit("memory", "memory.limit_in_bytes", "memory.max")).toBe(String(256 * 1024 * 1024));
      expect(await limit("pids", "pids.max", "pids.max")).toBe("512");
    });

    test("its sockets belong to HAProxy's user and group, mode 0660, in a directory that nobody else can enter", async () => {
      const owner = await onA("echo $(id -u ha-monitoring-gateway):$(id -g ha-monitoring-gateway)");
      const listing = await onA(`cd ${socketDirectory} && stat --format '%n %A %u:%g' . *`);
      expect(listing.split("\n")).toEqual([
        `. drwxr-x--- ${owner}`,
        ...[
          "api.sock",
          "inbound-datagram.sock",
          "inbound-stream.sock",
          "outbound-datagram-monitor-b.sock",
          "outbound-stream-monitor-b.sock",
        ].map((name) => `${name} srw-rw---- ${owner}`),
      ]);
    });

    test("100 requests to the API leave no zombie and no further process", async () => {
      const states = async () =>
        (await onA(`docker top ${container} -eo stat,args | tail -n +2`))
          .split("\n")
          .filter((line) => !/-datagram|UDP4-RECVFROM/.test(line));
      const before = (await states()).length;
      const answers = await onA(
        `seq 100 | xargs -P 8 -I {} curl --silent --retry 20 --retry-all-errors --retry-max-time 60 --output /dev/null --write-out '%{http_code}\\n' ${api}/api/v2/status | sort | uniq -c`,
      );
      expect(answers.trim()).toBe("100 200");
      await eventually(60, async () => {
        const after = await states();
        expect(after.filter((state) => state.startsWith("Z"))).toEqual([]);
        expect(after.length).toBeLessThanOrEqual(before);
      });
    });

    test("its health check succeeds, and fails while Alertmanager does not answer", async () => {
      // Not by `docker exec`, which some lab machines cannot do: see their control groups.
      const check = async () =>
        (
          await lab.exec(
            a,
            `nsenter --target ${await processId()} --mount --net /bin/sh /usr/local/bin/healthcheck.sh`,
            { allowFailure: true },
          )
        ).status;
      const alertmanager = await onA("pgrep --exact alertmanager");
      // The check's own limit is that of a machine that is not busy.
      const succeeds = () => eventually(30, async () => expect(await check()).toBe(0));
      await succeeds();
      await onA(`kill -STOP ${alertmanager}`);
      try {
        expect(await check()).not.toBe(0);
      } finally {
        await onA(`kill -CONT ${alertmanager}`);
      }
      await succeeds();
      expect(await inspect("Config.Healthcheck.Test")).toEqual([
        "CMD",
        "/bin/sh",
        "/usr/local/bin/healthcheck.sh",
      ]);
    });

    test("HAProxy listens on the gossip ports of both families, and else on 127.0.0.1 and with the API on the overlay only; nothing listens for the container", async () => {
      const overlay = await onA("ip -oneline address show dev wg0 scope global | awk '{ print $4 }'");
      const listing = await onA("ss --no-header --listening --tcp --numeric --processes");
      const ports = listing
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .map(([, , , address = "", , process = ""]) => ({ address, process }))
        .filter(({ process }) => /"(haproxy|alertmanager|socat|docker-proxy)"/.test(process));
      expect(ports.map(({ address }) => address).sort()).toEqual(
        [
          ...["0.0.0.0:9094", "0.0.0.0:9095", "[::]:9094", "[::]:9095"],
          ...["127.0.0.1:8405", "127.0.0.1:9093", `[${overlay.replace(/\/.*/, "")}]:9093`],
        ].sort(),
      );
      for (const { process } of ports) expect(process).toContain('"haproxy"');
      const [hostA] = stack.hosts;
      const fromB = await lab.exec(b, `curl --silent --max-time 2 http://${hostA!.address}:9093/`, {
        allowFailure: true,
      });
      expect(fromB.status, "no answer, because of the firewall").toBe(28);
    });
  });

  describe("how an Alertmanager is told something", () => {
    test("a changed configuration is read by the process that runs, and a container that dies after it still comes back", async () => {
      const before = { process: await processId(), started: await startedAt() };
      const config = { route: { receiver: "somebody" }, receivers: [{ name: "somebody" }] };
      await stack.up({ settings: { alerting: { config } } });
      expect(await onA(`curl --silent ${api}/api/v2/receivers`)).toContain('"somebody"');
      expect({ process: await processId(), started: await startedAt() }).toEqual(before);
      // The signal that an operator would send is no reason to stay away either.
      await onA(`docker kill --signal HUP ${container}`);
      await onA(`kill -9 ${await processId()}`);
      await eventually(60, async () => expect(await startedAt()).not.toBe(before.started));
      await untilWhole(lab, cluster);
    });

    test("TERM ends it cleanly within 10 s, and a silence of one second before is there again from its own disk", async () => {
      await lab.exec(b, `systemctl stop ${unit}`);
      try {
        const name = `before-the-end-${Date.now()}`;
        await makeSilence(lab, a, name);
        const begun = performance.now();
        await onA(`docker stop --time 120 ${container}`);
        const seconds = (performance.now() - begun) / 1000;
        expect(await inspect("State.ExitCode")).toBe(0);
        expect(inTime(seconds, 10), `it took ${seconds} s`).toBe(true);
        expect(await onA(`ls ${socketDirectory} | grep -v outbound; true`), "its sockets are gone").toBe("");
        await onA("systemctl start ha-monitoring-alertmanager-watch.service");
        expect(await inspect("State.Running"), "nothing starts what an operator has stopped").toBe(false);
        await onA(`docker start ${container}`);
        await eventually(60, async () => expect(await silenceNames(lab, a)).toContain(name));
        report(`stopped after ${seconds.toFixed(1)} s`);
      } finally {
        await lab.exec(b, `systemctl start ${unit}`);
      }
      await untilWhole(lab, cluster);
    });

    test("a restart of HAProxy's unit keeps the socket directory, and the container goes on in it", async () => {
      const before = { started: await startedAt(), inodes: await inodes(...ownSockets) };
      await onA(`systemctl restart ${unit}`);
      await expectHealed("HAProxy's unit restarted");
      expect({ started: await startedAt(), inodes: await inodes(...ownSockets) }).toEqual(before);
    });
  });

  describe("what comes back without help within 30 s, while the other one serves on", () => {
    test("its container, killed with signal 9; the sockets that it left behind are made anew", async () => {
      const before = await inodes(...ownSockets);
      await struck("container killed", async () => void (await onA(`kill -9 ${await processId()}`)));
      const after = await inodes(...ownSockets);
      expect(after["."]).toBe(before["."]);
      for (const name of ownSockets) expect(after[name], name).not.toBe(before[name]);
    });

    test("each of the socats in it, killed: none is missed in silence", async () => {
      const helpers = [
        "UDP4-RECVFROM",
        "TCP4-LISTEN",
        "inbound-stream.sock",
        "inbound-datagram.sock",
        "api.sock",
      ];
      // The oldest of that name, not one of its children; the brackets keep the shell that asks from being one itself.
      const oldest = (helper: string) => `pgrep --oldest --full 'soca[t] .*${helper}'`;
      await struck(`${helpers.length} socats killed one after the other`, async (healing) => {
        for (const helper of helpers) {
          healing();
          const started = await startedAt();
          await onA(`kill -9 $(${oldest(helper)})`);
          await eventually(60, async () => {
            expect(await startedAt()).not.toBe(started);
            // The sockets may be those that the container before it left.
            for (const each of helpers) await onA(oldest(each));
          });
        }
      });
    });

    test("HAProxy, killed with signal 9", async () => {
      const before = await onA(`systemctl show --property MainPID ${unit}`);
      await struck("HAProxy killed", async () => void (await onA(`systemctl kill --signal KILL ${unit}`)));
      expect(await onA(`systemctl show --property MainPID ${unit}`)).not.toBe(before);
    });

    test("Docker, restarted", async () => {
      await struck("Docker restarted", async () => void (await onA("systemctl restart docker")));
    });

    test("its container, ended by `docker kill`, which Docker takes for an operator's wish", async () => {
      await struck("docker kill", async () => void (await onA(`docker kill ${container}`)));
      expect(await onA("systemctl is-failed ha-monitoring-alertmanager-watch.service || true")).not.toBe(
        "failed",
      );
    });

    test("the host, rebooted", async () => {
      await struck("host rebooted", () => lab.reboot(a));
    });

    test("the host, switched off without warning and on again; meanwhile the other one is alone and knows it", async () => {
      await struck("host switched on after a power cut", async (healing) => {
        await lab.switchOff(a, { suddenly: true });
        const seconds = await untilWhole(lab, { [b]: 2 }, { within: 60 });
        report(`${b} noticed after ${seconds.toFixed(1)} s that it is alone`);
        healing();
        await lab.switchOn(a);
      });
    });
  });

  /**
   * Does something bad to monitor a, and expects that everything is well within 30 s, and that monitor b served all the time.
   *
   * @param strike may call `healing` when the time begins to count that the cluster has for itself; otherwise it counts from its start.
   */
  async function struck(what: string, strike: (healing: () => void) => Promise<void>): Promise<void> {
    const stopWatching = watchSilence(lab, b, "kept");
    let begun = performance.now();
    const healed = strike(() => (begun = performance.now())).then(() => expectHealed(what, begun));
    const { asked, gaps } = await healed.then(stopWatching, async (error: unknown) => {
      await stopWatching();
      throw error;
    });
    expect(asked).toBeGreaterThan(5);
    expect(longest(gaps), `${b} served all the time (${asked} requests)`).toBe(0);
    await eventually(30, async () => expect(await silenceNames(lab, a)).toContain("kept"));
  }

  async function expectHealed(what: string, begun = performance.now()): Promise<void> {
    const seconds = () => (performance.now() - begun) / 1000;
    await untilWhole(lab, cluster);
    const whole = seconds();
    const latencies = await expectPromptCrossings(lab, [a, b]);
    expect(inTime(seconds(), 30), `it took ${seconds()} s`).toBe(true);
    await untilWhole(lab, cluster, { within: 60 });
    report(
      `${what}: whole after ${whole.toFixed(1)} s, silences cross in ${JSON.stringify(latencies)} ms, no other member left after ${seconds().toFixed(1)} s`,
    );
  }
}
