import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ExporterArgs } from "../../components";
import { exporterCatalogue } from "../../model/exporterCatalogue";
import { exporter, takenNames } from "../../model/exporterFields";
import { exporterPlan } from "../../model/exporterPlan";
import { problemsOf } from "../../model/fields";
import { sentences } from "../../model/problem";
import { exporterLayout } from "../../templates/exporters/exporterLayout";
import { exporterExposures, exposures } from "../support/exposures";

const said = (args: unknown) => sentences(problemsOf(exporter, args));
const sha256 = "0123456789abcdef".repeat(4);
const other = {
  repository: "prometheus/memcached_exporter",
  port: 9150,
  software: { version: "0.15.5", sha256 },
};

describe("the catalogue of exporters", () => {
  it("has whole checksums, versions and ports of their own", () => {
    const all = Object.values(exporterCatalogue);
    for (const { sha256: sums, version, repository, port } of all) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(repository).toMatch(/^[\w-]+\/[\w-]+$/);
      expect(port).toBeGreaterThan(1023);
      for (const sum of Object.values(sums ?? {})) expect(sum).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(new Set(all.map(({ port }) => port)).size).toBe(all.length);
    const sums = all.flatMap((each) => Object.values(each.sha256 ?? {}));
    expect(new Set(sums).size).toBe(sums.length);
  });

  it("installs none whose checksum is not known and not published as sha256sums.txt", () => {
    for (const [name, { checksumFile, sha256: sums }] of Object.entries(exporterCatalogue))
      expect(checksumFile === undefined || sums !== undefined, name).toBe(true);
  });

  it("takes no name of a service of ours", () => {
    const units = Object.keys(exposures).map((unit) => unit.replace(/^ha-monitoring-|\.service$/g, ""));
    expect(takenNames).toEqual(expect.arrayContaining(units));
    for (const name of Object.keys(exporterCatalogue))
      expect(takenNames).not.toContain(name.replaceAll("_", "-"));
  });

  it("is the list in the comment of the argument and in the documentation", () => {
    const read = (path: string) => readFileSync(join(__dirname, "../..", path), "utf8");
    for (const name of Object.keys(exporterCatalogue)) {
      expect(read("components/exporters/scrapeTarget.ts")).toContain(name);
      expect(read("docs/exporters.md")).toContain(
        `| \`${name}\` | ${exporterCatalogue[name]?.port} | ${exporterCatalogue[name]?.version} | ${exporterExposures[name]?.toFixed(1)} |`,
      );
    }
  });
});

describe("an exporter that is installed", () => {
  it("has the known version, checksums and port, and flags that the user's replace", () => {
    const plan = exporterPlan({
      release: "statsd_exporter",
      flags: ["--statsd.listen-tcp=", "--log.level=debug"],
    });
    expect(plan.flags).toEqual([
      ...["--statsd.listen-udp=127.0.0.1:9125", "--statsd.listen-tcp=", "--log.level=debug"],
    ]);
    expect(plan.software).toMatchObject({ version: "0.31.0", checksums: undefined });
    expect(exporterPlan({ release: "blackbox_exporter" }).software.checksums?.amd64).toHaveLength(64);
  });

  it("is not checked against the known checksums where they are not those of its archives", () => {
    const checksums = (software: ExporterArgs["software"]) =>
      exporterPlan({ release: "blackbox_exporter", software }).software.checksums;
    expect(checksums({ version: "0.27.0" })).toBeUndefined();
    expect(checksums({ baseUrl: "https://mirror.example.com" })).toBeUndefined();
    expect(checksums({ version: "0.28.0" })).toBeDefined();
  });

  it("has a user whose name systemd and useradd take, and which tells long names from each other", () => {
    const user = (name: string) => exporterPlan({ ...other, repository: `example/${name}` }).user;
    expect(user("memcached_exporter")).toBe("ha-monitoring-memcached");
    const long = ["a_program_with_a_long_name_one", "a_program_with_a_long_name_two"].map(user);
    expect(new Set(long).size).toBe(2);
    for (const each of long) expect(each).toMatch(/^[a-z][a-z0-9_-]{0,30}$/);
  });

  it("has paths of its own", () => {
    expect(new Set(Object.values(exporterLayout("one"))).size).toBe(
      Object.keys(exporterLayout("one")).length,
    );
  });
});

