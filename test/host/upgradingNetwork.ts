import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../lab/polling";
import { firewallBundle, firewallConfirmBundle } from "../../templates/firewall/firewallBundles";
import { firewallLayout } from "../../templates/firewall/firewallLayout";
import { renderNftables, type Nftables } from "../../templates/firewall/nftables";
import type { HostBundle } from "../../templates/host/hostBundle";
import { wireGuardBundle, wireGuardKeyBundle } from "../../templates/overlay/wireGuardBundles";
import { wireGuardLayout } from "../../templates/overlay/wireGuardLayout";
import { earlier } from "./earlierBundles";
import type { Machine } from "./machine";

/** What becomes of the firewall and the overlay of an earlier version, whose units had fewer limits. */
export function describeUpgradingNetwork(machine: () => Machine): void {
  const table: Nftables = { mode: "guard", rules: [], sshPort: 22 };
  const rules = renderNftables(table);
  const named = (name: string, bundle: Omit<HostBundle, "name" | "host">): HostBundle => ({
    ...{ name, host: "monitor-a" },
    ...bundle,
  });
  const overlay = {
    ...{ name: "monitor-a", overlayAddress: "fd5e::1", networks: ["fd5e::/64"] },
    ...{ listenPort: 51820, mtu: 1420, keepaliveSeconds: 25, peers: [] },
  };
  const succeeds = async (result: ReturnType<Machine["apply"]>) =>
    expect(await result).toMatchObject({ status: 0, stderr: "" });
  const { unit } = wireGuardLayout;
  /** What is not to change: runs of the units, the interface, and the process that may be behind it. */
  const running = () =>
    machine().sh(
      `systemctl show --property InvocationID --value ${firewallLayout.unit} ${unit}; cat /sys/class/net/wg0/ifindex; pidof wireguard-go || true`,
    );
  const isThere = `nft list table ${firewallLayout.table} >/dev/null 2>&1 && ip link show wg0 >/dev/null 2>&1`;

  describe("a firewall and an overlay of units with fewer limits", () => {
    let before: Set<string>;
    beforeAll(async () => {
      // systemd makes it for the first transient unit, and leaves it.
      await machine().sh("mkdir -p /run/systemd/transient");
      before = await machine().inventory();
      await succeeds(machine().apply(earlier("firewall")));
      await succeeds(machine().apply(named("firewall-confirm", firewallConfirmBundle(rules, 30))));
      await succeeds(machine().apply(named("wireguard-key", wireGuardKeyBundle())));
      await succeeds(machine().apply(earlier("wireguard")));
    });
    afterAll(() => machine().sh("rm -f /tmp/absent /tmp/looking"));

    it("gets the limits while it runs: neither the table nor the interface is away for a moment", async () => {
      const ran = await running();
      await machine().sh(
        `touch /tmp/looking; (while [ -e /tmp/looking ]; do { ${isThere}; } || date; done >/tmp/absent 2>&1 &)`,
      );
      await succeeds(machine().apply(named("firewall", firewallBundle(rules, 30))));
      await succeeds(machine().apply(named("wireguard", wireGuardBundle("wg0", overlay))));
      await machine().sh("rm /tmp/looking");
      expect(await machine().read("/tmp/absent")).toBe("");
      expect(await running()).toBe(ran);
    });

    it("starts, is reloaded and is watched over within them", async () => {
      await machine().sh(
        `systemctl restart ${firewallLayout.unit} ${wireGuardLayout.routesUnit} ${unit}; systemctl reload ${firewallLayout.unit} ${unit}; ${isThere}`,
      );
      await machine().sh(`ip link delete wg0; systemctl start ${wireGuardLayout.watchUnit}`);
      await eventually(60, () => machine().sh(isThere));
    });

    it("starts also while /tmp takes nothing: at boot systemd-tmpfiles may be emptying it", async () => {
      await machine().sh("mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp");
      const status = await machine().sh(
        `systemctl restart ${firewallLayout.unit} ${wireGuardLayout.routesUnit}; echo $?; umount /tmp`,
      );
      expect(status).toBe("0");
      await eventually(60, () => machine().sh(isThere));
    });

    it("has its address of IPv6 also where that is off for new interfaces", async () => {
      const off = (value: 0 | 1) => machine().sh(`sysctl -q -w net.ipv6.conf.default.disable_ipv6=${value}`);
      await off(1);
      await machine().sh(`systemctl restart ${unit}`);
      await off(0);
      expect(await machine().sh("ip -o -6 address show dev wg0")).toContain(" fd5e::1/128 ");
    });

    it("takes back rules that nobody confirms", async () => {
      const trial = () => machine().sh("nft list ruleset | grep -c 'policy drop' || true");
      const untried = await trial();
      const tried = renderNftables({ ...table, mode: "deny" });
      const applying = succeeds(machine().apply(named("firewall", firewallBundle(tried, 5))));
      // Before the program has ended, which may take longer than the trial.
      await eventually(60, async () => expect(await trial()).not.toBe(untried));
      await applying;
      await eventually(60, async () => expect(await trial()).toBe(untried));
      await succeeds(machine().apply(named("firewall", firewallBundle(rules, 30))));
    });

    it("ends a trial when its unit stops", async () => {
      const tried = renderNftables({ ...table, mode: "deny" });
      await succeeds(machine().apply(named("firewall", firewallBundle(tried, 60))));
      await machine().sh(`systemctl stop ${firewallLayout.unit}`);
      const left = `systemctl list-units --all --plain --no-legend '*deadman*'; ls -d ${firewallLayout.runtimeDirectory} 2>/dev/null; nft list tables | grep ha_mon; true`;
      // What stops with the unit does so a moment later.
      await eventually(30, async () => expect(await machine().sh(left)).toBe(""));
      await succeeds(machine().apply(named("firewall", firewallBundle(rules, 30))));
    });

    it("leaves nothing when it is removed", async () => {
      for (const name of ["wireguard", "wireguard-key", "firewall-confirm", "firewall"])
        await succeeds(machine().remove(name));
      expect(await machine().changesSince(before)).toEqual([]);
    });
  });
}
