import { afterAll, describe, expect, it } from "vitest";
import { prometheusBundle } from "../../templates/prometheus/prometheusBundles";
import { prometheusLayout as layout } from "../../templates/prometheus/prometheusLayout";
import type { Machine } from "./machine";

/** Programs that were downloaded do not run as root, not even to check what they will read. */
export function describeUnprivileged(machine: () => Machine): void {
  describe("a downloaded promtool", () => {
    const promtool = "/opt/promtool";
    const told = "/tmp/told";
    afterAll(async () => {
      await machine().remove("prometheus");
      await machine().sh(`rm -f ${promtool} ${told}`);
    });

    it("checks the configuration as Prometheus' user, who gains nothing, and can read no other file", async () => {
      const { users, directories, files, checks } = prometheusBundle({
        yml: "global: {}\n",
        rules: { "own.yml": "groups: []\n" },
        service: { program: "/bin/true", port: 9090, logLevel: "info", memory: "60%" },
        commands: [],
        promtool,
        readyWithin: 1,
      });
      const script = [
        "#!/bin/sh",
        "d=${3%/*}",
        `{ id -un; id -Gn; grep -E '^(NoNewPrivs|Cap(Prm|Bnd))' /proc/self/status; cat "$3" "$d/rules/own.yml"; } >${told}`,
        'if cat /etc/shadow 2>/dev/null || touch "$d/x" 2>/dev/null; then exit 1; fi',
      ];
      await machine().sh(
        `cat >${promtool}; chmod 0755 ${promtool}; : >${told}; chmod 0666 ${told}`,
        script.join("\n"),
      );
      const applied = await machine().apply({
        ...{ name: "prometheus", host: "monitor-a", users, directories, files },
        checks: checks?.slice(0, 1),
      });
      expect(applied).toMatchObject({ status: 0, stderr: "" });
      expect(await machine().sh(`cat ${told}`)).toBe(
        [
          ...[layout.user, layout.user, "CapPrm:\t0000000000000000", "CapBnd:\t0000000000000000"],
          ...["NoNewPrivs:\t1", "global: {}", "groups: []"],
        ].join("\n"),
      );
    });
  });
}
