import type { ExporterArgs } from "../components/exporters/scrapeTarget";
import { anyText, flag, jobName, labels, oneOf, port, source } from "./checks";
import { exporterCatalogue, type NeededSetting, type ReleasedExporter } from "./exporterCatalogue";
import { isGiven, isInstalled, knownExporter, programOf } from "./exporterPlan";
import { leaf, list, section, type Field } from "./fields";
import { isKnown } from "./known";
import { suggestion } from "./nearest";
import { problemAt, under, type Problem } from "./problem";
import { software } from "./software";

const releases = Object.keys(exporterCatalogue);

/** Names of ours that an exporter of a repository cannot have, too. */
export const takenNames = [
  "alertmanager",
  "alertmanager-watch",
  "firewall",
  "firewall-after-flush",
  "firewall-deadman",
  "gateway",
  "node-exporter",
  "prometheus",
  "prometheus-overlay",
  "wireguard",
  "wireguard-routes",
  "wireguard-watch",
];

const release = leaf<string>("text", (value) => {
  if (Object.hasOwn(exporterCatalogue, value)) return undefined;
  if (value === "node_exporter") return `"${value}" is set up in nodeExporter, and not here`;
  return `"${value}" is no known exporter; ${suggestion(value, releases)}known are ${releases.join(", ")}; give any other one by its repository`;
});

const repository = leaf<string>("text", (value) => {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/.test(value)) {
    return `"${value}" is not owner/name of a repository on GitHub; write for example prometheus/memcached_exporter`;
  }
  const program = programOf({ repository: value });
  if (program === "node_exporter") return `"${value}" is set up in nodeExporter`;
  const known = releases.find((each) => each === program);
  if (known !== undefined) return `"${known}" is a known exporter; give release: ${known} instead`;
  return takenNames.includes(program.replaceAll("_", "-").toLowerCase())
    ? `"${program}" is the name of a service of this library; an exporter cannot have it, too`
    : undefined;
});

