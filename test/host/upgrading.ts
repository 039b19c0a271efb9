import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../lab/polling";
import { nodeExporterBundle } from "../../templates/exporters/nodeExporterBundles";
import { nodeExporterLayout as layout } from "../../templates/exporters/nodeExporterLayout";
import type { HostBundle } from "../../templates/host/hostBundle";
import { packagedCommands, releasedPrograms } from "../../templates/host/releaseBundles";
import { earlier } from "./earlierBundles";
import type { Machine } from "./machine";

/** What becomes of a machine that an earlier version of the library deployed. */
export function describeUpgrading(machine: () => Machine): void {
  const address = "192.0.2.20";
  const succeeds = async (result: ReturnType<Machine["apply"]>) =>
    expect(await result).toMatchObject({ status: 0, stderr: "" });
  const sysctls = () => machine().sh("sysctl -n net.ipv4.ip_nonlocal_bind net.ipv6.ip_nonlocal_bind");
  const expectMetrics = () =>
    eventually(60, async () => {
      const lines = await machine().sh(
        `curl -sf --max-time 60 http://${address}:9100/metrics | grep -c ^node_`,
      );
      expect(Number(lines)).toBeGreaterThan(100);
    });
  const states = () => machine().sh(`systemctl is-active ${layout.unit} ${layout.socket} || true`);
  /** Whether a user without privileges can send from an address that the machine does not have. */
  const forged = async (family: 4 | 6) => {
    const forging =
      family === 4
        ? "pack_sockaddr_in(0, inet_aton('203.0.113.99'))"
        : "pack_sockaddr_in6(0, inet_pton(AF_INET6, '2001:db8:1::dead'))";
    const script = `socket(my $s, PF_INET${family === 4 ? "" : "6"}, SOCK_DGRAM, 0) or die $!; bind($s, ${forging}) or die $!`;
    const { status, stderr } = await machine().run(
      `runuser -u nobody-special -- perl -MSocket=:all -e "${script.replaceAll("$", "\\$")}"`,
    );
    return status === 0 ? "yes" : stderr.replace(/ at .*/s, "");
  };
  const next = (changes: Partial<HostBundle> = {}): HostBundle => ({
    ...{ name: "node-exporter", host: "monitor-a" },
    ...nodeExporterBundle({
      ...{ program: "/usr/bin/prometheus-node-exporter", address, port: 9100, monitors: ["192.0.2.10"] },
      ...{
        timex: false,
        flags: [],
        commands: packagedCommands(releasedPrograms.nodeExporter, { source: "apt" }),
      },
    }),
    ...changes,
  });

  describe("a node_exporter that listens itself, where any user may bind any address", () => {
    let pristine: string;
    beforeAll(async () => {
      pristine = await sysctls();
      await machine().sh(`ip address add ${address}/32 dev lo`);
      await succeeds(machine().apply(earlier("nonlocal-bind")));
      await succeeds(machine().apply(earlier("node-exporter")));
    });
    afterAll(async () => {
      for (const bundle of ["node-exporter", "nonlocal-bind"]) await machine().remove(bundle);
      await machine().sh(`ip address del ${address}/32 dev lo 2>/dev/null || true`);
    });

    it("goes on as it was when its successor fails", async () => {
      expect([await sysctls(), await forged(6), await states()]).toEqual(["1\n1", "yes", "active\ninactive"]);
      const { status, stderr } = await machine().apply(next({ probes: [{ within: 3, run: "false" }] }));
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: expect.stringContaining("the previous version is back") as string,
      });
      await expectMetrics();
      expect(await states()).toBe("active\ninactive");
    });

    it("gets its socket from systemd, and the kernel's settings go back to what they were", async () => {
      await succeeds(machine().apply(next()));
      await succeeds(machine().remove("nonlocal-bind"));
      expect(await sysctls()).toBe(pristine);
      expect(
        await machine().sh(
          "ls -d /etc/sysctl.d/*ha-monitoring* /var/lib/ha-monitoring-nonlocal-bind 2>/dev/null || true",
        ),
      ).toBe("");
      expect(await states()).toBe("active\nactive");
      await expectMetrics();
    });

    it("starts before the address is there, and no user can send from an address that the machine does not have", async () => {
      await machine().sh(
        `ip address del ${address}/32 dev lo; systemctl restart ${layout.socket} ${layout.unit}`,
      );
      expect(await states()).toBe("active\nactive");
      expect([await forged(4), await forged(6)]).toEqual(Array(2).fill("Cannot assign requested address"));
      await machine().sh(`ip address add ${address}/32 dev lo`);
      await expectMetrics();
    });

    it("leaves its port to nobody else while it is stopped", async () => {
      await machine().sh(`systemctl stop ${layout.unit}`);
      const script = `socket(my \\$s, PF_INET, SOCK_STREAM, 0); bind(\\$s, pack_sockaddr_in(9100, inet_aton('${address}'))) or die \\$!`;
      const squatted = await machine().run(`runuser -u nobody-special -- perl -MSocket=:all -e "${script}"`);
      expect(squatted.stderr).toContain("Address already in use");
      // The first who asks starts it again.
      await expectMetrics();
    });
  });
}