describe("the check of an exporter", () => {
  it.each<[string, ExporterArgs]>([
    ["of the catalogue", { release: "blackbox_exporter" }],
    ["with what it needs", { release: "postgres_exporter", environment: { DATA_SOURCE_URI: "db:5432/app" } }],
    ["of any other repository", other],
    ["with a file that a flag names", { ...other, flags: ["--config.file={config}"], config: "a: b" }],
    [
      "of another version with its checksum",
      { release: "process-exporter", software: { version: "0.8.5", sha256 } },
    ],
    ["that runs already", { job: "web", port: 80 }],
  ])("finds nothing wrong with one %s", (_, args) => {
    expect(said(args)).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    [
      "a slip",
      { release: "process_exporter" },
      /^release: "process_exporter" is no known exporter; did you mean process-exporter\? known are blackbox_exporter, /,
    ],
    ["node_exporter", { release: "node_exporter" }, /^release: "node_exporter" is set up in nodeExporter/],
    [
      "a name of every object",
      { release: "constructor" },
      /^release: "constructor" is no known exporter; known are/,
    ],
    [
      "both",
      { release: "pushgateway", repository: "a/b" },
      /^repository: the release has a repository already/,
    ],
    ["no repository", { ...other, repository: "memcached" }, /^repository: "memcached" is not owner\/name/],
    [
      "a known repository",
      { ...other, repository: "prometheus/pushgateway" },
      /give release: pushgateway instead/,
    ],
    [
      "a name of ours",
      { ...other, repository: "example/gateway" },
      /"gateway" is the name of a service of this library/,
    ],
    [
      "no port",
      { ...other, port: undefined },
      /^port: this is needed, and was not given; the port of a repository's/,
    ],
    ["a privileged port", { release: "pushgateway", port: 80 }, /^port: 80 is not allowed; .* 1024 to 65535/],
    [
      "no version",
      { ...other, software: { sha256 } },
      /^software\.version: this is needed.*github\.com\/prometheus\/memcached_exporter\/releases/,
    ],
    [
      "no checksum",
      { ...other, software: { version: "0.15.5" } },
      /^software\.sha256: the checksum of this version is not known here; .* sha256sums\.txt of the release at https:\/\/github/,
    ],
    [
      "another version without checksum",
      { release: "process-exporter", software: { version: "0.8.5" } },
      /publishes in checksums\.txt/,
    ],
    [
      "packages",
      { release: "pushgateway", software: { source: "apt" } },
      /^software\.source: "apt" is not allowed here/,
    ],
    [
      "a secret in a flag",
      { release: "redis_exporter", flags: ["--redis.password=hunter2"] },
      /^flags\[0\]: --redis\.password has a secret in it/,
    ],
    [
      "another address",
      { release: "pushgateway", flags: ["--web.listen-address=:9091"] },
      /^flags\[0\]: .* would open another address/,
    ],
    ["a file without a flag", { ...other, config: "a: b" }, /^config: no flag names the configuration file/],
    [
      "a file that has no use",
      { release: "pushgateway", config: "a: b" },
      /^config: pushgateway has no configuration file/,
    ],
    [
      "a secret file that is not there",
      { ...other, flags: ["--a={secrets}/a"] },
      /^flags: a flag names a secret file/,
    ],
    [
      "no secret",
      { release: "mysqld_exporter" },
      /^mysqld_exporter needs secretFiles\["my\.cnf"\] or environment\.MYSQLD_EXPORTER_PASSWORD/,
    ],
    [
      "a name of a variable",
      { ...other, environment: { "a b": "c" } },
      /^environment: "a b" is not the name of a variable/,
    ],
    [
      "two lines",
      { ...other, environment: { A: "hunter2\nB=c" } },
      /^environment\.A: the value has a line break/,
    ],
    [
      "a path as a name",
      { ...other, secretFiles: { "../a": "c" } },
      /^secretFiles: "\.\.\/a" is not the name of a secret file/,
    ],
    [
      "settings of one that runs already",
      { job: "web", port: 80, flags: ["--a"] },
      /^flags: only an exporter that is installed has this/,
    ],
    ["no job", { port: 80 }, /^job: this is needed, and was not given; or give release/],
    [
      "an address of nothing",
      { ...other, reaches: ["db"] },
      /^reaches\[0\]: "db" is neither an IP address nor a network/,
    ],
    ["a blank in a path", { ...other, path: "/a b" }, /^path: "\/a b" has a blank/],
    [
      "a socket that is known",
      { release: "pushgateway", systemdSocket: false },
      /^systemdSocket: how a known release gets its socket is known/,
    ],
  ])("finds %s", (_, args, expected) => {
    const found = said(args);
    expect(found.join("\n")).toMatch(new RegExp(expected.source, "m"));
    expect(found).toHaveLength(1);
    expect(found.join("")).not.toContain("hunter2");
  });
});
