import { defaultVersions, type ReleasedName } from "../../model/versions";
import type { GoModule } from "../toolchain/goModule";

/** One release of a program. */
export interface Release {
  program: ReleasedName;
  version: string;
}

/** The releases that the product installs by default. */
export const defaultReleases: Release[] = releasesOf(defaultVersions);

/** Releases with these versions by program. */
export function releasesOf(versions: Partial<Record<ReleasedName, string>>): Release[] {
  return Object.entries(versions).map(([program, version]) => ({
    program: program as ReleasedName,
    version,
  }));
}

/** How the programs of a release are built from upstream's Go module, with upstream's build tags and version information. */
export function releaseRecipe({ program, version }: Release): GoModule {
  const { tags, programs, files } = sources[program](version);
  return {
    name: `${program}-${version}`,
    module: `github.com/prometheus/${program}@${moduleVersion(program, version)}`,
    programs,
    tags: ["netgo", ...tags],
    variables: {
      "github.com/prometheus/common/version.Version": version,
      "github.com/prometheus/common/version.Branch": "HEAD",
    },
    files,
  };
}

interface Source {
  programs: Record<string, string>;
  tags: string[];
  files: Record<string, string>;
}

const sources: Record<ReleasedName, (version: string) => Source> = {
  prometheus: (version) => ({
    programs: { prometheus: "./cmd/prometheus", promtool: "./cmd/promtool" },
    // Without the service discoveries of clouds, which take most of the time to build. The web interface is not in the module.
    tags: ["remove_all_sd"],
    files: pluginFiles(version),
  }),
  node_exporter: () => ({ programs: { node_exporter: "." }, tags: [], files: {} }),
  alertmanager: () => ({
    programs: { alertmanager: "./cmd/alertmanager", amtool: "./cmd/amtool" },
    tags: [],
    // The module lacks the built web interface, and from 0.32.0 on does not compile without one.
    files: Object.fromEntries(
      ["", "elm/", "mantine/"].map((directory) => [`ui/app/dist/${directory}index.html`, placeholder]),
    ),
  }),
};

// 3.5 has no such tags: a file of its module lists the service discoveries.
function pluginFiles(version: string): Record<string, string> {
  return version.startsWith("3.5.") ? { "plugins/plugins.go": "package plugins\n" } : {};
}

const placeholder = "<!doctype html><title>Alertmanager</title><p>Built without the web interface.</p>\n";

/** Prometheus 3.13.5 is version 0.313.5 of its module; the modules of the others have the versions of the programs. */
export function moduleVersion(program: ReleasedName, version: string): string {
  if (program !== "prometheus") return `v${version}`;
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return major < 3 ? `v0.${minor}.${patch}` : `v0.${major * 100 + minor}.${patch}`;
}
