import { describe, expect, it } from "vitest";
import { problemsOf } from "../../model/fields";
import { sentences } from "../../model/problem";
import { furtherConfig, ruleGroups } from "../../model/prometheusConfig";
import { renderPrometheusRules } from "../../templates/prometheus/prometheusRules";

const ruleProblems = (rule: object) =>
  sentences(problemsOf(ruleGroups, [{ name: "g", rules: [{ alert: "A", expr: "up", ...rule }] }]));
const scrapeProblems = (scrape: object) =>
  sentences(problemsOf(furtherConfig, { scrape_configs: [{ job_name: "j", ...scrape }] }));

describe("rules as data", () => {
  // 70 of the 112 files of awesome-prometheus-alerts have `for: 0m`; in YAML a 0 without a unit is a number.
  it.each(["0m", "0", "0h", "0s", "0ms", "0d", 0])(
    "wait for no time with %j, as upstream reads it",
    (zero) => {
      expect(ruleProblems({ for: zero, keep_firing_for: zero })).toEqual([]);
      expect(sentences(problemsOf(ruleGroups, [{ name: "g", interval: zero, rules: [] }]))).toEqual([]);
      expect(scrapeProblems({ scrape_interval: zero, scrape_timeout: zero })).toEqual([]);
    },
  );

  it.each(["0x", "", "m", "-0s", 5])("do not wait for %j, which upstream refuses", (wrong) => {
    expect(ruleProblems({ for: wrong })).toEqual([
      `[0].rules[0].for: ${JSON.stringify(wrong)} is not a duration; write for example 15s, 1m30s or 15d, largest unit first and more than 0`,
    ]);
  });

  it("may have settings of alerts that say nothing beside a record", () => {
    const recorded = {
      alert: null,
      record: "r",
      for: 0,
      keep_firing_for: "0s",
      annotations: {},
      labels: null,
    };
    expect(ruleProblems(recorded)).toEqual([]);
    expect(ruleProblems({ ...recorded, for: "1m" })).toEqual([
      '[0].rules[0]: for, keep_firing_for and annotations belong to alerts; "r" is recorded',
    ]);
  });

  it("may be a group without any", () => {
    expect(problemsOf(ruleGroups, [{ name: "g" }, { name: "h", rules: null, labels: null }])).toEqual([]);
  });

  it.each([
    ["labels", ruleProblems, "[0].rules[0].labels"],
    ["annotations", ruleProblems, "[0].rules[0].annotations"],
  ] as const)(
    "take a whole number and null in %s, whose text is known, and nothing else that is no text",
    (section, check, place) => {
      expect(check({ [section]: { level: 0, code: 503, none: null } })).toEqual([]);
      expect(check({ [section]: { version: 1.1, big: 2 ** 60, on: true } })).toEqual(
        [`${place}.version: 1.1`, `${place}.big: ${2 ** 60}`, `${place}.on: true`].map(
          (start) => `${start} is not a text; put it in quotes`,
        ),
      );
      expect(renderPrometheusRules([{ name: "g", rules: [{ labels: { level: 0 } }] }])).toContain(
        "level: 0\n",
      );
    },
  );

  it("take any text as the name of a label, as Prometheus 3 does", () => {
    expect(ruleProblems({ annotations: { "runbook-url": "https://wiki.example.com/" } })).toEqual([]);
  });
});

describe("scrape jobs", () => {
  it("take a whole number as the value of a label", () => {
    const labelled = (value: unknown) => ({ static_configs: [{ targets: [], labels: { shard: value } }] });
    expect(scrapeProblems(labelled(3))).toEqual([]);
    expect(scrapeProblems(labelled(0.5))).toEqual([
      "scrape_configs[0].static_configs[0].labels.shard: 0.5 is not a text; put it in quotes",
    ]);
  });
});
