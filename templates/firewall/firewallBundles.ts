import { createHash } from "node:crypto";
import { firewallLayout as layout } from "./firewallLayout";
import {
  renderFirewallAfterFlushService,
  renderFirewallDeadmanService,
  renderFirewallService,
} from "./firewallService";
import { checkStaged } from "../host/bundleChecks";
import type { HostBundle } from "../host/hostBundle";
import { programDirectories, readProgram } from "../host/programs";

const isEnabled = "systemctl --quiet is-enabled nftables.service";
const isActive = "systemctl --quiet is-active nftables.service";

type Bundle = Omit<HostBundle, "name" | "host">;

/** Puts rules on trial: unless they are confirmed in time, those that were confirmed last come back. */
export function firewallBundle(rules: string, confirmWithinSeconds: number): Bundle {
  const { afterFlushUnit, afterFlushUnitFile, deadmanUnitFile, directory, program, rulesFile } = layout;
  const { table, unit, unitFile } = layout;
  return {
    commands: [
      // Its unit, when it stops, flushes everybody's rules; so would the removal of the package.
      { name: "nft", packages: ["nftables"], inUse: `${isEnabled} || ${isActive}` },
    ],
    directories: [
      { path: "/etc/ha-monitoring", mode: "0755", owner: "root:root" },
      { path: directory, mode: "0750", owner: "root:root", state: true },
      ...programDirectories,
    ],
    files: [
      { path: rulesFile, mode: "0640", owner: "root:root", content: rules },
      { path: unitFile, mode: "0644", owner: "root:root", content: renderFirewallService() },
      {
        path: afterFlushUnitFile,
        mode: "0644",
        owner: "root:root",
        content: renderFirewallAfterFlushService(),
      },
      { path: deadmanUnitFile, mode: "0644", owner: "root:root", content: renderFirewallDeadmanService() },
      { path: program, mode: "0755", owner: "root:root", content: readProgram("firewall.sh") },
    ],
    checks: [checkStaged("nft", ["--check", "--file", { file: rulesFile }], { network: true })],
    services: [{ unit }, { unit: afterFlushUnit }],
    onChange: [`${program} try ${confirmWithinSeconds}`],
    // A run that was killed after this bundle leaves it unconfirmed, so its rules go; the same bundle, sent again, has no change that would try them.
    probes: [
      { within: 10, run: `${program} ensure ${confirmWithinSeconds} && nft list table ${table} >/dev/null` },
    ],
    cleanups: [`${program} unload`],
  };
}

/** Confirms these very rules over the connection that brings it, which is a new one. */
export function firewallConfirmBundle(rules: string, confirmWithinSeconds: number): Bundle {
  const checksum = createHash("sha256").update(rules).digest("hex");
  return {
    // A check runs once, and nothing is recorded when it fails: the next run tries again.
    checks: [`${layout.program} confirm ${checksum} ${confirmWithinSeconds}`],
  };
}
