import { checkUnits, type BundleCheck } from "../host/bundleChecks";
import type { BundleFile, HostBundle } from "../host/hostBundle";
import { programDirectories, readJoinedProgram } from "../host/programs";
import { renderForWg, renderWireGuardConf, type WireGuardConf } from "./wireGuardConf";
import { wireGuardConfFile, wireGuardLayout as layout } from "./wireGuardLayout";
import { renderPresharedKeys } from "./wireGuardPresharedKeys";
import {
  renderWireGuardRoutesService,
  renderWireGuardService,
  renderWireGuardWatchService,
  renderWireGuardWatchTimer,
} from "./wireGuardService";

type Bundle = Omit<HostBundle, "name" | "host">;

const directories = [
  { path: "/etc/ha-monitoring", mode: "0755", owner: "root:root" },
  { path: layout.directory, mode: "0700", owner: "root:root" },
];
const otherInterfaces = "wg show interfaces | grep -q .";
// The kernel loads its module for it, if it has one.
const kernelHasWireGuard = "ip link add dev ha-wg-probe type wireguard && ip link delete dev ha-wg-probe";
// wg reads the whole configuration before it looks for the interface.
const nobodysInterface = "ha-checks-only";
// Running interfaces read changed keys; the first ones come before the unit.
const reloadIfActive = `! systemctl --quiet is-active ${layout.unit} || systemctl reload ${layout.unit}`;

/** WireGuard itself and the private key, whose public key the machine prints. */
export function wireGuardKeyBundle(): Bundle {
  return {
    commands: [
      { name: "wg", packages: ["wireguard-tools"], inUse: otherInterfaces },
      {
        name: "wireguard-go",
        packages: ["wireguard-go"],
        inUse: otherInterfaces,
        unless: kernelHasWireGuard,
      },
    ],
    directories,
    wireGuardKeys: [{ path: layout.privateKey, mode: "0600", owner: "root:root" }],
    onChange: [reloadIfActive],
  };
}

/** The preshared keys of a host: a bundle of their own, because its text is secret. */
export function wireGuardSecretsBundle(rootSecret: string, name: string, peers: string[]): Bundle {
  const content = renderPresharedKeys(rootSecret, name, peers);
  return {
    directories,
    files: [{ path: layout.presharedKeys, mode: "0600", owner: "root:root", content }],
    onChange: [reloadIfActive],
  };
}

/** The interface of a host, without any secret. Nobody else on the machine may route its networks already. */
export function wireGuardBundle(interfaceName: string, conf: WireGuardConf): Bundle {
  const { program, unit, routesUnit, timer, unitFile, routesUnitFile, watchUnitFile, timerFile } = layout;
  const confFile = wireGuardConfFile(interfaceName);
  const unitFiles = [unitFile, routesUnitFile, watchUnitFile, timerFile];
  return {
    commands: [{ name: "ip", packages: ["iproute2"] }],
    directories: [...directories, ...programDirectories],
    files: [
      rootFile(confFile, renderWireGuardConf(conf)),
      { ...rootFile(program, readJoinedProgram("wireguard")), mode: "0755" },
      rootFile(unitFile, renderWireGuardService(interfaceName)),
      rootFile(routesUnitFile, renderWireGuardRoutesService(interfaceName)),
      rootFile(watchUnitFile, renderWireGuardWatchService(interfaceName)),
      rootFile(timerFile, renderWireGuardWatchTimer()),
    ],
    checks: [checkInterface(interfaceName, conf), checkUnits(unitFiles)],
    // Never restarted: a reload touches only what differs, and other tunnels live on.
    services: [
      { unit: routesUnit },
      { unit, reloadOn: [confFile, program, unitFile] },
      { unit: timer, restartOn: [timerFile] },
    ],
    probes: [{ within: 20, run: `${program} status ${interfaceName}` }],
    cleanups: [`${program} remove`],
  };
}

// The host is asked whether the interface, its port and its networks are free there; elsewhere wg reads the settings alone.
function checkInterface(interfaceName: string, conf: WireGuardConf): BundleCheck {
  const confFile = wireGuardConfFile(interfaceName);
  return {
    run: `"$(staged ${layout.program})" check ${interfaceName} "$(staged ${confFile})" ${conf.networks.join(" ")}`,
    elsewhere: {
      program: "wg",
      words: ["setconf", nobodysInterface, { text: renderForWg(conf), of: confFile }],
      ignores: ["^Unable to modify interface: "],
    },
  };
}

function rootFile(path: string, content: string): BundleFile {
  return { path, mode: "0644", owner: "root:root", content };
}
