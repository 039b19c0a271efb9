import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderHostBundle, type HostBundle } from "../../templates/host/hostBundle";
import { readApplyProgram } from "../../templates/host/programs";
import { demo, demoBundle, waitFor, withFiles } from "./bundles";
import { program, type Machine } from "./machine";

const own = "/etc/ha-monitoring-own";

/** The demo and whatever else a bundle can bring; replaces a file that was there before. */
function completeBundle(): HostBundle {
  const bundle = demoBundle({ conf: "two", description: "Two" });
  return {
    ...withFiles(bundle, [`${own}/file`, "ours"], [`${demo.directory}/new`, "new"]),
    users: [demo.user, "ha-monitoring-second"],
    directories: [
      ...(bundle.directories ?? []),
      { path: own, mode: "0755", owner: `root:${demo.user}` },
      {
        path: "/var/lib/ha-monitoring-second",
        mode: "0755",
        owner: "ha-monitoring-second:root",
        state: true,
      },
    ],
    keys: [
      {
        path: demo.key,
        mode: "0600",
        owner: "root:root",
        commonName: "monitor-a",
        alternativeNames: ["DNS:a"],
      },
    ],
  };
}

/**
 * Programs of the machine that count how often they are called, one byte a call, and kill the run instead of doing their work when it is
 * time. Both ends of a pipe may count at once: appending a byte loses none, and whichever call sees that it is time kills.
 */
const trap = `
mkdir -p /tmp/kill/bin
for tool in cat chmod chown cmp cp cut date dpkg-query find flock getent grep groupadd groupdel id journalctl mkdir mktemp mv openssl readlink rm rmdir sed \\
  sha256sum sort stat sync systemctl timeout tr useradd userdel; do
  cat >/tmp/kill/bin/$tool <<END
#!/bin/sh
printf x >>/tmp/kill/steps
read -r steps </tmp/kill/steps
if [ "\\$KILL_AT" -gt 0 ] && [ "\\\${#steps}" -ge "\\$KILL_AT" ]; then read -r pid </tmp/kill/pid; kill -9 "\\$pid"; exit 1; fi
exec $(command -v $tool) "\\$@"
END
done
chmod 0755 /tmp/kill/bin/*
cat >/tmp/kill/apply`;

