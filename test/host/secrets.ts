import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderHostBundle, type HostBundle } from "../../templates/host/hostBundle";
import { waitFor } from "./bundles";
import { program, type Machine } from "./machine";

const secret = "correct-horse-battery-staple";
const path = "/etc/ha-monitoring/secret";

/** The content of a file reaches that file and nothing else. */
export function describeSecrets(machine: () => Machine): void {
  const bundle = (rest: Partial<HostBundle> = {}): HostBundle => ({
    name: "secret",
    host: "monitor-a",
    directories: [{ path: "/etc/ha-monitoring", mode: "0755", owner: "root:root" }],
    files: [{ path, mode: "0600", owner: "root:root", content: `password = ${secret}\n` }],
    ...rest,
  });
  const needle = "/opt/needle";
  /** Where somebody who is not root finds it. */
  const look = `runuser -u nobody-special -- grep -rlsF -f ${needle} /etc /var /run /tmp /usr/local /root`;

  describe("secret content", () => {
    beforeAll(() => machine().sh(`cat >${needle}; chmod 0644 ${needle}`, secret));
    afterAll(async () => {
      await machine().remove("secret");
      await machine().sh(`rm ${needle}`);
    });

    it("is seen by nobody while it is applied, and is in its file alone afterwards", async () => {
      // A check and a probe look for it, and all the time somebody watches every process.
      const watch =
        "sh -c 'while sleep 0.01; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; done' >/root/watched & watcher=$!";
      const seen = bundle({
        checks: [`${look} >/root/seen 2>&1; true`],
        probes: [{ within: 60, run: `${look} >>/root/seen 2>&1; true` }],
      });
      const result = await machine().run(`${watch}; ${program} apply; kill $watcher`, renderHostBundle(seen));
      expect(result).toMatchObject({ status: 0, stdout: "", stderr: "" });
      expect(
        await machine().sh(
          `cat /root/seen; grep -ac -f ${needle} /root/watched || true; rm /root/seen /root/watched`,
        ),
      ).toBe("0");
      expect(await machine().sh(`grep -rlsF ${secret} /etc /var /run /tmp /usr/local /root`)).toBe(path);
      expect(await machine().sh(`journalctl --sync; journalctl --quiet --grep ${secret} || true`)).toBe("");
    });

    it("is quoted by no error, whoever says it", async () => {
      const cases: [Partial<HostBundle>, string][] = [
        [{ checks: [`echo first; cat "$(staged ${path})"; exit 1`] }, "check (echo first; cat"],
        [{ probes: [{ within: 3, run: `cat ${path}; cut -d ' ' -f 3 ${path}; exit 1` }] }, "probe (cat"],
        [{ onChange: [`cat ${path}; exit 1`] }, "on-change (cat"],
      ];
      for (const [loud, message] of cases) {
        const { status, stdout, stderr } = await machine().apply(
          bundle({
            ...loud,
            notes: ["x"],
            files: bundle().files?.map((file) => ({ ...file, content: `${file.content}#` })) ?? [],
          }),
        );
        expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
        expect(stderr).toContain(message);
        expect(stderr).not.toContain("correct-horse");
      }
    });

    it("is hidden word by word where a service may read it, too, before and after a change", async () => {
      const conf = "/etc/ha-monitoring/alertmanager.yml";
      const url = (canary: string) => `https://hooks.example.com/services/T0/${canary}%zz`;
      const readable = (canary: string, rest: Partial<HostBundle> = {}) =>
        bundle({
          files: [
            {
              ...{ path: conf, mode: "0640", owner: "root:operator" },
              content: `receivers:\n  - api_url: '${url(canary)}'\n    send_resolved: true\n`,
            },
          ],
          ...rest,
        });
      expect(await machine().apply(readable("OLD-CANARY"))).toMatchObject({ status: 0, stderr: "" });
      const say = [
        `FAILED: parse "${url("NEW-CANARY")}": invalid URL escape "%zz"`,
        "field send_resolved is not known: NEW-CANARY.",
        "was OLD-CANARY before",
        // As readers of YAML shorten a value of the wrong type.
        "line 2: cannot unmarshal !!str `https:/...` into bool",
        "line 2: cannot unmarshal !!str `0/NEW-C...` into bool; see https://example.com/...",
      ];
      // What it says is not in the text of the bundle, which would make it public.
      await machine().sh("cat >/root/say", say.join("\n"));
      const { status, stdout, stderr } = await machine().apply(
        readable("NEW-CANARY", { checks: ["cat /root/say; exit 1"] }),
      );
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toContain(
        'FAILED: parse "https:(hidden)": invalid URL escape "%zz" | field send_resolved is not known: (hidden). | was (hidden) before | line 2: cannot unmarshal !!str `(hidden)...` into bool | line 2: cannot unmarshal !!str `(hidden)...` into bool; see https://example.com/...; nothing live was changed',
      );
      expect(
        await machine().apply(readable("OLD-CANARY", { cleanups: ["cat /root/say; false"] })),
      ).toMatchObject({ status: 0 });
      const removed = await machine().remove("secret");
      expect(removed.stderr).toContain("was (hidden) before");
      expect(removed.stderr).not.toContain("OLD-CANARY");
      await machine().sh("rm /root/say");
    });

    it("is quoted by no error about its own text", async () => {
      const text = renderHostBundle(bundle());
      const { status, stdout, stderr } = await machine().apply(text.replace("|password", "password"));
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toContain("line 4: no such directive");
      expect(stderr).not.toContain("correct-horse");
    });

    it("does not outlive a run that is killed", async () => {
      const checks = [waitFor("/tmp/killed", "/tmp/checking")];
      await machine().sh("cat >/tmp/bundle", renderHostBundle(bundle({ checks })));
      await machine().run(
        `${program} apply </tmp/bundle & until [ -e /tmp/checking ]; do sleep 0.1; done; kill -9 $!; touch /tmp/killed; rm /tmp/bundle`,
      );
      expect(await machine().sh(`${look} || true`)).toBe("");
      await machine().remove("secret");
      await machine().sh("rm /tmp/killed /tmp/checking");
      expect(await machine().sh(`grep -rlsF ${secret} /etc /var /run /tmp /usr/local /root || true`)).toBe(
        "",
      );
    });
  });
}