const flags = list(
  leaf<string>("text", (value) => {
    if (/^--?web\.(listen-address|systemd-socket)(=|$)/.test(value)) {
      return `"${value}" would open another address; the overlay's is the only one`;
    }
    const [, name = ""] = /^--?([^=]*)=./s.exec(value) ?? [];
    if (/(^|[._-])(password|passwd|secret|token|api-key|community)$/i.test(name)) {
      return `--${name} has a secret in it, which every user of the host sees in the list of processes; give it in environment or secretFiles`;
    }
    return /^--[A-Za-z][\w.-]*(=[^\s"'\\;]*)?$/.test(value)
      ? undefined
      : `"${value}" is not a flag; write for example --log.level=debug, without blanks, quotes, semicolons and backslashes`;
  }),
);

/** Texts by name that are secrets: values are never shown. */
function secretTexts(
  what: string,
  allowed: RegExp,
  example: string,
  isLine: boolean,
): Field<Record<string, string>> {
  return {
    kind: "texts",
    problems: (given) =>
      Object.entries(given).flatMap(([name, value]) => [
        ...problemAt(
          [],
          allowed.test(name)
            ? undefined
            : `${JSON.stringify(name)} is not ${what}; write for example ${example}`,
        ),
        ...problemAt(
          [name],
          isLine && typeof value === "string" && /\p{Cc}/u.test(value)
            ? "the value has a line break or another control character, which no variable can have here; give it in secretFiles"
            : undefined,
        ),
      ]),
  };
}

const texts = {
  config: anyText,
  environment: secretTexts(
    "the name of a variable",
    /^[A-Za-z_][A-Za-z0-9_]{0,99}$/,
    "DATA_SOURCE_NAME",
    true,
  ),
  secretFiles: secretTexts(
    "the name of a secret file",
    /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/,
    "my.cnf, without directories",
    false,
  ),
};

/** What may be known later of an exporter. */
export const exporterTexts = section<Pick<ExporterArgs, "config" | "environment" | "secretFiles">>(texts, {});

/** An exporter of a host. */
export const exporter = section<ExporterArgs>(
  {
    job: jobName,
    port,
    path: leaf<string>("text", (value) =>
      value.startsWith("/") ? undefined : `"${value}" must begin with /`,
    ),
    scheme: oneOf<string>(["http", "https"]),
    labels,
    release,
    repository,
    software,
    flags,
    ...texts,
    reaches: list(source),
    systemdSocket: flag,
  },
  {},
  (args) => (isInstalled(args) ? installedProblems(args) : runningProblems(args)),
);

const onlyInstalled = [
  ...(["software", "flags", "config", "environment", "secretFiles", "reaches", "systemdSocket"] as const),
];
const needed = "this is needed, and was not given";

/** Checks an exporter that runs already. */
function runningProblems(args: ExporterArgs): Problem[] {
  return [
    ...(["job", "port"] as const).flatMap((name) =>
      problemAt(
        [name],
        isGiven(args[name])
          ? undefined
          : `${needed}; or give release or repository, and the exporter is installed`,
      ),
    ),
    ...onlyInstalled.flatMap((name) =>
      problemAt(
        [name],
        isGiven(args[name])
          ? "only an exporter that is installed has this; give release or repository, or leave it out"
          : undefined,
      ),
    ),
  ];
}

/** Checks an exporter that is installed. */
function installedProblems(args: ExporterArgs): Problem[] {
  const known = knownExporter(args);
  const isOther = !isGiven(args.release);
  const both = !isOther && isGiven(args.repository);
  return [
    ...problemAt(
      ["repository"],
      both ? "the release has a repository already; give one of release and repository" : undefined,
    ),
    ...problemAt(
      ["systemdSocket"],
      !isOther && isGiven(args.systemdSocket)
        ? "how a known release gets its socket is known; leave it out"
        : undefined,
    ),
    ...problemAt(
      ["port"],
      isOther && !isGiven(args.port)
        ? `${needed}; the port of a repository's exporter is not known here`
        : undefined,
    ),
    ...problemAt(
      ["port"],
      isGiven(args.port) && args.port < 1024
        ? `${args.port} is not allowed; an exporter runs without privileges, so use 1024 to 65535`
        : undefined,
    ),
    ...problemAt(
      ["path"],
      typeof args.path === "string" && /[\s\p{Cc}]/u.test(args.path)
        ? `${JSON.stringify(args.path)} has a blank or a line break; write the path as it is in a URL`
        : undefined,
    ),
    ...(known === undefined ? [] : [...softwareProblems(args, known), ...settingProblems(args, known)]),
  ];
}

function softwareProblems(
  { software: given = {}, release: ofCatalogue }: ExporterArgs,
  known: ReleasedExporter,
): Problem[] {
  const isDefault = !isGiven(given.version) || given.version === known.version;
  const where = `https://github.com/${known.repository}/releases`;
  const isChecked =
    isGiven(given.sha256) ||
    (ofCatalogue !== undefined &&
      (known.checksumFile === undefined || (isDefault && known.sha256 !== undefined)));
  const file = known.checksumFile ?? "sha256sums.txt";
  return under(
    ["software"],
    [
      ...problemAt(
        ["source"],
        given.source === "apt"
          ? `"apt" is not allowed here; exporters are installed from releases only`
          : undefined,
      ),
      ...problemAt(
        ["version"],
        known.version === "" && !isGiven(given.version)
          ? `${needed}; ${where} lists the versions`
          : undefined,
      ),
      ...problemAt(
        ["sha256"],
        isChecked
          ? undefined
          : `the checksum of this version is not known here; give that of the archive for the host's architecture, which upstream publishes in ${file} of the release at ${where}`,
      ),
    ],
  );
}

function settingProblems(args: ExporterArgs, known: ReleasedExporter): Problem[] {
  const { config, needs = [] } = known;
  const flagTexts = (args.flags ?? []).join(" ");
  const isOther = !isGiven(args.release);
  return [
    ...problemAt(
      ["config"],
      isGiven(args.config) && config === undefined
        ? `${args.release} has no configuration file; leave it out, and use flags`
        : undefined,
    ),
    ...problemAt(
      ["config"],
      isGiven(args.config) && isOther && !flagTexts.includes("{config}")
        ? "no flag names the configuration file; give one with {config} for its path, e.g. --config.file={config}"
        : undefined,
    ),
    ...problemAt(
      ["flags"],
      flagTexts.includes("{secrets}") && !isGiven(args.secretFiles)
        ? "a flag names a secret file, and there is none; give it in secretFiles"
        : undefined,
    ),
    ...problemAt(
      [],
      needs.length === 0 || needs.some((each) => isThere(args, each))
        ? undefined
        : `${args.release} needs ${needs.map(shownNeed).join(" or ")}, or it cannot reach what it measures`,
    ),
  ];
}

function isThere(args: ExporterArgs, { setting, name }: NeededSetting): boolean {
  const value = args[setting];
  if (!isGiven(value)) return false;
  return name === undefined || !isKnown(value) || Object.hasOwn(value as object, name);
}

function shownNeed({ setting, name }: NeededSetting): string {
  if (name === undefined) return setting;
  return /^\w+$/.test(name) ? `${setting}.${name}` : `${setting}[${JSON.stringify(name)}]`;
}
