import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderHostBundle, type HostBundle } from "../../templates/host/hostBundle";
import { demo, demoBundle, withFiles } from "./bundles";
import type { Machine } from "./machine";

/** What stays of a machine when a bundle fails. */
export function describeFailing(machine: () => Machine): void {
  /** Applies a bundle that must fail; what the error says after the bundle's name. */
  const failure = async (bundle: HostBundle) => {
    const { status, stdout, stderr } = await machine().apply(bundle);
    expect({ status, stdout, lines: stderr.split("\n").length - 1 }, stderr).toEqual({
      status: 1,
      stdout: "",
      lines: 1,
    });
    expect(stderr.startsWith(demo.says), stderr).toBe(true);
    return stderr.slice(demo.says.length).trim();
  };
  const events = () => machine().sh(`cat ${demo.events}; : >${demo.events}`);

  describe("a first application that fails leaves nothing", () => {
    const own = "/etc/ha-monitoring-own";
    it.each<[string, HostBundle, RegExp]>([
      [
        "because a check is red",
        demoBundle({ conf: "this is refused" }),
        /^check \(if grep refused .*\) failed with status 1: .*; nothing live was changed$/,
      ],
      [
        "because the service does not start",
        demoBundle({ conf: "this is broken" }),
        /^ha-monitoring-demo.service did not start: (.* \| )?the demo is broken \| .*; nothing was left behind$/,
      ],
      [
        "because the probe stays red",
        demoBundle({ conf: "this is sick" }),
        /^probe \(! grep -q sick .*\) was not green within 3 s: it failed with status 1; nothing was left behind$/,
      ],
      [
        "because on-change fails",
        demoBundle({ onChange: ["echo no; echo change >&2; exit 7"] }),
        /^on-change \(echo no.*\) failed with status 7: no \| change; nothing was left behind$/,
      ],
      [
        "because a unit cannot be enabled",
        demoBundle({ services: [{ unit: demo.unit }, { unit: "ha-monitoring-missing.service" }] }),
        /^ha-monitoring-missing.service could not be enabled: .*; nothing was left behind$/,
      ],
      [
        "because a file would have no directory",
        withFiles(demoBundle(), [`${own}/missing/file`, "x"]),
        /^\/etc\/ha-monitoring-own\/missing\/file has no directory to be in: \/etc\/ha-monitoring-own\/missing neither exists nor is it listed; nothing live was changed$/,
      ],
      [
        "because a directory is where a file should be",
        withFiles(demoBundle(), ["/etc/systemd", "x"]),
        /^\/etc\/systemd is there already and is no regular file; nothing live was changed$/,
      ],
      [
        "because an owner does not exist",
        {
          ...demoBundle(),
          files: [
            ...(demoBundle().files ?? []),
            { path: "/etc/ha-monitoring/x", mode: "0600", owner: "root:nobody-knows", content: "" },
          ],
        },
        /^\/etc\/ha-monitoring\/x shall belong to root:nobody-knows, but there is no nobody-knows; nothing live was changed$/,
      ],
      [
        "because no package brings a program",
        demoBundle({ commands: [{ name: "never-heard-of", packages: ["never-heard-of", "nor-of-this"] }] }),
        /^never-heard-of is missing, and this distribution has no package never-heard-of nor-of-this; nothing live was changed$/,
      ],
    ])("%s", async (_, bundle, message) => {
      const before = await machine().inventory();
      expect(await failure(bundle)).toMatch(message);
      expect(await machine().changesSince(before)).toEqual([]);
    });

    it("but what was there before comes back", async () => {
      await machine().sh(
        `mkdir -m 0700 ${own}; echo mine >${own}/file; chown operator ${own}/file; ln -s file ${own}/link`,
      );
      const before = await machine().inventory();
      const replacing = withFiles(
        demoBundle({ conf: "sick" }),
        [`${own}/file`, "ours"],
        [`${own}/link`, "ours"],
      );
      const directories = [
        ...(replacing.directories ?? []),
        { path: own, mode: "0755", owner: `root:${demo.user}` },
      ];
      await failure({
        ...replacing,
        directories,
        cleanups: [`grep -q ours ${own}/file ${own}/link && echo cleaned >${own}/cleaned`],
      });
      expect(await machine().sh(`cat ${own}/cleaned; rm ${own}/cleaned`)).toBe("cleaned");
      expect(await machine().changesSince(before)).toEqual([]);
      await machine().sh(`rm -r ${own}`);
    });
  });

  describe("a change that fails", () => {
    let before: Set<string>;
    let process: string;
    beforeEach(async () => {
      expect((await machine().apply(demoBundle())).status).toBe(0);
      await events();
      before = await machine().inventory();
      process = await machine().processOf(demo.unit);
    });
    afterAll(() => machine().remove(demo.name));
    // Each test ends as it began.
    afterEach(async () => {
      expect(await machine().changesSince(before)).toEqual([]);
      expect(await machine().sh(`systemctl is-active ${demo.unit}`)).toBe("active");
    });

    it("touches nothing when the check is red", async () => {
      const paths = [demo.conf, demo.unitFile];
      const identity = await machine().identity(...paths);
      expect(await failure(demoBundle({ conf: "refused", description: "New" }))).toMatch(
        /^check .*; nothing live was changed$/,
      );
      expect(await machine().identity(...paths)).toBe(identity);
      expect(await machine().processOf(demo.unit)).toBe(process);
      expect(await events()).toBe("");
    });

    it("brings back the previous version when the service does not start with the new one", async () => {
      expect(await failure(demoBundle({ conf: "broken", description: "New" }))).toMatch(
        /^ha-monitoring-demo.service did not restart: .*the demo is broken.*; the previous version is back$/,
      );
      expect(await machine().sh(`systemctl show --property Description --value ${demo.unit}`)).toBe("Demo");
      expect(await events()).toBe("started\nchanged");
    });

    it("brings back the previous version when the service does not reload", async () => {
      expect(await failure(demoBundle({ conf: "unloadable" }))).toMatch(
        /^ha-monitoring-demo.service did not reload: .*the demo does not reload.*; the previous version is back$/,
      );
      expect(await machine().processOf(demo.unit)).toBe(process);
      expect(await events()).toBe("reloaded\nchanged");
    });

    it("brings back the previous version when a probe stays red, with all that the new one dropped or added", async () => {
      const next = demoBundle({ conf: "sick" });
      expect(
        await failure({
          ...withFiles(next, [`${demo.directory}/added/file`, "new"]),
          users: [demo.user, "ha-monitoring-added"],
          directories: [
            ...(next.directories ?? []).filter(({ path }) => path !== demo.state),
            { path: `${demo.directory}/added`, mode: "0755", owner: "root:ha-monitoring-added" },
          ],
        }),
      ).toMatch(/^probe .*; the previous version is back$/);
      expect(await machine().processOf(demo.unit)).toBe(process);
      expect(await events()).toBe("reloaded\nchanged\nreloaded\nchanged");
    });

    it("brings back the previous version of a unit, and restarts it, when a probe stays red after its restart", async () => {
      expect(await failure(demoBundle({ description: "Another", conf: "sick" }))).toMatch(
        /^probe .*; the previous version is back$/,
      );
      expect(await events()).toBe("started\nchanged\nstarted\nchanged");
      expect(await machine().sh(`systemctl show --property Description --value ${demo.unit}`)).toBe("Demo");
    });

    it("brings back a unit that the new version dropped", async () => {
      const next = demoBundle({
        services: [],
        checks: [],
        onChange: [],
        probes: [{ within: 3, run: "false" }],
      });
      const dropped = (next.files ?? []).filter(({ path }) => path !== demo.unitFile);
      expect(await failure({ ...next, files: dropped })).toMatch(/^probe .*; the previous version is back$/);
      expect(await machine().sh(`systemctl is-enabled ${demo.unit}`)).toBe("enabled");
    });

    it("leaves a service stopped that was stopped", async () => {
      await machine().sh(`systemctl stop ${demo.unit}`);
      await failure(demoBundle({ conf: "sick" }));
      expect(await machine().sh(`systemctl is-active ${demo.unit} || true`)).toBe("inactive");
      await machine().sh(`systemctl start ${demo.unit}`);
    });

    it("tells what a service said that starts and then dies", async () => {
      const dying =
        "[Service]\nExecStart=/bin/sh -c 'echo some last words; exit 9'\n[Install]\nWantedBy=multi-user.target";
      const bundle = withFiles(demoBundle({ probes: [] }), [
        "/etc/systemd/system/ha-monitoring-dying.service",
        dying,
      ]);
      expect(
        await failure({
          ...bundle,
          services: [...(bundle.services ?? []), { unit: "ha-monitoring-dying.service" }],
        }),
      ).toMatch(
        /^ha-monitoring-dying.service does not stay up: (.* \| )?some last words.*; the previous version is back$/,
      );
      expect(
        await machine().sh("systemctl list-units --all --plain --no-legend 'ha-monitoring-dying*'"),
      ).toBe("");
      await events();
    });

    it("is refused when it wants the file of another bundle", async () => {
      const other: HostBundle = {
        name: "other",
        host: "monitor-a",
        files: [{ path: demo.conf, mode: "0644", owner: "root:root", content: "mine" }],
      };
      expect((await machine().apply(other)).stderr).toBe(
        `ha-monitoring: monitor-a: bundle other: ${demo.conf} belongs to another bundle: demo; nothing live was changed\n`,
      );
    });

    it("is refused when its text was cut short or is malformed", async () => {
      const text = renderHostBundle(demoBundle({ conf: "new" }));
      for (const cut of [text.slice(0, -"end\n".length), text.slice(0, text.length / 2), ""]) {
        expect(await machine().apply(cut)).toEqual({
          status: 1,
          stdout: "",
          stderr:
            "ha-monitoring: the bundle was cut short: its last line must be 'end'; nothing was changed\n",
        });
      }
      const result = await machine().apply(text.replace("user ", "usr ").replace("0640", "640"));
      expect(result.stderr.split("\n").filter(Boolean)).toEqual([
        `${demo.says} line 2: no such directive`,
        `${demo.says} line 6: expected: file PATH MODE OWNER:GROUP`,
        `${demo.says} the bundle is malformed; nothing was changed`,
      ]);
    });
  });

  it("a probe that hangs does not hang the run", async () => {
    const bundle: HostBundle = {
      name: "hanging",
      host: "monitor-a",
      probes: [{ within: 2, run: "echo hanging >/tmp/hanging; sleep 4321" }],
    };
    expect((await machine().apply(bundle)).stderr).toBe(
      "ha-monitoring: monitor-a: bundle hanging: probe (echo hanging >/tmp/hanging; sleep 4321) was not green within 2 s: it did not end in time; nothing was left behind\n",
    );
    expect(await machine().sh("cat /tmp/hanging; rm /tmp/hanging; pgrep --full 'sleep 432[1]' || true")).toBe(
      "hanging",
    );
  });
}
