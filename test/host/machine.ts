import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandResult } from "../../lab/hosts/command";
import { Lab } from "../../lab/hosts/lab";
import type { HostSystem } from "../../lab/hosts/systems";
import { eventually } from "../../lab/polling";
import { renderHostBundle, type HostBundle } from "../../templates/host/hostBundle";
import { readApplyProgram } from "../../templates/host/programs";

/** Where the program is on a machine. */
export const program = "/usr/local/lib/ha-monitoring/apply";

const places = "/etc /usr/local /usr/sbin /var/lib /var/tmp /opt /root /run";
/** What a machine does by itself, what Debian's packages leave until the next boot, and what the demo notes of itself. */
const restless = [
  ..."/run/systemd/* /run/log/* /run/dbus/* /run/sudo* /run/ha-monitoring.lock /run/adduser /run/haproxy*".split(
    " ",
  ),
  ..."/etc/*- /etc/.pwd.lock /etc/rc?.d/* */ld.so.cache */events".split(" "),
  ..."/var/lib/apt/* /var/lib/dpkg/* /var/lib/systemd/* /var/lib/ucf/* /var/lib/ha-monitoring/*".split(" "),
];
const everything = `find ${places} -xdev ${restless.map((path) => `-not -path '${path}'`).join(" ")}`;
/**
 * Everything that the program could leave behind, one line each. Not by `systemctl list-unit-files`, which takes longer than all of this:
 * unit files, and the links by which units are enabled, are files.
 */
const inventory = `
${everything} \\( -type l -printf '%p -> %l %M %u:%g\\n' -o -printf '%p %M %u:%g\\n' \\) | sort
${everything} -type f -print0 | xargs -0 sha256sum | sort -k 2
find /usr/lib/systemd/system /run/systemd/transient /run/systemd/system 2>/dev/null | sort
find /var/lib/ha-monitoring -mindepth 2 -not -path '*/requests/*' | sort
dpkg-query -W -f 'package \${Package} \${db:Status-Status}\\n' | grep -v ' not-installed$'
systemctl list-units --all --plain --no-legend --type=service,socket,timer | sed 's/^/unit /; s/  */ /g' | cut -d ' ' -f 1-5 | sort
`;

/** A throw-away machine with the program installed. */
export class Machine {
  private constructor(
    readonly lab: Lab,
    readonly name: string,
  ) {}

  static async boot(os: HostSystem): Promise<Machine> {
    const lab = new Lab({ stateDirectory: mkdtempSync(join(tmpdir(), "ha-monitoring-host-test-")) });
    const machine = new Machine(lab, `applytest-${os}`);
    await lab.up([{ name: machine.name, os, flavor: "bare" }]);
    return machine;
  }

  async discard(): Promise<void> {
    await this.lab.down();
    rmSync(this.lab.stateDirectory, { recursive: true, force: true });
  }

  /** Runs shell as root; whatever its status. */
  run(command: string, stdin = ""): Promise<CommandResult> {
    return this.lab.exec(this.name, command, { stdin, allowFailure: true });
  }

  /** Runs shell as root; what it printed, without the newline at its end. Throws if it fails. */
  async sh(command: string, stdin = ""): Promise<string> {
    return (await this.lab.exec(this.name, command, { stdin })).stdout.replace(/\n$/, "");
  }

  async install(text = readApplyProgram()): Promise<CommandResult> {
    await this.sh("cat >/tmp/apply.new", text);
    return this.run("sh /tmp/apply.new install /tmp/apply.new");
  }

  apply(bundle: HostBundle | string, environment = ""): Promise<CommandResult> {
    return this.run(
      `${environment} ${program} apply`,
      typeof bundle === "string" ? bundle : renderHostBundle(bundle),
    );
  }

  remove(name: string): Promise<CommandResult> {
    return this.run(`${program} remove ${name}`);
  }

  /** Everything that the program could change or leave behind. */
  async inventory(): Promise<Set<string>> {
    return new Set((await this.sh(inventory)).split("\n"));
  }

  /**
   * What became different since then: lines that went with a minus, lines that came with a plus. What does not bear our name is given time
   * to pass: systemd's own timers start services now and then.
   */
  async changesSince(before: Set<string>): Promise<string[]> {
    let changes: string[] = [];
    await eventually(20, async () => {
      changes = await this.differences(before);
      if (changes.length > 0 && !changes.some((line) => line.includes("ha-monitoring")))
        throw new Error(changes.join("\n"));
    }).catch((error: unknown) => {
      if (changes.length === 0) throw error;
    });
    return changes;
  }

  private async differences(before: Set<string>): Promise<string[]> {
    const now = await this.inventory();
    return [
      ...[...before].filter((line) => !now.has(line)).map((line) => `- ${line}`),
      ...[...now].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
    ];
  }

  /** Something that changes whenever the file is written, replaced, or given to somebody else. */
  identity(...paths: string[]): Promise<string> {
    return this.sh(`stat -c '%n %i %a %u:%g %y %z' ${paths.join(" ")}`);
  }

  read(path: string): Promise<string> {
    return this.sh(`cat ${path}`);
  }

  processOf(unit: string): Promise<string> {
    return this.sh(`systemctl show --property MainPID --value ${unit}`);
  }
}
