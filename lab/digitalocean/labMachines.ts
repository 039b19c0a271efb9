import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HostFile } from "../hosts/host";
import type { Lab } from "../hosts/lab";
import { readUserData, type CloudInitPlan } from "./cloudConfig";
import type { DropletMachines, WantedMachine } from "./machines";

const program = (name: string) => readFileSync(join(__dirname, "programs", name), "utf8");
const seed = "/var/lib/cloud/seed/lab";
const units = "/etc/systemd/system";

/** Hosts of a lab that begin as droplets do: with nobody's keys but those that were given, and with user data to run. */
export class LabMachines implements DropletMachines {
  /** @param files further ones that every machine has before its first boot. */
  constructor(
    private readonly lab: Lab,
    private readonly files: HostFile[] = [],
  ) {}

  async create(wanted: WantedMachine): Promise<{ address: string; address6: string }> {
    const [host] = await this.lab.up([
      {
        ...{ name: wanted.machine, os: wanted.system, flavor: "bare" },
        ...{ ownKeys: true, files: [...this.files, ...firstBootFiles(wanted)] },
      },
    ]);
    if (!host) throw new Error(`Host ${wanted.machine} did not start`);
    return { address: host.address, address6: host.address6 };
  }

  switchOff(machine: string, suddenly: boolean): Promise<void> {
    return this.lab.switchOff(machine, { suddenly });
  }

  switchOn(machine: string): Promise<void> {
    return this.lab.switchOn(machine);
  }

  remove(machine: string): Promise<void> {
    // A droplet that comes later has another address, as a rule.
    return this.lab.remove([machine], { keepAddresses: true });
  }
}

/** What makes a host of the lab a droplet: the program that runs user data at boot, and what it is to do. */
function firstBootFiles(wanted: WantedMachine): HostFile[] {
  return [
    { path: "/usr/bin/cloud-init", content: program("cloud-init.sh"), mode: 0o755 },
    ...["cloud-init.service", "cloud-final.service"].map((name) => ({
      ...{ path: `${units}/${name}`, content: program(name), mode: 0o644 },
    })),
    {
      path: `${units}/multi-user.target.d/cloud-init.conf`,
      content: "[Unit]\nWants=cloud-init.service cloud-final.service\n",
      mode: 0o644,
    },
    ...Object.entries(seedFiles(wanted, readUserData(wanted.userData))).map(([name, content]) => ({
      ...{ path: `${seed}/${name}`, content, mode: 0o600 },
    })),
  ];
}

function seedFiles(wanted: WantedMachine, plan: CloudInitPlan): Record<string, string> {
  const { hostname, authorizedKeys, userData, disturbance } = wanted;
  const { hostKey, deletesKeys, files, script, errors } = plan;
  const lines = (texts: (string | undefined)[]) =>
    texts.flatMap((text) => (text === undefined ? [] : [`${text}\n`])).join("");
  return {
    hostname: lines([hostname.split(".", 1)[0]]),
    authorized_keys: lines([...authorizedKeys, ...plan.authorizedKeys]),
    "user-data": userData,
    ...(deletesKeys ? { "delete-keys": "" } : {}),
    ...(hostKey ? { [`host-key.${hostKey.kind}`]: lines([hostKey.privateKey.trimEnd()]) } : {}),
    ...(hostKey ? { [`host-key.${hostKey.kind}.pub`]: lines([hostKey.publicKey.trimEnd()]) } : {}),
    files: lines(files.map(({ permissions, owner, path }) => `${permissions} ${owner} ${path}`)),
    ...Object.fromEntries(files.map(({ content }, number) => [`file.${number}`, content])),
    ...(script === "" ? {} : { runcmd: script }),
    errors: lines([...errors, disturbance?.error]),
    warnings: lines([disturbance?.warning]),
    delay: lines([String(disturbance?.seconds ?? 0)]),
  };
}
