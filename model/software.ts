import type { SoftwareArgs } from "../components/software";
import type { Software } from "../templates/host/releaseBundles";
import { leaf, section } from "./fields";
import { oneOf } from "./checks";
import { softwareDefaults, withDefaults } from "./defaults";
import { problemAt, type Problem } from "./problem";
import {
  defaultVersions,
  knownReleases,
  prometheusFeatures,
  type PrometheusFeatures,
  type ReleasedName,
} from "./versions";

const fields = section<SoftwareArgs>(
  {
    source: oneOf<string>(["release", "apt"]),
    version: leaf<string>("text", (value) =>
      /^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$/.test(value)
        ? undefined
        : `"${value}" is not the version of a release; write for example ${defaultVersions.prometheus}, without v`,
    ),
    baseUrl: leaf<string>("text", (value) =>
      // What RFC 3986 allows in a URL.
      /^https?:\/\/[A-Za-z0-9._~[\]%!$&'()*+,;=:@-][A-Za-z0-9._~[\]%!$&'()*+,;=:@/?#-]*$/.test(value)
        ? undefined
        : `"${value}" is not a URL; write for example https://mirror.example.com/prometheus`,
    ),
    sha256: leaf<string>("text", (value) =>
      /^[0-9a-f]{64}$/i.test(value) ? undefined : `"${value}" is not a SHA-256; write 64 hexadecimal digits`,
    ),
  },
  {},
);

/** Where a program comes from. */
export const software: typeof fields = {
  ...fields,
  // With packages, everything about a release is out of place, right or wrong.
  problems: (args) =>
    args.source === "apt"
      ? (["version", "baseUrl", "sha256"] as const).flatMap((name) =>
          problemAt(
            [name],
            args[name] === undefined
              ? undefined
              : `"${args[name]}" is about releases, but the source is apt; leave it out`,
          ),
        )
      : [...fields.problems(args), ...unencryptedProblems(args)],
};

function unencryptedProblems({ baseUrl, sha256 }: SoftwareArgs): Problem[] {
  const isOpen = baseUrl !== undefined && /^http:/i.test(baseUrl) && sha256 === undefined;
  return problemAt(
    ["baseUrl"],
    isOpen
      ? `"${baseUrl}" is not encrypted, so anybody on the path could put another program there with its checksum; use https://, or pin the archive in sha256`
      : undefined,
  );
}

/** The program's origin with its defaults. */
export function softwareOf(program: ReleasedName, args: SoftwareArgs = {}): Software {
  const upstream = `https://github.com/prometheus/${program}/releases/download`;
  const { source, version, baseUrl, sha256 } = withDefaults(
    { ...softwareDefaults, version: defaultVersions[program], baseUrl: upstream },
    args,
  );
  return {
    source: source === "apt" ? "apt" : "release",
    version,
    baseUrl: baseUrl.replace(/\/+$/, ""),
    sha256: sha256?.toLowerCase(),
    // A mirror may hold archives of its own making.
    checksums: args.baseUrl === undefined ? knownReleases[program][version]?.sha256 : undefined,
  };
}

/** What the Prometheus of this origin can do. */
export function featuresOf(args?: SoftwareArgs): PrometheusFeatures {
  const { source, version } = softwareOf("prometheus", args);
  return prometheusFeatures(source === "apt" ? undefined : version);
}
