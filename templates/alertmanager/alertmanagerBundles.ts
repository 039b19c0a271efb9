import { createHash } from "node:crypto";
import { posix } from "node:path";
import { alertmanagerLayout as layout } from "./alertmanagerLayout";
import { renderAlertmanagerWatchService, renderAlertmanagerWatchTimer } from "./alertmanagerService";
import { checkUnits, type BundleCheck } from "../host/bundleChecks";
import { shellWord, type BundleFile, type HostBundle } from "../host/hostBundle";
import { programDirectories, readProgram } from "../host/programs";

type Bundle = Omit<HostBundle, "name" | "host">;

/** What an Alertmanager's image is built from. */
export interface AlertmanagerBuild {
  /** Debian image to build on. */
  baseImage: string;
  /** Where its Alertmanager comes from: an image laid out like upstream's, an unpacked release on the machine, or the distribution's package. */
  origin:
    | { kind: "image"; image: string }
    | { kind: "release"; directory: string; sha256?: string }
    | { kind: "package" };
}

/** Where an Alertmanager's image comes from, once known. */
export interface AlertmanagerImage {
  /** The image that the container runs. */
  reference: string;
  /** Set when the machine builds it from the library's Dockerfile. */
  build?: AlertmanagerBuild;
  /** False when it must be on the machine already. */
  pull: boolean;
}

/** Another peer, as the health gate asks for it. */
export interface GatePeer {
  loopbackAddress: string;
  address: string;
  streamPort: number;
}

const docker = {
  name: "docker",
  packages: ["docker.io", "docker-cli"],
  inUse: `docker ps --all --quiet | grep -q . || docker volume ls --quiet | grep -q .`,
};
const etc = { path: "/etc/ha-monitoring", mode: "0755", owner: "root:root" };

/** Name of the image that is built from these: the same content has the same name. */
export function builtImageReference(build: AlertmanagerBuild): string {
  const content = JSON.stringify([buildFilesOf(build).map(readProgram), build.baseImage, build.origin]);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return `${layout.imageRepository}:${hash}`;
}

/**
 * Docker, and the image on the machine: built, pulled, or only looked for. What is there because of us goes when it is not needed any more.
 *
 * @param user who will connect to Docker.
 */
export function imageBundle(image: AlertmanagerImage, user = "root"): Bundle {
  const { build } = image;
  const [how, ...from] = build ? buildWords(build) : [image.pull ? "pull" : "expect"];
  const words = [how, layout.imageStateDirectory, image.reference, ...from];
  return {
    commands: [docker],
    directories: [
      etc,
      { path: layout.imageDirectory, mode: "0755", owner: "root:root" },
      { path: layout.imageStateDirectory, mode: "0700", owner: "root:root", state: true },
      ...programDirectories,
    ],
    files: [
      rootFile(`${layout.imageDirectory}/reference`, image.reference),
      rootProgram(layout.imageProgram, "alertmanager-image.sh"),
      ...(build ? buildFilesOf(build) : []).map((name) =>
        rootFile(`${layout.imageDirectory}/${name}`, readProgram(name)),
      ),
    ],
    services: [{ unit: "docker.service" }],
    onChange: [[layout.imageProgram, ...words].map(shellWord).join(" ")],
    probes: user === "root" ? [] : [{ within: 5, run: mayUseDocker(user) }],
    cleanups: [`${layout.imageProgram} forget ${layout.imageStateDirectory}`],
  };
}

/**
 * Secret files by name, each readable by the container's user alone: a bundle of their own, because its text is secret.
 *
 * @param user HAProxy's user, as which the container runs.
 */
export function secretsBundle(secretFiles: Record<string, string>, user: string): Bundle {
  return {
    directories: [
      etc,
      { path: layout.directory, mode: "0750", owner: `root:${user}` },
      // Root writes here: a directory of the container's user could hold symbolic links of its making.
      { path: layout.secretsDirectory, mode: "0750", owner: `root:${user}` },
    ],
    files: Object.entries(secretFiles).map(([name, content]) => ({
      path: `${layout.secretsDirectory}/${name}`,
      mode: "0600",
      owner: `${user}:${user}`,
      content,
    })),
    onChange: [reloadUnchecked],
  };
}

