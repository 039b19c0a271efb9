import type { SoftwareArgs } from "../components/software";
import type { Software } from "../templates/host/releaseBundles";
import { leaf, section } from "./fields";
import { oneOf } from "./checks";
import { softwareDefaults, withDefaults } from "./defaults";
import { problemAt } from "./problem";

/** Versions of upstream's releases that are installed by default. They change with this library's version only. */
export const defaultVersions = {
  // The long-term support line of 2025.
  prometheus: "3.5.0",
  node_exporter: "1.9.1",
  alertmanager: "0.34.2",
};

const fields = section<SoftwareArgs>(
  {
    source: oneOf<string>(["release", "apt"]),
    version: leaf<string>("text", (value) =>
      /^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$/.test(value)
        ? undefined
        : `"${value}" is not the version of a release; write for example 3.5.0, without v`,
    ),
    baseUrl: leaf<string>("text", (value) =>
      /^https?:\/\/[^\s/]\S*$/.test(value)
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
      : fields.problems(args),
};

/** The program's origin with its defaults. */
export function softwareOf(program: keyof typeof defaultVersions, args: SoftwareArgs = {}): Software {
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
  };
}
