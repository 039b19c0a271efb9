import { spawn } from "node:child_process";
import Table from "cli-table3";
import type { Command } from "commander";
import { Lab, type LabHostStatus } from "./lab";
import { hostSystems, parseHostSystem } from "./systems";

const defaultNames = ["monitor-a", "monitor-b", "target-a", "target-b"];

/** Adds the commands that start, show, enter and remove hosts. */
export function registerHostCommands(program: Command): void {
  program
    .command("up [names...]")
    .description(`start hosts (default: ${defaultNames.join(" ")})`)
    .option("--os <name>", `${Object.keys(hostSystems).join(" or ")} (default: debian13)`)
    .action(async (names: string[], options: { os?: string }) => {
      const os = options.os === undefined ? {} : { os: parseHostSystem(options.os) };
      const lab = openLab(program);
      await lab.up((names.length > 0 ? names : defaultNames).map((name) => ({ name, ...os })));
      console.log(statusTable(await lab.status()));
    });

  program
    .command("down")
    .description("remove all hosts, their network and their keys")
    .option("--images", "remove the lab's images, too")
    .option("--all", "remove the images, and stop the Docker engine if the lab started it")
    .action(async (options: { images?: boolean; all?: boolean }) => {
      const remains = await openLab(program).down(options);
      for (const line of ["All hosts are removed", ...remains]) console.log(line);
    });

  program
    .command("status")
    .description("show what runs")
    .option("--json", "for programs")
    .action(async (options: { json?: boolean }) => {
      const hosts = await openLab(program).status();
      if (options.json) return console.log(JSON.stringify(hosts, undefined, 2));
      console.log(hosts.length > 0 ? statusTable(hosts) : "No hosts; start some with `lab up`");
    });

  program
    .command("exec <host> <command...>")
    .description("run a command as root on a host: lab exec monitor-a -- ls -l /")
    .action(async (name: string, command: string[]) => {
      const { container } = await findHost(openLab(program), name);
      await become("docker", ["exec", "--interactive", ...terminalFlags(), container, ...command]);
    });

  program
    .command("ssh <host> [command...]")
    .description("log in to a host, with the lab's key and the host's key pinned")
    .option("--user <name>", "root, operator (sudo) or nobody-special (no sudo)", "root")
    .action(async (name: string, command: string[], options: { user: string }) => {
      const lab = openLab(program);
      await become("ssh", [...sshArguments(lab, await findHost(lab, name), options.user), ...command]);
    });
}

/** The lab that the command line names, which reports its steps on standard error. */
export function openLab(program: Command): Lab {
  const { state } = program.opts<{ state?: string }>();
  return new Lab({
    ...(state === undefined ? {} : { stateDirectory: state }),
    log: (line) => console.error(line),
  });
}

/** The arguments of ssh for a host. */
export function sshArguments(
  lab: { privateKeyPath: string; knownHostsPath: string },
  host: { address: string },
  user: string,
): string[] {
  const options = {
    UserKnownHostsFile: lab.knownHostsPath,
    GlobalKnownHostsFile: "/dev/null",
    StrictHostKeyChecking: "yes",
    IdentitiesOnly: "yes",
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return ["-F", "none", "-i", lab.privateKeyPath, ...flags, `${user}@${host.address}`];
}

/** A table for people. */
export function statusTable(hosts: LabHostStatus[], now = Date.now()): string {
  const table = new Table({
    head: ["name", "address", "IPv6 address", "os", "state", "uptime"],
    style: { head: [], border: [] },
  });
  for (const { name, address, address6, os, state, startedAt } of hosts) {
    const uptime = state === "running" ? duration(now - Date.parse(startedAt)) : "";
    table.push([name, address, address6, hostSystems[os].title, state, uptime]);
  }
  return table.toString();
}

function duration(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(milliseconds / 1000))} s`;
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

async function findHost(lab: Lab, name: string): Promise<LabHostStatus> {
  const hosts = await lab.status();
  const host = hosts.find((one) => one.name === name);
  if (host) return host;
  const known = hosts.map((one) => one.name).join(", ") || "none";
  throw new Error(`No host "${name}" in this lab; there are: ${known}. Start it with \`lab up ${name}\``);
}

function terminalFlags(): string[] {
  return process.stdin.isTTY && process.stdout.isTTY ? ["--tty"] : [];
}

// The program takes over the terminal, and its status becomes ours.
function become(program: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit" });
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? new Error(`${program}: command not found; install it`) : error),
    );
    child.on("close", (code) => {
      process.exitCode = code ?? 255;
      resolve();
    });
  });
}