/** Whatever happens to a run, the next one ends where it would have ended. */
export function describeInterrupting(machine: () => Machine, share: number): void {
  const points = Number(process.env.HA_MONITORING_KILL_POINTS ?? 8);

  /** Runs the program until its nth step, and kills it there, or to its end for 0; how many steps it took. Runs differ by a few steps. */
  const runUntil = async (step: number, command: string, bundle?: HostBundle) => {
    const killed = `: >/tmp/kill/steps; KILL_AT=${step} sh -c 'echo $$ >/tmp/kill/pid; exec sh /tmp/kill/apply ${command}' >/tmp/kill/output 2>&1`;
    const { status } = await machine().run(killed, bundle ? renderHostBundle(bundle) : "");
    const steps = (await machine().read("/tmp/kill/steps")).length;
    expect(status, await machine().read("/tmp/kill/output")).toBe(step === 0 || steps < step ? 0 : 137);
    return steps;
  };
  const succeeds = async (result: Promise<unknown>) =>
    expect(await result).toMatchObject({ status: 0, stderr: "" });
  /** Steps all over a run of this many; each operating system takes others. */
  const stepsOf = (total: number) =>
    Array.from({ length: points }, (_, index) => 1 + Math.floor(((index + share) / points) * (total - 20)));

  describe("a run that is killed", () => {
    const old = withFiles(demoBundle(), [`${demo.directory}/old`, "old"]);
    const complete = completeBundle();
    let clean: Set<string>;
    beforeAll(async () => {
      await machine().sh(
        "command -v openssl >/dev/null || { apt-get -qq update; apt-get -qq -y install openssl; } >/tmp/apt 2>&1",
      );
      await machine().sh(`mkdir -m 0700 ${own}; echo mine >${own}/file; chown operator ${own}/file`);
      clean = await machine().inventory();
      await machine().sh(trap, readApplyProgram().replace("\nPATH=", "\nPATH=/tmp/kill/bin:"));
    });
    afterAll(async () => {
      await machine().remove(demo.name);
      await machine().sh(`rm -rf ${own} /tmp/kill`);
    });

    it("while it applies a new version: the next run converges to the same bytes", async () => {
      await succeeds(machine().apply(old));
      const versions = [];
      for (const bundle of [complete, old]) {
        const steps = await runUntil(0, "apply", bundle);
        versions.push({ bundle, steps: stepsOf(steps), inventory: await machine().inventory() });
      }
      for (let index = 0; index < points; index += 1) {
        const { bundle, steps, inventory } = versions[index % 2]!;
        await runUntil(steps[index]!, "apply", bundle);
        expect(await machine().read(demo.conf)).toMatch(/^(one|two)$/);
        await succeeds(machine().apply(bundle));
        const changes = await machine().changesSince(inventory);
        // Each time another key.
        expect(
          changes.filter((line) => !line.endsWith(`  ${demo.key}`)),
          `killed at ${steps[index]}`,
        ).toEqual([]);
        expect(await machine().sh(`systemctl is-active ${demo.unit}`)).toBe("active");
      }
    });

    it("while it applies the first version, or removes it: removing it leaves the machine as it was", async () => {
      await machine().remove(demo.name);
      const applying = await runUntil(0, "apply", complete);
      const removing = await runUntil(0, `remove ${demo.name}`);
      expect(await machine().changesSince(clean)).toEqual([]);
      for (const step of stepsOf(applying).filter((_, index) => index % 2 === 0)) {
        await runUntil(step, "apply", complete);
        await succeeds(machine().remove(demo.name));
        expect(await machine().changesSince(clean), `killed at ${step} of ${applying}`).toEqual([]);
      }
      for (const step of stepsOf(removing).filter((_, index) => index % 2 === 1)) {
        await succeeds(machine().apply(complete));
        await runUntil(step, `remove ${demo.name}`);
        await succeeds(machine().remove(demo.name));
        expect(await machine().changesSince(clean), `killed at ${step} of ${removing}`).toEqual([]);
      }
    });

    it("and then fails: the version from before the kill comes back", async () => {
      await succeeds(machine().apply(old));
      const before = await machine().inventory();
      const steps = await runUntil(0, "apply", { ...complete, probes: [] });
      await succeeds(machine().apply(old));
      await runUntil(Math.floor(steps * 0.8), "apply", complete);
      const { stderr } = await machine().apply({ ...complete, probes: [{ within: 3, run: "false" }] });
      expect(stderr).toBe(
        `${demo.says} probe (false) was not green within 3 s: it failed with status 1; the previous version is back\n`,
      );
      expect(await machine().changesSince(before)).toEqual([]);
      expect(await machine().sh(`systemctl is-active ${demo.unit}`)).toBe("active");
    });

    it("by a power cut: the next run after the boot converges", async () => {
      await succeeds(machine().apply(old));
      await succeeds(machine().apply(complete));
      const inventory = await machine().inventory();
      await succeeds(machine().apply(old));
      const run = machine().apply({ ...complete, onChange: ["sleep 60"] });
      await machine().sh(`until grep -q two ${demo.conf}; do sleep 0.05; done`);
      await machine().lab.switchOff(machine().name, { suddenly: true });
      await run;
      await machine().lab.switchOn(machine().name);
      await succeeds(machine().apply(complete));
      const changes = await machine().changesSince(inventory);
      expect(changes.filter((line) => !line.includes(demo.key) && !/\/run\/| unit /.test(line))).toEqual([]);
      await machine().remove(demo.name);
    });
  });

  describe("a run that is asked to end", () => {
    it("puts back what it changed", async () => {
      const before = await machine().inventory();
      const bundle = demoBundle({ onChange: [waitFor("/tmp/asked", "/tmp/changing")] });
      await machine().sh("cat >/tmp/bundle", renderHostBundle(bundle));
      const { stderr } = await machine().run(
        `${program} apply </tmp/bundle & until [ -e /tmp/changing ]; do sleep 0.1; done; kill $!; touch /tmp/asked; wait $!; rm /tmp/bundle /tmp/changing /tmp/asked`,
      );
      expect(stderr).toBe(`${demo.says} stopped by a signal; nothing was left behind\n`);
      expect(await machine().changesSince(before)).toEqual([]);
    });
  });

  describe("runs at the same time", () => {
    const turn = (name: string, run = "true"): HostBundle => ({
      name,
      host: "monitor-a",
      checks: [`echo begin >>/tmp/turns; ${run}; echo end >>/tmp/turns`],
    });
    const begun = () => machine().sh("until grep -q begin /tmp/turns 2>/dev/null; do sleep 0.05; done");
    afterAll(async () => {
      await machine().remove("first");
      await machine().remove("second");
    });

    it("take turns", async () => {
      const results = await Promise.all([
        machine().apply(turn("first", "sleep 0.5")),
        machine().apply(turn("second", "sleep 0.5")),
      ]);
      expect(results.map(({ status }) => status)).toEqual([0, 0]);
      expect(await machine().sh("cat /tmp/turns; rm /tmp/turns")).toBe("begin\nend\nbegin\nend");
    });

    it("wait for a limited time, and then say for whom", async () => {
      const first = machine().apply(turn("first", waitFor("/tmp/turn-over")));
      await begun();
      const { status, stderr } = await machine().apply(turn("second"), "HA_MONITORING_LOCK_TIMEOUT=1");
      await machine().sh("touch /tmp/turn-over");
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /^ha-monitoring: another run has held the lock for more than 1 s: pid \d+, bundle first, since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/,
      );
      expect((await first).status).toBe(0);
      await machine().sh("rm /tmp/turns /tmp/turn-over");
    });

    it("do not wait for what a run has started", async () => {
      const starting: HostBundle = {
        ...{ name: "first", host: "monitor-a" },
        checks: ["sleep 600 & echo $! >>/tmp/pids"],
      };
      await succeeds(machine().apply(starting));
      await machine().sh("kill -0 $(cat /tmp/pids)");
      await succeeds(machine().apply(starting, "HA_MONITORING_LOCK_TIMEOUT=60"));
      await machine().sh("kill $(cat /tmp/pids); rm /tmp/pids");
    });
  });
}
