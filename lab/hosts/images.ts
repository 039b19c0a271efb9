import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipe, run } from "./command";
import { ensureBuilt, ensureImage, imagePrefix } from "./imageBuild";
import { contentHash, labels } from "./labels";
import { administratorEnvironment } from "./machine";
import { hostSystems, type HostFlavor, type HostSystem } from "./systems";

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

/** What the lab makes of Debian's Alertmanager; lab/images/alertmanager/Dockerfile says what each is. */
export type AlertmanagerPart = "base" | "upstream" | "offline" | "offline-package";

const debianAlertmanagerVersion = "0.28.1";

/** Builds one of the images that Alertmanager's are built from. Returns its name. */
export async function buildAlertmanagerPart(
  target: AlertmanagerPart,
  log: (line: string) => void = () => undefined,
): Promise<string> {
  const recipe = {
    repository: `${imagePrefix}alertmanager-${target}`,
    version: debianAlertmanagerVersion,
    directory: join(imagesDirectory, "alertmanager"),
    buildArguments: { BASE_IMAGE: await buildBaseImage("debian13", log) },
    target,
  };
  return ensureImage(recipe, log);
}

/**
 * Builds the library's Alertmanager image from its own Dockerfile, with Debian's Alertmanager in the place of upstream's
 * image, which is in a registry out of reach. Returns the image's name.
 */
export async function buildAlertmanagerImage(log: (line: string) => void = () => undefined): Promise<string> {
  const upstream = await buildAlertmanagerPart("upstream", log);
  const base = await buildAlertmanagerPart("base", log);
  const dockerfile = readFileSync(join(programsDirectory, "Dockerfile"), "utf8");
  const recipe = {
    repository: `${imagePrefix}alertmanager`,
    version: debianAlertmanagerVersion,
    directory: programsDirectory,
    files: ["Dockerfile", ...copiedFiles(dockerfile)],
    buildArguments: { BASE_IMAGE: base, ALERTMANAGER_IMAGE: upstream },
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
