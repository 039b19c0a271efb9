import type { HostFile } from "../hosts/host";
import type { WantedMachine } from "./machines";
import type { CloudInitDisturbance } from "./store";

const seedDirectory = "/var/lib/cloud/seed/nocloud";
// cloud-init runs these at the first boot, after sshd has started.
const scriptsDirectory = "/var/lib/cloud/scripts/per-instance";

/** The seed of cloud-init's NoCloud data source: the metadata and the user data that DigitalOcean's metadata service would answer with. */
export function seedFiles({
  id,
  hostname,
  authorizedKeys,
  userData,
  disturbance,
}: WantedMachine): HostFile[] {
  const metadata = { "instance-id": String(id), "local-hostname": hostname, "public-keys": authorizedKeys };
  const seed = {
    // JSON is YAML.
    "meta-data": `${JSON.stringify(metadata, undefined, 2)}\n`,
    "user-data": userData,
    "vendor-data": disturbance?.warning === undefined ? "" : warningPart(disturbance.warning),
  };
  return [
    ...Object.entries(seed).map(([name, content]) => ({
      ...{ path: `${seedDirectory}/${name}`, content, mode: 0o600 },
    })),
    ...(disturbance === undefined ? [] : [disturbingScript(disturbance)]),
  ];
}

/** A script that takes its time and fails, if it is to: cloud-init reports the module that ran it as failed. */
function disturbingScript({ seconds = 0, error }: CloudInitDisturbance): HostFile {
  const lines = [
    ...["#!/bin/sh", `sleep ${seconds}`],
    ...(error === undefined ? [] : [`echo ${shellQuote(error)} >&2`, "exit 1"]),
  ];
  return { path: `${scriptsDirectory}/disturbance`, content: `${lines.join("\n")}\n`, mode: 0o755 };
}

/** A part of the vendor data that logs a warning in cloud-init's own process: cloud-init 23.4 and newer report it as a recoverable error. */
function warningPart(warning: string): string {
  return [
    ...["#part-handler", "import logging"],
    ...["def list_types():", "    return []"],
    ...["def handle_part(*_):", "    pass"],
    `logging.getLogger("cloudinit.lab").warning(${JSON.stringify(warning)})`,
    "",
  ].join("\n");
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
