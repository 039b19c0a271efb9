import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { HostBundle } from "../../templates/host/hostBundle";
import { waitFor } from "./bundles";
import { program, type Machine } from "./machine";

const gateway: HostBundle = {
  name: "gateway",
  host: "monitor-a",
  commands: [{ name: "haproxy", packages: ["not-in-this-distribution", "haproxy"] }],
};

/** Packages come without services, and go without anything else. */
export function describePackages(machine: () => Machine): void {
  const applied = async (bundle: HostBundle) => {
    expect(await machine().apply(bundle)).toMatchObject({ status: 0, stderr: "" });
  };
  const removed = async (name: string) => {
    expect(await machine().remove(name)).toEqual({ status: 0, stdout: "", stderr: "" });
  };
  const installed = () =>
    machine().sh(
      "dpkg-query -W -f '${Package} ${db:Status-Status}\\n' | grep ' installed$' | cut -d ' ' -f 1",
    );
  const ours = async () =>
    (await machine().sh("cut -d ' ' -f 2 /var/lib/ha-monitoring/packages | sort"))
      .split("\n")
      .filter(Boolean);
  /** Whether HAProxy is enabled, whether it runs, and when it last did. */
  const unitState = async () => {
    const { stdout } = await machine().run(
      "systemctl is-enabled haproxy; systemctl is-active haproxy; systemctl show --property ActiveEnterTimestamp --value haproxy",
    );
    return stdout.trim();
  };

  describe("packages", () => {
    let before: Set<string>;
    let installedBefore: string;
    beforeAll(async () => {
      await machine().sh("apt-get -qq update");
      before = await machine().inventory();
      installedBefore = await installed();
    });
    afterEach(async () => {
      await machine().remove("gateway");
      await machine().sh("rm -rf /var/lib/haproxy"); // what it leaves when it ran
      expect(await installed()).toBe(installedBefore);
    });

    it("are installed without being started or enabled, and purged, exactly", async () => {
      await machine().sh(
        "printf '#!/bin/sh\\nexit 0\\n' >/usr/sbin/policy-rc.d; chmod 0750 /usr/sbin/policy-rc.d",
      );
      const policy = await machine().identity("/usr/sbin/policy-rc.d");
      await applied(gateway);
      expect(await unitState()).toBe("disabled\ninactive");
      const came = (await installed())
        .split("\n")
        .filter((name) => !installedBefore.split("\n").includes(name));
      expect(came).toContain("haproxy");
      expect(await ours()).toEqual(came.sort());
      expect((await machine().identity("/usr/sbin/policy-rc.d")).split(" ").slice(2, 4)).toEqual(
        policy.split(" ").slice(2, 4),
      );
      expect(await machine().sh("cat /usr/sbin/policy-rc.d; rm /usr/sbin/policy-rc.d")).toBe(
        "#!/bin/sh\nexit 0",
      );
      await removed("gateway");
      expect(await machine().changesSince(before)).toEqual([]);
    });

    it("are started when the bundle asks for their service", async () => {
      const configured = {
        ...gateway,
        commands: [{ name: "prometheus-node-exporter", packages: ["prometheus-node-exporter"] }],
        services: [{ unit: "prometheus-node-exporter.service" }],
      };
      await applied(configured);
      expect(
        await machine().sh(
          "systemctl is-enabled prometheus-node-exporter; systemctl is-active prometheus-node-exporter",
        ),
      ).toBe("enabled\nactive");
      await removed("gateway");
      expect(await machine().changesSince(before)).toEqual([]);
    });

    it("stay until the last bundle that lists their program goes", async () => {
      await applied(gateway);
      await applied({ ...gateway, name: "second" });
      await removed("gateway");
      expect(await machine().sh("command -v haproxy")).toBe("/usr/sbin/haproxy");
      await removed("second");
    });

    it("go when a new version of the bundle does not list their program", async () => {
      await applied(gateway);
      await applied({ ...gateway, commands: [] });
    });

    it("go when the first application fails", async () => {
      expect((await machine().apply({ ...gateway, checks: ["haproxy -c -f /dev/null"] })).status).toBe(1);
      expect(await machine().changesSince(before)).toEqual([]);
    });

    it("stay, with their services, while somebody else uses them", async () => {
      const used = {
        ...gateway,
        commands: [{ name: "haproxy", packages: ["haproxy"], inUse: "test -e /run/haproxy-is-mine" }],
      };
      await machine().sh("touch /run/haproxy-is-mine");
      await applied({ ...used, services: [{ unit: "haproxy.service" }] });
      await removed("gateway");
      expect(await machine().sh("systemctl is-enabled haproxy; systemctl is-active haproxy")).toBe(
        "enabled\nactive",
      );
      await machine().sh("rm /run/haproxy-is-mine");
      await applied({ ...gateway, commands: [] });
      await removed("gateway");
      expect(await machine().sh("command -v haproxy")).toBe("/usr/sbin/haproxy");
      await machine().sh("apt-get -qq purge -y --autoremove haproxy >/tmp/apt 2>&1");
    });

    it("that were there before stay as they are", async () => {
      await machine().sh(
        "apt-get -qq install -y --no-install-recommends haproxy >/tmp/apt 2>&1; systemctl --quiet enable --now haproxy",
      );
      const process = await machine().processOf("haproxy");
      await applied({ ...gateway, services: [{ unit: "haproxy.service" }] });
      await removed("gateway");
      expect(await machine().processOf("haproxy")).toBe(process);
      expect(await machine().sh("systemctl is-enabled haproxy")).toBe("enabled");
      await machine().sh("systemctl stop haproxy; systemctl --quiet disable haproxy 2>/dev/null");
      await applied({ ...gateway, services: [{ unit: "haproxy.service" }] });
      expect(await machine().sh("systemctl is-enabled haproxy; systemctl is-active haproxy")).toBe(
        "enabled\nactive",
      );
      await removed("gateway");
      expect(await machine().sh("systemctl is-enabled haproxy; systemctl is-active haproxy; true")).toBe(
        "disabled\ninactive",
      );
      await machine().sh("apt-get -qq purge -y --autoremove haproxy >/tmp/apt 2>&1");
    });

    it("that something else needs by now stay, and are told of", async () => {
      await applied(gateway);
      await machine().sh(
        "mkdir -p /tmp/needy/DEBIAN && cd /tmp/needy && printf 'Package: needy\\nVersion: 1\\nArchitecture: all\\nMaintainer: x\\nDepends: haproxy\\nDescription: x\\n' >DEBIAN/control && dpkg-deb --build . /tmp/needy.deb >/dev/null && dpkg -i /tmp/needy.deb >/dev/null",
      );
      const { status, stderr } = await machine().remove("gateway");
      expect({ status, stderr: stderr.split("\n") }).toMatchObject({ status: 0 });
      expect(stderr).toContain(
        "ha-monitoring: monitor-a: bundle gateway: the package haproxy stays, because needy needs it\n",
      );
      expect(await machine().sh("command -v haproxy")).toBe("/usr/sbin/haproxy");
      await machine().sh("dpkg --purge needy >/dev/null; rm -r /tmp/needy*");
      await applied({ ...gateway, commands: [] });
    });

    it("wait for somebody else's installation to end", async () => {
      const slowly = `apt-get -qq -y --no-install-recommends -o DPkg::Pre-Install-Pkgs::='${waitFor("/tmp/may-end", "/tmp/held")}' install socat`;
      await machine().sh(
        `(${slowly} >/tmp/apt 2>&1 </dev/null &) ; until [ -e /tmp/held ]; do sleep 0.1; done`,
      );
      try {
        const waiting = applied(gateway).then(() => machine().sh("test -e /tmp/may-end"));
        // Ours has begun, and cannot go on.
        await machine().sh(
          "until pgrep --full 'apt-get .*install.* haprox[y]'; do sleep 0.1; done; sleep 1; touch /tmp/may-end",
        );
        await waiting;
      } finally {
        await machine().sh(
          "touch /tmp/may-end; apt-get -qq purge -y --autoremove -o DPkg::Lock::Timeout=300 socat >/tmp/apt 2>&1; rm /tmp/held /tmp/may-end",
        );
      }
    });

    it("are finished by the next run when one is killed while it installs", async () => {
      await machine().sh("cat >/tmp/bundle", "bundle gateway on monitor-a\ncommand haproxy haproxy\nend\n");
      // Dies with apt and everything below it, just when dpkg has begun.
      await machine().run(
        `setsid sh -c '${program} apply </tmp/bundle' & group=$!; until pgrep -x dpkg >/dev/null; do sleep 0.02; done; kill -9 -- -$group; pkill -9 -x dpkg; true`,
      );
      await applied(gateway);
      expect(await unitState()).toBe("disabled\ninactive");
      expect(
        await machine().sh("ls /usr/sbin/policy-rc.d /var/lib/ha-monitoring/installing 2>/dev/null || true"),
      ).toBe("");
      await removed("gateway");
      expect(await machine().changesSince(before)).toEqual([]);
    });
  });
}