/** The configuration of one Alertmanager, checked by the very image that reads it, reloaded by signal; and the watch over its container. The version is that of the image, where it is known. */
export function configBundle(
  config: { yml: string; templates: Record<string, string> },
  image: string,
  group: string,
  apiUrl: string,
  peers: GatePeer[],
  version?: string,
): Bundle {
  // The container runs as HAProxy's user: its group has the same number inside.
  const readable = `root:${group}`;
  const files: BundleFile[] = [
    { path: layout.configFile, mode: "0640", owner: readable, content: config.yml },
    ...Object.entries(config.templates).map(([name, content]) => ({
      path: `${layout.templatesDirectory}/${name}`,
      mode: "0640",
      owner: readable,
      content,
    })),
  ];
  return {
    commands: [docker, { name: "curl", packages: ["curl"] }],
    directories: [
      etc,
      { path: layout.directory, mode: "0750", owner: readable },
      { path: layout.templatesDirectory, mode: "0750", owner: readable },
      ...programDirectories,
    ],
    files: [
      ...files,
      rootProgram(layout.gateProgram, "alertmanager-gate.sh"),
      rootProgram(layout.reloadProgram, "reload.sh"),
      rootProgram(layout.watchProgram, "alertmanager-watch.sh"),
      rootFile(layout.watchUnitFile, renderAlertmanagerWatchService()),
      rootFile(layout.watchTimerFile, renderAlertmanagerWatchTimer()),
    ],
    checks: [
      checkInImage(image, version, group, files),
      checkUnits([layout.watchUnitFile, layout.watchTimerFile]),
    ],
    services: [{ unit: layout.watchTimer, restartOn: [layout.watchTimerFile] }],
    onChange: [`${layout.reloadProgram} ${layout.container} ${apiUrl}`],
    probes: [
      {
        within: 60,
        run: `${layout.gateProgram} --if-running ${layout.container} ${gateArguments(apiUrl, peers)}`,
      },
    ],
    // These go with the bundle, so that removing a peer needs no other connection to its Docker than this one.
    cleanups: [
      `! docker inspect ${layout.container} >/dev/null 2>&1 || docker rm --force ${layout.container} >/dev/null`,
      `! docker volume inspect ${layout.volume} >/dev/null 2>&1 || docker volume rm ${layout.volume} >/dev/null`,
      `! docker network inspect ${layout.network} >/dev/null 2>&1 || docker network rm ${layout.network} >/dev/null`,
    ],
  };
}

/** Nothing but a proof that this Alertmanager is ready and sees its peers; applied again whenever `notes` change. */
export function gateBundle(
  apiUrl: string,
  peers: GatePeer[],
  options: { all: boolean; notes: string[]; pidsLimit?: number },
): Bundle {
  const gate = `${layout.gateProgram} ${options.all ? "--all " : ""}${gateArguments(apiUrl, peers)}`;
  const probes = [{ within: 60, run: gate }];
  if (options.pidsLimit !== undefined) {
    // The docker provider has no field for it.
    const limit = `docker update --pids-limit ${options.pidsLimit} ${layout.container} >/dev/null`;
    probes.unshift({ within: 10, run: limit });
  }
  return { notes: options.notes, probes };
}

// Most receivers read their files for each notification, some only with the configuration. The configuration that is live may name a
// file that has just gone; what is to come says whether a reload works, and is checked there.
const reloadUnchecked = `process=$(docker inspect --format '{{.State.Pid}}' ${layout.container} 2>/dev/null) && [ "$process" -gt 0 ] && kill -s HUP "$process"; true`;

function buildFilesOf({ origin }: AlertmanagerBuild): string[] {
  const files = ["Dockerfile", "entrypoint.sh", "healthcheck.sh"];
  return origin.kind === "package" ? [...files, "Dockerfile.package"] : files;
}

// What alertmanager-image is told: how to build, and after the image's name what from.
function buildWords({ baseImage, origin }: AlertmanagerBuild): [string, ...string[]] {
  const directory = layout.imageDirectory;
  switch (origin.kind) {
    case "image":
      return ["build", baseImage, origin.image, directory];
    case "release":
      return ["build-release", baseImage, origin.directory, directory];
    case "package":
      return ["build-package", baseImage, directory];
  }
}

// Without it, the docker provider would say no more than that it cannot connect.
function mayUseDocker(user: string): string {
  const advice = `${user} may not use Docker: add that user to the group docker (usermod --append --groups docker ${user}), or connect as root`;
  return `runuser -u ${shellWord(user)} -- docker version >/dev/null 2>&1 || { echo ${shellWord(advice)}; exit 1; }`;
}

function gateArguments(apiUrl: string, peers: GatePeer[]): string {
  const arguments_ = peers.map(
    (peer) => `${peer.loopbackAddress}:${layout.gossipPort}=${peer.address}/${peer.streamPort}`,
  );
  return [apiUrl, ...arguments_].join(" ");
}

// By the very image that reads it; elsewhere by any amtool.
function checkInImage(
  image: string,
  version: string | undefined,
  group: string,
  files: BundleFile[],
): BundleCheck {
  const paths = files.map(({ path }) => path);
  const mounts = paths.map((path) => `--volume "$(staged ${path})":${containerPath(path)}:ro`).join(" ");
  return {
    run:
      `docker run --rm --pull never --network none --read-only --cap-drop ALL --security-opt no-new-privileges --user "65534:$(getent group ${group} | cut -d : -f 3)" ${mounts} ` +
      `--entrypoint amtool ${shellWord(image)} check-config ${layout.inContainer.configFile}`,
    elsewhere: {
      program: "amtool",
      version,
      words: ["check-config", { file: layout.configFile }],
      reads: paths.filter((path) => path !== layout.configFile),
      mounts: { [layout.inContainer.directory]: layout.directory },
    },
  };
}

function containerPath(path: string): string {
  return posix.join(layout.inContainer.directory, posix.relative(layout.directory, path));
}

function rootFile(path: string, content: string): BundleFile {
  return { path, mode: "0644", owner: "root:root", content };
}

function rootProgram(path: string, name: string): BundleFile {
  return { path, mode: "0755", owner: "root:root", content: readProgram(name) };
}
