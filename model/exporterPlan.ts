import { createHash } from "node:crypto";
import type { ExporterArgs } from "../components/exporters/scrapeTarget";
import type { Software } from "../templates/host/releaseBundles";
import { exporterCatalogue, type ReleasedExporter } from "./exporterCatalogue";

/** An exporter that is installed, with everything that follows from its arguments but texts that may be known later. */
export interface ExporterPlan {
  /** Name of its program, of its archives and, in the catalogue, its own. */
  program: string;
  /** The same with hyphens, as it is in names of units, bundles and resources. */
  name: string;
  user: string;
  software: Software;
  known: ReleasedExporter;
  /** The user's flags, with the known ones that these do not replace. */
  flags: string[];
  /** Addresses and networks that it may talk to beside its own machine and the monitors; undefined: all. */
  reaches?: string[];
}

/** Longest name of a user by the strict rules of systemd. */
const longestUser = 31;

/** Whether this library installs the exporter. */
export function isInstalled({ release, repository }: Pick<ExporterArgs, "release" | "repository">): boolean {
  return isGiven(release) || isGiven(repository);
}

/** Whether an argument has a value: a key without one in YAML is null. */
export function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

/** What is known of an exporter; of one that is not in the catalogue, what all have in common. */
export function knownExporter({
  release,
  repository,
  systemdSocket,
}: Pick<ExporterArgs, "release" | "repository" | "systemdSocket">): ReleasedExporter | undefined {
  if (isGiven(release)) {
    return Object.hasOwn(exporterCatalogue, release) ? exporterCatalogue[release] : undefined;
  }
  if (!isGiven(repository)) return undefined;
  return {
    ...{ repository, version: "", port: 0, flags: [], opened: {}, asksOthers: false },
    systemdSocket: systemdSocket ?? false,
    config: { file: "config", flag: "", reloads: false },
  };
}

/** Name of the program of an exporter. */
export function programOf({
  release,
  repository = "",
}: Pick<ExporterArgs, "release" | "repository">): string {
  return release ?? (repository ?? "").replace(/^.*\//, "");
}

/** Name of an exporter's job where the user gives none: `blackbox` of blackbox_exporter. */
export function defaultJob(args: Pick<ExporterArgs, "release" | "repository">): string {
  return programOf(args).replace(/[_-]exporter$/, "");
}

/** Everything that follows from the arguments of an exporter that is installed, and that is in order. */
export function exporterPlan(args: ExporterArgs): ExporterPlan {
  const known = knownExporter(args);
  if (known === undefined) throw new RangeError("an exporter that is installed is known");
  const program = programOf(args);
  const name = program.replaceAll(/[_.]/g, "-");
  const given = args.flags ?? [];
  const replaced = new Set(given.map(flagName));
  return {
    ...{ program, name, known },
    user: userOf(name),
    software: softwareOf(args, known, program),
    flags: [...ownFlags(args, known).filter((flag) => !replaced.has(flagName(flag))), ...given],
    reaches: args.reaches ?? (known.asksOthers ? undefined : []),
  };
}

/** Flags that the arguments ask for, beside those that the user writes. */
function ownFlags({ config }: ExporterArgs, known: ReleasedExporter): string[] {
  const { flag = "", text, without = [] } = known.config ?? {};
  const hasConfig = (config ?? text) !== undefined;
  return [...known.flags, ...(hasConfig ? [flag] : without).filter((each) => each !== "")];
}

function flagName(flag: string): string {
  return flag.replace(/=.*$/s, "");
}

function softwareOf({ software }: ExporterArgs, known: ReleasedExporter, program: string): Software {
  const { baseUrl, sha256 } = software ?? {};
  const version = software?.version ?? known.version;
  const isKnown = version === known.version && (baseUrl ?? undefined) === undefined;
  return {
    source: "release",
    version,
    baseUrl: (baseUrl ?? `https://github.com/${known.repository}/releases/download`).replace(/\/+$/, ""),
    sha256: sha256?.toLowerCase(),
    checksums: isKnown ? known.sha256 : undefined,
    archive: known.versionPrefix === undefined ? undefined : `${program}-${known.versionPrefix}${version}`,
  };
}

// A name that is too long keeps what tells it from others.
function userOf(name: string): string {
  const whole = `ha-monitoring-${name}`;
  if (whole.length <= longestUser) return whole;
  const short = whole.replace(/-exporter$/, "");
  if (short.length <= longestUser) return short;
  return `${short.slice(0, longestUser - 7)}-${createHash("sha256").update(name).digest("hex").slice(0, 6)}`;
}
