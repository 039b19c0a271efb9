import { shellWord, type BundleCommand, type HostBundle } from "./hostBundle";
import { programDirectories, readProgram } from "./programs";

type Bundle = Omit<HostBundle, "name" | "host">;

/** A program that upstream releases as archives and that the distributions have, too. */
export interface ReleasedProgram {
  /** Name of the program, of its archives and of its repository. */
  name: string;
  /** All programs of an archive that are used, and how the distributions call and package them. */
  commands: Record<string, BundleCommand>;
}

/** Where a program comes from, once known. */
export interface Software {
  /** `release`: upstream's archive, checked and unpacked below /opt/ha-monitoring. `apt`: the distribution's packages. */
  source: "release" | "apt";
  /** Version of the release, e.g. `3.13.5`. */
  version: string;
  /** Where `v<version>/<archive>` and `v<version>/sha256sums.txt` are, without a slash at the end. */
  baseUrl: string;
  /** SHA-256 of the archive, when it is pinned. */
  sha256?: string;
  /** SHA-256 of upstream's archives by Go's name of the architecture, when they are known. */
  checksums?: { amd64: string; arm64: string };
  /** The beginning of the archive's name, where it is not `<program>-<version>`. */
  archive?: string;
}

const inUse = (unit: string) => `systemctl --quiet is-active ${unit} || systemctl --quiet is-enabled ${unit}`;

/** The programs that components install. */
export const releasedPrograms = {
  prometheus: {
    name: "prometheus",
    commands: {
      prometheus: { name: "prometheus", packages: ["prometheus"], inUse: inUse("prometheus.service") },
      // A package of its own from Debian 13 on.
      promtool: {
        name: "promtool",
        packages: ["promtool", "prometheus"],
        inUse: inUse("prometheus.service"),
      },
    },
  },
  nodeExporter: {
    name: "node_exporter",
    commands: {
      node_exporter: {
        name: "prometheus-node-exporter",
        packages: ["prometheus-node-exporter"],
        inUse: inUse("prometheus-node-exporter.service"),
      },
    },
  },
  // It runs in an image, into which the distribution's package is installed, if it is to be that one.
  alertmanager: { name: "alertmanager", commands: {} },
} satisfies Record<string, ReleasedProgram>;

const directory = "/opt/ha-monitoring";
const manifestDirectory = "/etc/ha-monitoring/software";
const programDirectory = "/usr/local/libexec/ha-monitoring";
const ownedByRoot = { owner: "root:root", mode: "0755" };

/**
 * Where a release of the program is on the machine. Another pin is another place: the unit changes with it and is restarted, and what ran
 * before is still there for the way back.
 */
export function releaseDirectory(
  program: ReleasedProgram,
  { version, sha256 }: Pick<Software, "version" | "sha256">,
): string {
  return [
    `${directory}/${program.name}-${version}`,
    ...(sha256 === undefined ? [] : [sha256.slice(0, 12)]),
  ].join("-");
}

/** Path of one of the program's commands on the machine. */
export function commandPath(program: ReleasedProgram, software: Software, command = program.name): string {
  if (software.source === "release") return `${releaseDirectory(program, software)}/${command}`;
  const packaged = program.commands[command];
  if (packaged === undefined) throw new RangeError(`"${command}" is no command of ${program.name}`);
  return packagedPath(packaged.name);
}

// Whether a program is missing is judged by PATH, where somebody else's may be first.
function packagedProgramIsThere({ name, packages }: BundleCommand): string {
  const advice = `of the package ${packages[0]} is missing, and is not installed because this machine has another ${name} in its PATH`;
  return `[ -x ${packagedPath(name)} ] || { echo "${packagedPath(name)} ${advice}: $(command -v ${name}); move that away, or install the package"; exit 1; }`;
}

function packagedPath(name: string): string {
  return `/usr/bin/${name}`;
}

/**
 * What the bundle whose unit runs the program needs of the distribution. The software's own bundle asks for it, too, and is applied
 * first: when the program shall come from elsewhere, its packages go only once the unit has left it.
 */
export function packagedCommands(
  program: ReleasedProgram,
  { source }: Pick<Software, "source">,
): BundleCommand[] {
  return source === "apt" ? Object.values(program.commands) : [];
}

/**
 * The program on the machine. A release is installed before anything live changes, and that fails as a whole; the release before it
 * stays until the next one, so that the way back needs no download.
 */
export function softwareBundle(program: ReleasedProgram, software: Software): Bundle {
  const manifest = `${manifestDirectory}/${program.name}`;
  const installer = `${programDirectory}/install-${program.name}`;
  const common = {
    directories: ["/etc/ha-monitoring", manifestDirectory, directory].map((path) => ({
      path,
      ...ownedByRoot,
    })),
    // Not only what is listed now: a machine that changed to packages may still hold a release.
    cleanups: [`rm -rf ${directory}/${program.name}-[0-9]* ${directory}/.${program.name}.*`],
  };
  const listed = (content: string) => ({ path: manifest, owner: "root:root", mode: "0644", content });
  if (software.source === "apt") {
    return {
      ...common,
      commands: packagedCommands(program, software),
      files: [listed("packages of the distribution")],
      checks: Object.values(program.commands).map(packagedProgramIsThere),
    };
  }
  const settings = {
    directory,
    program: program.name,
    version: software.version,
    archive: software.archive,
    from: software.baseUrl,
    sha256: software.sha256,
    ...(software.sha256 === undefined && {
      "sha256-amd64": software.checksums?.amd64,
      "sha256-arm64": software.checksums?.arm64,
    }),
  };
  const lines = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value}\n`],
  );
  return {
    ...common,
    commands: [{ name: "curl", packages: ["curl", "ca-certificates"] }],
    directories: [...common.directories, ...programDirectories],
    files: [
      listed(lines.join("")),
      { path: installer, ...ownedByRoot, content: readProgram("install-release.sh") },
    ],
    checks: [`"$(staged ${shellWord(installer)})" "$(staged ${shellWord(manifest)})"`],
  };
}
