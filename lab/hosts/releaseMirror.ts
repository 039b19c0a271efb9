import { join } from "node:path";
import { pipe, run } from "./command";
import { ensureImage, imagePrefix } from "./imageBuild";
import { buildBaseImage } from "./images";
import type { Lab, LabHost } from "./lab";
import { defaultSystem } from "./systems";

/** Programs that the mirror has. */
export type MirroredProgram = "prometheus" | "node_exporter" | "alertmanager";

/** `releases` is sound, `wrong-checksum` and `truncated` are not. */
export type MirrorCondition = "releases" | "wrong-checksum" | "truncated";

/** A host of the lab that serves release archives in upstream's layout, made from Debian's packages. */
export interface ReleaseMirror {
  host: LabHost;
  /** Versions of each program; of Prometheus there are two, the shorter one first. */
  versions: Record<MirroredProgram, string[]>;
  /** Base address of a program's releases. */
  url: (program: MirroredProgram, condition?: MirrorCondition) => string;
}

const directory = "/srv/mirror";
const unit = `[Unit]
Description=Mirror of releases
[Service]
ExecStart=${directory}/busybox httpd -f -p 80 -h ${directory}
[Install]
WantedBy=multi-user.target
`;

/** Starts a mirror in the lab, unless it runs there; it goes with the lab. */
export async function startReleaseMirror(lab: Lab, name = "releases"): Promise<ReleaseMirror> {
  const [host] = await lab.up([{ name, flavor: "bare" }]);
  if (host === undefined) throw new Error(`Host ${name} did not start`);
  const image = await buildReleasesImage();
  const isThere = await lab.exec(host, `test -e ${directory}/busybox`, { allowFailure: true });
  if (isThere.status !== 0) await copyDirectory(image, host.container);
  const service = `/etc/systemd/system/release-mirror.service`;
  await lab.exec(host, `cat >${service} && systemctl enable --now --quiet release-mirror.service`, {
    stdin: unit,
  });
  const versionsOf = async (program: MirroredProgram) => {
    const { stdout } = await lab.exec(host, `ls ${directory}/releases/${program}`);
    const versions = stdout.split("\n").filter(Boolean);
    return versions.map((version) => version.replace(/^v/, "")).sort((a, b) => a.length - b.length);
  };
  return {
    host,
    versions: {
      prometheus: await versionsOf("prometheus"),
      node_exporter: await versionsOf("node_exporter"),
      alertmanager: await versionsOf("alertmanager"),
    },
    url: (program, condition = "releases") => `http://${host.address}/${condition}/${program}`,
  };
}

/** The program's configuration for software from a mirror. */
export function mirroredSoftware({ versions, url }: ReleaseMirror): object {
  return {
    prometheus: { version: versions.prometheus[0], baseUrl: url("prometheus") },
    nodeExporter: { version: versions.node_exporter[0], baseUrl: url("node_exporter") },
  };
}

async function buildReleasesImage(): Promise<string> {
  const log = () => undefined;
  const recipe = {
    repository: `${imagePrefix}releases`,
    directory: join(__dirname, "..", "images", "releases"),
    buildArguments: { BASE_IMAGE: await buildBaseImage(defaultSystem, log) },
  };
  return ensureImage(recipe, log);
}

async function copyDirectory(image: string, container: string): Promise<void> {
  const { stdout } = await run("docker", ["create", image, "true"]);
  const source = stdout.trim();
  try {
    await pipe(["docker", "cp", `${source}:${directory}`, "-"], ["docker", "cp", "-", `${container}:/srv`]);
  } finally {
    await run("docker", ["rm", source]);
  }
}
