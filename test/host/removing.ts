import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HostBundle } from "../../templates/host/hostBundle";
import { readApplyProgram } from "../../templates/host/programs";
import { demo, demoBundle, withFiles } from "./bundles";
import { program, type Machine } from "./machine";

const own = "/etc/ha-monitoring-own";

/** What is left of a bundle that is removed, and of the program. */
export function describeRemoving(machine: () => Machine): void {
  const succeeds = async (result: Promise<unknown>, stderr = "") =>
    expect(await result).toMatchObject({ status: 0, stderr });
  const says = `${demo.says} `;

  describe("a machine that has got another name", () => {
    const bundle = (host: string) => ({ ...demoBundle(), host });
    const apply = (...words: string[]) => machine().run(`${program} ${words.join(" ")}`);

    it("keeps its bundles when those of its old name are removed, and the program", async () => {
      await succeeds(machine().apply(bundle("old-name")));
      await succeeds(machine().apply(bundle("new-name")));
      const files = await machine().inventory();
      await succeeds(apply("remove", demo.name, "old-name"));
      await succeeds(apply("uninstall", "old-name"));
      expect(await machine().changesSince(files)).toEqual([]);
      const refused = await apply("uninstall", "new-name");
      expect(refused).toMatchObject({ status: 1 });
      expect(refused.stderr).toContain(
        `there are still bundles on this host, remove them first: ${demo.name}`,
      );
      await succeeds(apply("remove", demo.name, "new-name"));
      expect(await machine().changesSince(files)).not.toEqual([]);
    });
  });

  describe("a bundle is removed", () => {
    let before: Set<string>;
    beforeAll(async () => {
      before = await machine().inventory();
    });

    it("and the machine is as it was: packages, accounts, units, files and what they replaced", async () => {
      await machine().sh(
        `mkdir -m 0700 ${own}; echo mine >${own}/file; chmod 0604 ${own}/file; ln -s /nowhere ${own}/link; echo same >${own}/same`,
      );
      await machine().sh(
        "printf '[Service]\\nExecStart=/bin/sleep infinity\\n' >/etc/systemd/system/theirs.service; systemctl start theirs",
      );
      const theirs = await machine().inventory();
      const process = await machine().processOf("theirs");
      const bundle = withFiles(
        demoBundle({ commands: [{ name: "openssl", packages: ["openssl"] }] }),
        [`${own}/file`, "ours"],
        [`${own}/link`, "ours"],
        [`${own}/same`, "same"],
        [`${demo.state}/data/file`, "ours"],
      );
      await succeeds(
        machine().apply({
          ...bundle,
          directories: [
            ...(bundle.directories ?? []),
            { path: own, mode: "0755", owner: `root:${demo.user}` },
            { path: `${demo.state}/data`, mode: "0755", owner: "root:root" },
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
          services: [...(bundle.services ?? []), { unit: "theirs.service" }],
        }),
      );
      await machine().sh(
        `mkdir ${demo.state}/more; touch ${demo.state}/more/file; echo changed >>${own}/file`,
      );
      await succeeds(machine().remove(demo.name));
      expect(await machine().changesSince(theirs)).toEqual([]);
      expect(await machine().processOf("theirs")).toBe(process);
      expect(
        await machine().sh(
          "ls -A /var/lib/ha-monitoring/originals /var/lib/ha-monitoring/requests /run/ha-monitoring* | grep -c .",
        ),
      ).toBe("3");
      await machine().sh(
        `systemctl stop theirs; rm -r ${own} /etc/systemd/system/theirs.service; systemctl daemon-reload`,
      );
      expect(await machine().changesSince(before)).toEqual([]);
    });

    it("and removed again, or without ever having been there", async () => {
      await succeeds(machine().remove(demo.name));
      await succeeds(machine().remove("never-applied"));
    });

    it("but not what another bundle lists, or what somebody put into its directories", async () => {
      const sharing: HostBundle = {
        name: "sharing",
        host: "monitor-a",
        users: [demo.user],
        directories: demoBundle().directories ?? [],
      };
      await succeeds(machine().apply(demoBundle()));
      await succeeds(machine().apply(sharing));
      await machine().sh(`touch ${demo.state}/data`);
      await succeeds(machine().remove(demo.name));
      expect(await machine().sh(`id -un ${demo.user}; ls -A ${demo.directory} ${demo.state}`)).toBe(
        `${demo.user}\n${demo.directory}:\n\n${demo.state}:\ndata\nevents`,
      );
      await machine().sh(`touch ${demo.directory}/theirs`);
      await succeeds(machine().remove("sharing"));
      expect(
        await machine().sh(
          `rm ${demo.directory}/theirs; rmdir ${demo.directory} /etc/ha-monitoring; ls -d ${demo.state} 2>&1 || true`,
        ),
      ).toContain("No such file");
      expect(await machine().changesSince(before)).toEqual([]);
    });

    it("after its cleanups, in their order, while everything is still there", async () => {
      const cleanup = (word: string) => `cat ${demo.conf} && echo ${word} >>/tmp/cleanups`;
      await succeeds(
        machine().apply(
          demoBundle({ cleanups: [cleanup("second"), "echo no luck; exit 3", cleanup("first")] }),
        ),
      );
      await succeeds(
        machine().remove(demo.name),
        `${says}cleanup (echo no luck; exit 3) failed with status 3: no luck\n`,
      );
      expect(await machine().sh("cat /tmp/cleanups; rm /tmp/cleanups")).toBe("second\nfirst");
      expect(await machine().changesSince(before)).toEqual([]);
    });

    it("and leaves no failed unit: neither one that fails while it is stopped, nor one that no directive names", async () => {
      const units = "/etc/systemd/system/ha-monitoring-fails";
      const fails = 'sh -c "trap \\"sleep 2; exit 1\\" TERM; sleep 60 & wait"';
      const bundle = withFiles(
        { name: demo.name, host: "monitor-a", services: [{ unit: "ha-monitoring-fails.timer" }] },
        [`${units}.timer`, "[Timer]\nOnActiveSec=0\nAccuracySec=1ms\n[Install]\nWantedBy=timers.target\n"],
        [
          `${units}.service`,
          `[Unit]\nPartOf=ha-monitoring-fails.timer\nWants=ha-monitoring-fails-other.service\n[Service]\nType=oneshot\nExecStart=${fails}\n`,
        ],
        [`${units}-other.service`, "[Service]\nType=oneshot\nExecStart=/bin/false\n"],
      );
      await succeeds(machine().apply(bundle));
      await machine().sh(
        'for n in $(seq 600); do [ "$(systemctl is-active ha-monitoring-fails.service)-$(systemctl is-failed ha-monitoring-fails-other.service)" != activating-failed ] || exit 0; sleep 0.1; done; exit 1',
      );
      await succeeds(machine().remove(demo.name));
      const left = "systemctl list-units --all --plain --no-legend 'ha-monitoring-fails*'";
      // What ends with an error only now has had its time.
      expect(await machine().sh(`sleep 3; ${left}`)).toBe("");
      expect(await machine().changesSince(before)).toEqual([]);
    });

    it("with the processes that its user still runs", async () => {
      await succeeds(machine().apply(demoBundle()));
      await machine().sh(
        `setsid runuser -u ${demo.user} -- sh -c 'trap "" TERM; sleep 300' >/dev/null 2>&1 </dev/null & until pgrep -u ${demo.user} -f '^sleep 300'; do sleep 0.1; done`,
      );
      await succeeds(machine().remove(demo.name));
      expect(await machine().changesSince(before)).toEqual([]);
    });
  });

  describe("the program is removed", () => {
    const remaining = () =>
      machine().sh(
        "find / -xdev -name '*ha-monitoring*' -not -name ha-monitoring-lab -not -path '/proc/*' 2>/dev/null; ls -d /run/ha-monitoring* 2>/dev/null || true",
      );
    afterAll(() => machine().install());

    it("when no bundle is left, with all its records", async () => {
      await succeeds(machine().apply(demoBundle()));
      await succeeds(machine().apply({ name: "another", host: "monitor-a" }));
      expect(await machine().run(`${program} uninstall`)).toMatchObject({
        status: 1,
        stderr: "ha-monitoring: there are still bundles on this host, remove them first: another demo\n",
      });
      await succeeds(machine().remove(demo.name));
      await succeeds(machine().remove("another"));
      await succeeds(machine().run(`${program} uninstall`));
      expect(await remaining()).toBe("");
      // Deleting a host twice is no error.
      await machine().sh("cat >/tmp/apply.new", readApplyProgram());
      await succeeds(machine().run("sh /tmp/apply.new uninstall"));
      expect(await machine().run("sh /tmp/apply.new apply", "bundle a on b\nend\n")).toMatchObject({
        status: 1,
        stderr: "ha-monitoring: this host is not prepared: /var/lib/ha-monitoring is missing, run install\n",
      });
      await machine().sh("rm -f /tmp/apply.new /run/ha-monitoring.lock");
    });

    it("after a run that was killed when it had removed the records, or a part of them", async () => {
      for (const removed of ["", "/bundles", "/unfinished"]) {
        await succeeds(machine().install());
        await machine().sh(`rm -r /var/lib/ha-monitoring${removed}`);
        await succeeds(machine().run(`${program} uninstall monitor-a shop/prod`));
        expect(await remaining()).toBe("");
      }
    });
  });
}
