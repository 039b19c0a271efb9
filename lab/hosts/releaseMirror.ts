import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultVersions, type ReleasedName } from "../../model/versions";
import { archiveChecksum, buildReleaseArchives } from "../releases/archives";
import { defaultReleases, type Release } from "../releases/recipes";
import { pipe } from "./command";
import type { Lab, LabHost } from "./lab";
import { untilListening } from "./listening";

/** `releases` is sound, `truncated` is not. */
export type MirrorCondition = "releases" | "truncated";

/** A host of the lab that serves archives of releases in upstream's layout. */
export interface ReleaseMirror {
  host: LabHost;
  /** Base address of a program's releases. */
  url: (program: ReleasedName, condition?: MirrorCondition) => string;
  /** Checksum of a sound archive, without which no host downloads over `http://`; default version: the one that the product chooses. */
  sha256: (program: ReleasedName, version?: string) => string;
}

/** Where one program comes from. */
export interface MirroredSoftware {
  baseUrl: string;
  sha256: string;
  version?: string;
}

const directory = "/srv/mirror";
const faultyCopies = readFileSync(join(__dirname, "..", "releases", "faulty-copies.sh"), "utf8");
const unit = `[Unit]
Description=Mirror of releases
[Service]
ExecStart=/usr/bin/busybox httpd -f -p 80 -h ${directory}
[Install]
WantedBy=multi-user.target
`;

/** Starts a mirror of these releases in the lab, or adds them to the one that runs there; it goes with the lab. */
export async function startReleaseMirror(
  lab: Lab,
  releases: Release[] = defaultReleases,
  log: (line: string) => void = () => undefined,
): Promise<ReleaseMirror> {
  const archives = await buildReleaseArchives(releases, log);
  const [host] = await lab.up([{ name: "releases", flavor: "bare" }]);
  if (host === undefined) throw new Error("The host of the mirror did not start");
  for (const [index, release] of releases.entries())
    await copy(lab, host, release, archives[index] as string);
  await lab.exec(host, `sh -s ${directory}`, { stdin: faultyCopies });
  await lab.exec(
    host,
    "command -v busybox >/dev/null || { apt-get -qq update && apt-get -qq -y install busybox-static; } >/dev/null",
  );
  const service = "/etc/systemd/system/release-mirror.service";
  await lab.exec(host, `cat >${service} && systemctl enable --now --quiet release-mirror.service`, {
    stdin: unit,
  });
  await untilListening(lab, host, 80);
  return {
    host,
    url: (program, condition = "releases") => `http://${host.address}/${condition}/${program}`,
    sha256: (program, version = defaultVersions[program]) => {
      const index = releases.findIndex((each) => each.program === program && each.version === version);
      if (index < 0) throw new Error(`The mirror has no ${program} ${version}`);
      return archiveChecksum(archives[index] as string, version);
    },
  };
}

/**
 * The program's configuration for software from a mirror.
 *
 * @param versions default: those that the product chooses.
 */
export function mirroredSoftware(
  { url, sha256 }: ReleaseMirror,
  versions: Partial<Record<ReleasedName, string>> = {},
): Record<"prometheus" | "nodeExporter" | "alertmanager", MirroredSoftware> {
  const of = (program: ReleasedName) => ({
    baseUrl: url(program),
    sha256: sha256(program, versions[program]),
    ...(versions[program] === undefined ? {} : { version: versions[program] }),
  });
  return {
    prometheus: of("prometheus"),
    nodeExporter: of("node_exporter"),
    alertmanager: of("alertmanager"),
  };
}

async function copy(lab: Lab, host: LabHost, { program, version }: Release, archive: string): Promise<void> {
  const target = `${directory}/releases/${program}`;
  const isThere = await lab.exec(host, `test -e ${target}/v${version}/sha256sums.txt`, {
    allowFailure: true,
  });
  if (isThere.status === 0) return;
  await lab.exec(host, `mkdir -p ${target}`);
  await pipe(
    ["tar", "--create", "--directory", archive, `v${version}`],
    ["docker", "cp", "-", `${host.container}:${target}`],
  );
}
