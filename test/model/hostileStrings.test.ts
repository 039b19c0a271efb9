import { describe, expect, it, vi } from "vitest";
import type { MonitoringStackArgs } from "../../components";
import { prometheusFeatures } from "../../model/versions";
import { sentences } from "../../model/problem";
import { resolve } from "../../model/stack";
import { renderPrometheusYml } from "../../templates/prometheus/prometheusYml";
import { stackArgs, withFirst } from "../support/monitors";

const problemsOf = (args: MonitoringStackArgs) => sentences(resolve(args, "project/stack/name").problems);
const unwritable = (where: string, code: string) =>
  `${where} is U+${code}, which no file and no argument of a program can hold; leave it out`;
const noImage =
  "is not the name of an image; write for example debian:trixie-slim or quay.io/prometheus/alertmanager:v0.35.0";
const endless =
  "the Alertmanager configuration has an alias inside of what it stands for; write the value out in place of the alias";

// Each was accepted, threw an exception, or was refused somewhere else, before the test of random texts found it.
describe("a text that was found by random texts", () => {
  it.each<[string, MonitoringStackArgs, string]>([
    [
      "a NUL in a label",
      withFirst({ labels: { team: "a\0b" } }),
      unwritable("monitors[0].labels.team: character 2 of the text", "0000"),
    ],
    [
      "half a character in a receiver",
      stackArgs(2, {
        alerting: {
          config: { global: { key: "\ud800" }, route: { receiver: "a" }, receivers: [{ name: "a" }] },
        },
      }),
      unwritable("alerting.config.global.key: character 1 of the text", "D800"),
    ],
    [
      "a NUL in the name of a field of another program",
      stackArgs(2, { ruleGroups: [{ name: "g", rules: [{ alert: "A", expr: "up", ["a\0"]: 1 } as never] }] }),
      unwritable('ruleGroups[0].rules[0]: character 2 of the name "a\\u0000"', "0000"),
    ],
    [
      "a line end in the name of an image",
      stackArgs(2, { alertmanager: { image: { baseImage: "debian\nRUN id" } } }),
      `alertmanager.image.baseImage: "debian\\nRUN id" ${noImage}`,
    ],
    [
      "an option as the name of an image",
      stackArgs(2, { alertmanager: { image: { name: "--privileged" } } }),
      `alertmanager.image.name: "--privileged" ${noImage}`,
    ],
    [
      "a name of digits, which is no DNS name in a certificate",
      withFirst({ name: "0" }),
      'monitors[0].name: "0" would be a number in an address; use at least one letter, e.g. "monitor-0"',
    ],
    [
      "a duration that is longer than any clock",
      stackArgs(2, { prometheus: { retention: { time: "99999999999y" } } }),
      'prometheus.retention.time: "99999999999y" is longer than 292 years, which no program here can count; write a shorter one',
    ],
    [
      "the same in Go's grammar",
      stackArgs(2, { alertmanager: { retention: "9999999999h" } }),
      'alertmanager.retention: "9999999999h" is longer than 292 years, which no program here can count; write a shorter one',
    ],
    [
      "routes without end",
      stackArgs(2, {
        alerting: { configYaml: "route: &r {receiver: x, routes: [*r]}\nreceivers: [{name: x}]\n" },
      }),
      `alerting.configYaml: ${endless}`,
    ],
    [
      "a control character in a URL of archives",
      stackArgs(2, { software: { prometheus: { baseUrl: "https://a/\u001b[2J" } } }),
      'software.prometheus.baseUrl: "https://a/\\u001b[2J" is not a URL; write for example https://mirror.example.com/prometheus',
    ],
    [
      "a job that is too long for the comment of its rule",
      withFirst({ exporters: [{ job: "j".repeat(81), port: 1 }] }),
      `monitors[0].exporters[0].job: "${"j".repeat(81)}" is not the name of a job; use up to 80 letters, digits, ., _ and -`,
    ],
    [
      "a rule file whose name no file system takes",
      stackArgs(2, { rules: { [`${"r".repeat(300)}.yml`]: "" } }),
      `rules: "${"r".repeat(300)}.yml" is not the name of a rule file; use a plain name of up to 200 characters that ends in .yml or .yaml`,
    ],
    [
      "a remote_write without a URL",
      stackArgs(2, { scraping: { config: { remote_write: [{ " url": "https://a" } as never] } } }),
      "scraping.config.remote_write[0].url: this is needed, and was not given",
    ],
    [
      "a number in the place of a group",
      stackArgs(2, { rules: { "own.yml": "groups: [1]" } }),
      'rules["own.yml"]: groups[0]: a number was given; write a section of settings by name',
    ],
    [
      "a text in the place of groups",
      stackArgs(2, { rules: { "own.yml": "groups: a" } }),
      'rules["own.yml"]: groups: a text was given; write a list',
    ],
    [
      "a list in the place of a rule file",
      stackArgs(2, { rules: { "own.yml": "- a" } }),
      'rules["own.yml"]: a list was given; write a section of settings by name',
    ],
  ])("is refused: %s", (_, args, problem) => {
    expect(problemsOf(args)[0]).toBe(problem);
  });

  it("is left to promtool in a rule file that contains itself", () => {
    expect(problemsOf(stackArgs(2, { rules: { "own.yml": "groups: &a [*a]" } }))).toEqual([]);
  });

  it("brings no warning to the terminal, which would quote it", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const text = "%secret groups: []";
    problemsOf(
      stackArgs(2, { rules: { "own.yml": text }, alerting: { configYaml: `${text}\na: !secret b\n` } }),
    );
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it("that is no version has no further consequences", () => {
    const args = stackArgs(2, { software: { prometheus: { version: "3.13" } } });
    expect(problemsOf(withLabels(args, { "team.name": "a" }))).toEqual([
      'software.prometheus.version: "3.13" is not the version of a release; write for example 3.13.5, without v',
    ]);
    expect(prometheusFeatures("3.13")).toEqual({
      retentionInFile: true,
      utf8Names: true,
      knownPromql: false,
      knownTemplates: false,
    });
  });

  it.each(["constructor", "__proto__", "toString"])("is the name of a job like any other: %s", (job) => {
    const limits = { bodyMegabytes: 1, samples: 2, labels: 3, labelNameBytes: 4, labelValueBytes: 5 };
    const yml = renderPrometheusYml({
      ...{ hostName: "a", port: 9090, scrapeInterval: "15s", evaluationInterval: "15s", externalLabels: {} },
      ...{
        alertmanagers: [],
        jobs: [job],
        limits: { others: limits, byJob: {} },
        ruleFiles: [],
        further: {},
      },
    });
    expect(yml).toContain(`job_name: ${job}\n    body_size_limit: 1MB\n    sample_limit: 2\n`);
  });

  it("takes one line for each problem, however many its value has, and not all of a long value", () => {
    const [first = "", ...others] = problemsOf(
      withFirst({ name: "a\n  - ha-monitoring:x: y\u2028\u001b[2J" }),
    );
    expect(others).toEqual([]);
    expect(first).toContain('"a\\n  - ha-monitoring:x: y\\u2028\\u001b[2J" is not a DNS label');
    expect(problemsOf(withFirst({ name: "x".repeat(5000) }))[0]).toMatch(
      /^monitors\[0\]\.name: "x{100,}.* \[\.\.\.\] .*is not a DNS label; use 1 to 39 lower case letters/,
    );
  });
});

function withLabels(args: MonitoringStackArgs, labels: Record<string, string>): MonitoringStackArgs {
  return { ...args, monitors: args.monitors.map((each) => ({ ...each, labels })) };
}
