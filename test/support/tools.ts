import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { userInfo } from "node:os";
import type { TestContext } from "vitest";
import { isProgram } from "../../cli/check/programs";
import { execute } from "./execute";

/** The real programs that read what our templates write, and Debian's package of each. */
const packages = {
  amtool: "prometheus-alertmanager",
  curl: "curl",
  haproxy: "haproxy",
  nft: "nftables",
  openssl: "openssl",
  promtool: "prometheus",
  shellcheck: "shellcheck",
  ssh: "openssh-client",
  "systemd-analyze": "systemd",
  wg: "wireguard-tools",
  "wg-quick": "wireguard-tools",
} as const;

/** A program that tests need. */
export type Tool = keyof typeof packages;

const cache = join(__dirname, "../../node_modules/.cache/ha-monitoring-test-tools");

/** Where programs lie that this machine did not have. */
export const toolsDirectory = join(cache, "bin");

/** Path of a program, or undefined when it is not to be had. */
export function findTool(tool: Tool): string | undefined {
  const directories = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", toolsDirectory];
  return directories.map((directory) => join(directory, tool)).find(isProgram);
}

/** Path of a program; without it the test is skipped, with the reason, or fails where CI is set. */
export function requireTool(context: TestContext, tool: Tool): string {
  const path = findTool(tool);
  if (path !== undefined) return path;
  const reason = `${tool} is not on this machine; install Debian's package ${packages[tool]}`;
  if (process.env.CI) throw new Error(reason);
  return context.skip(reason);
}

/**
 * Fetches what is missing from Debian's packages into a cache of our own, where there is apt: nothing is installed, nothing is started,
 * and the machine stays as it was.
 */
export function makeToolsPresent(): void {
  const missing = (Object.keys(packages) as Tool[]).filter((tool) => findTool(tool) === undefined);
  if (missing.length === 0 || !isProgram("/usr/bin/apt-get")) return;
  const archives = join(cache, "archives");
  const root = join(cache, "root");
  mkdirSync(join(archives, "partial"), { recursive: true });
  mkdirSync(toolsDirectory, { recursive: true });

  const download = () =>
    execute(
      "apt-get",
      [
        ...["install", "--download-only", "--yes", "--no-install-recommends"],
        ...["-o", `Dir::Cache::archives=${archives}`, "-o", "Debug::NoLocking=1"],
        ...["-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3"],
        ...missing.map((tool) => packages[tool]),
      ],
      { timeoutSeconds: 300 },
    );
  let downloaded = download();
  if (downloaded.status !== 0 && userInfo().uid === 0) {
    execute("apt-get", ["update"], { timeoutSeconds: 300 });
    downloaded = download();
  }
  if (downloaded.status !== 0) {
    console.error(`Cannot fetch ${missing.join(", ")}:\n${downloaded.output}`);
    return;
  }
  for (const archive of readdirSync(archives).filter((name) => name.endsWith(".deb"))) {
    const unpacked = execute("dpkg-deb", ["--extract", join(archives, archive), root]);
    if (unpacked.status !== 0) throw new Error(`cannot unpack ${archive}: ${unpacked.output}`);
  }
  rmSync(archives, { recursive: true });
  missing.forEach((tool) => writeLauncher(root, tool));
}

// What is unpacked elsewhere finds its libraries, and systemd its units, beside it.
function writeLauncher(root: string, tool: Tool): void {
  const below = (...paths: string[]) =>
    paths.map((path) => join(root, path)).filter((path) => existsSync(path));
  const [program] = below(`usr/bin/${tool}`, `usr/sbin/${tool}`, `bin/${tool}`, `sbin/${tool}`);
  if (program === undefined) throw new Error(`package ${packages[tool]} brought no ${tool}`);
  const libraries = below("usr/lib", "lib")
    .flatMap((directory) => readdirSync(directory).map((name) => join(directory, name)))
    .filter((directory) => directory.endsWith("-linux-gnu"))
    .flatMap((directory) => [directory, join(directory, "systemd")]);
  const units = below("usr/lib/systemd/system", "lib/systemd/system");
  const environment = `LD_LIBRARY_PATH='${libraries.join(":")}' SYSTEMD_UNIT_PATH='${units.join(":")}:'`;
  const launcher = join(toolsDirectory, tool);
  writeFileSync(launcher, `#!/bin/sh\n${environment} exec '${program}' "$@"\n`);
  chmodSync(launcher, 0o755);
}
