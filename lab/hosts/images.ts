import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultVersions } from "../../model/versions";
import { buildRelease } from "../releases/archives";
import { releaseRecipe } from "../releases/recipes";
import { pipe, run } from "./command";
import { ensureBuilt, ensureImage, imagePrefix } from "./imageBuild";
import { contentHash, labels } from "./labels";
import { administratorEnvironment } from "./machine";
import { defaultSystem, hostSystems, type HostFlavor, type HostSystem } from "./systems";

const imagesDirectory = join(__dirname, "..", "images");
const programsDirectory = join(__dirname, "..", "..", "templates", "programs");
const debootstrapOptions = ["--variant=minbase"];

// What no image needs: caches, and what the configuration of dpkg excludes.
const excluded = [
  ...["./var/cache/apt/*.bin", "./var/cache/apt/archives/*.deb", "./var/lib/apt/lists/*", "./var/log/*.log"],
  ...["./usr/share/doc/*", "./usr/share/info/*", "./usr/share/locale/*", "./usr/share/man/*"],
];
const configuration = {
  "etc/apt/apt.conf.d/ha-monitoring-lab": readFileSync(join(imagesDirectory, "base", "apt.conf")),
  "etc/dpkg/dpkg.cfg.d/ha-monitoring-lab": readFileSync(join(imagesDirectory, "base", "dpkg.cfg")),
};

/** A minimal Debian with Debian's packages as source, made without a registry of images. Returns the image's name. */
export async function buildBaseImage(system: HostSystem, log: (line: string) => void): Promise<string> {
  const { suite } = hostSystems[system];
  const hash = contentHash([suite, ...debootstrapOptions, ...excluded, ...Object.values(configuration)]);
  const name = `${imagePrefix}base-${system}:${hash}`;
  return ensureBuilt(name, log, async () => {
    // Not below /tmp, which may be in memory or refuse device nodes.
    const root = mkdtempSync("/var/tmp/ha-monitoring-lab-");
    try {
      await run("debootstrap", [...debootstrapOptions, suite, root], {
        environment: administratorEnvironment,
      });
      for (const [path, content] of Object.entries(configuration)) writeFileSync(join(root, path), content);
      await pipe(
        ["tar", "-C", root, ...excluded.map((pattern) => `--exclude=${pattern}`), "-c", "."],
        ["docker", "import", "--change", `LABEL ${labels.image}=1`, "-", name],
      );
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
}

/** The image from which hosts of this operating system and flavor are made. Returns its name. */
export async function buildHostImage(
  system: HostSystem,
  flavor: HostFlavor,
  log: (line: string) => void,
): Promise<string> {
  const recipe = {
    repository: `${imagePrefix}${system}-${flavor}`,
    directory: join(imagesDirectory, "host"),
    buildArguments: {
      BASE_IMAGE: await buildBaseImage(system, log),
      DOCKER_PACKAGES: hostSystems[system].dockerPackages.join(" "),
    },
    target: flavor,
  };
  return ensureImage(recipe, log);
}

/** Builds the image of a lab's router. Returns its name. */
export async function buildRouterImage(log: (line: string) => void): Promise<string> {
  const recipe = {
    repository: `${imagePrefix}router`,
    directory: join(imagesDirectory, "router"),
    buildArguments: { BASE_IMAGE: await buildBaseImage("debian13", log) },
  };
  return ensureImage(recipe, log);
}

/** Name of a distribution's image in the public registry. Alertmanager's is built on that of Debian 13 by default. */
export function debianImage(system: HostSystem): string {
  return `debian:${hostSystems[system].suite}-slim`;
}

/** What Alertmanager's image is built from: upstream's release, or the distribution's package. */
export type AlertmanagerOrigin = "release" | "package";

/**
 * Builds what stands for the Debian image that Alertmanager's is built on, for hosts that reach no package mirror; its packages are those of
 * the lab's hosts. Returns the image's name.
 */
export async function buildAlertmanagerBase(
  origin: AlertmanagerOrigin = "release",
  system: HostSystem = defaultSystem,
  log: (line: string) => void = () => undefined,
): Promise<string> {
  const recipe = {
    repository: `${imagePrefix}alertmanager-base-${system}-${origin}`,
    directory: join(imagesDirectory, "alertmanager"),
    buildArguments: { BASE_IMAGE: await buildBaseImage(system, log) },
    target: origin,
  };
  return ensureImage(recipe, log);
}

/** Makes an image that is laid out like upstream's and has the default release. Returns the image's name. */
export async function buildUpstreamAlertmanager(
  log: (line: string) => void = () => undefined,
): Promise<string> {
  const release = { program: "alertmanager" as const, version: defaultVersions.alertmanager };
  const { name: recipe } = releaseRecipe(release);
  const hash = contentHash([JSON.stringify(releaseRecipe(release))]);
  return ensureBuilt(`${imagePrefix}upstream-${recipe}:${hash}`, log, async (name) => {
    const programs = await buildRelease(release, log);
    await pipe(
      [
        ...["tar", "--create", "--directory", programs, "--transform", "s,^,bin/,"],
        ...["alertmanager", "amtool"],
      ],
      ["docker", "import", "--change", `LABEL ${labels.image}=1`, "-", name],
    );
  });
}

/** Builds the library's Alertmanager image from its own Dockerfile, as a user does who keeps images in a registry. Returns the image's name. */
export async function buildAlertmanagerImage(log: (line: string) => void = () => undefined): Promise<string> {
  const dockerfile = readFileSync(join(programsDirectory, "Dockerfile"), "utf8");
  const recipe = {
    repository: `${imagePrefix}alertmanager`,
    version: defaultVersions.alertmanager,
    directory: programsDirectory,
    files: ["Dockerfile", ...copiedFiles(dockerfile)],
    buildArguments: {
      BASE_IMAGE: await buildAlertmanagerBase("release", defaultSystem, log),
      ALERTMANAGER_IMAGE: await buildUpstreamAlertmanager(log),
    },
  };
  return ensureImage(recipe, log);
}

/** The files that a Dockerfile copies from its directory. */
export function copiedFiles(dockerfile: string): string[] {
  const instructions = dockerfile.replaceAll(/\\\n/g, " ").split("\n");
  return instructions
    .filter((line) => /^COPY\s/.test(line) && !line.includes("--from="))
    .flatMap((line) => line.trim().split(/\s+/).slice(1, -1))
    .filter((word) => !word.startsWith("--"));
}
