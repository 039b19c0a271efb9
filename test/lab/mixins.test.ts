import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../lab/hosts/command";
import { buildRelease } from "../../lab/releases/archives";
import { alertingRules } from "../../mixins";
import { alertNames } from "../../mixins/defaults";
import { defaultVersions } from "../../model/versions";
import { alertCases } from "../mixins";
import type { AlertCase } from "../mixins/cases";
import { expectGolden } from "../support/goldens";

const directory = mkdtempSync(join(tmpdir(), "lab-mixins-"));
const groups = alertingRules();
const rules = new Map(groups.flatMap((group) => group.rules.map((rule) => [rule.alert ?? "", rule])));
let promtool = "";

beforeAll(async () => {
  const built = await buildRelease(
    { program: "prometheus", version: defaultVersions.prometheus },
    () => undefined,
  );
  promtool = join(built, "promtool");
  expect((await run(promtool, ["--version"])).stdout).toContain(`version ${defaultVersions.prometheus} `);
  // JSON is YAML. promtool compares annotations to the letter: they have a test of their own.
  const without = groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => ({ ...rule, annotations: undefined })),
  }));
  writeFileSync(join(directory, "without.json"), JSON.stringify({ groups: without }));
  writeFileSync(join(directory, "rules.json"), JSON.stringify({ groups }));
});

afterAll(() => rmSync(directory, { recursive: true }));

/** A case as promtool reads it. */
function unitTest(alert: string, { says, series, fires }: AlertCase, expected: (labels: object) => object[]) {
  return {
    name: says,
    interval: "1m",
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: Object.entries(fires).map(([minute, all]) => ({
      eval_time: `${minute}m`,
      alertname: alert,
      exp_alerts: all.flatMap(expected),
    })),
  };
}

async function tested(name: string, ruleFile: string, tests: object[]) {
  const file = join(directory, `${name}.json`);
  writeFileSync(file, JSON.stringify({ rule_files: [ruleFile], evaluation_interval: "1m", tests }));
  const { status, stdout, stderr } = await run(promtool, ["test", "rules", file], { allowFailure: true });
  return { status, output: stdout + stderr };
}

describe("the rules are taken and evaluated by the promtool of the default version", () => {
  test("every alert has cases in which it fires and in which it does not, and there are no others", () => {
    expect(Object.keys(alertCases).sort()).toEqual([...alertNames].sort());
    for (const [alert, cases] of Object.entries(alertCases)) {
      const all = cases.flatMap(({ fires }) => Object.values(fires));
      expect(
        all.some((labels) => labels.length > 0),
        alert,
      ).toBe(true);
      expect(
        cases.some(({ fires }) => Object.values(fires).every((labels) => labels.length === 0)),
        alert,
      ).toBe(true);
    }
  });

  test("check rules", async () => {
    const { stdout } = await run(promtool, [
      "check",
      "rules",
      "--lint=all",
      "--lint-fatal",
      join(directory, "rules.json"),
    ]);
    expect(stdout).toContain(`${alertNames.length} rules found`);
  });

  test.each(Object.entries(alertCases))("%s", async (alert, cases) => {
    const severity = rules.get(alert)?.labels?.severity;
    const expected = (labels: object) => [{ exp_labels: { ...labels, severity } }];
    const result = await tested(
      alert,
      "without.json",
      cases.map((each) => unitTest(alert, each, expected)),
    );
    expect(result).toMatchObject({ status: 0 });
  });

  test("summaries and descriptions say what they should", async () => {
    // Without expected alerts promtool shows those that it got.
    const tests = Object.entries(alertCases).map(([alert, cases]) => {
      const [first] = cases.filter(({ fires }) => Object.values(fires).some((labels) => labels.length > 0));
      const last = Object.entries((first as AlertCase).fires)
        .filter(([, labels]) => labels.length > 0)
        .slice(-1);
      return unitTest(alert, { ...(first as AlertCase), fires: Object.fromEntries(last) }, () => []);
    });
    const { output } = await tested("annotations", "rules.json", tests);
    const texts = [...output.matchAll(/Annotations:\{(.*)\}/g)].map(([, text]) => text);
    expect(texts).toHaveLength(alertNames.length);
    expect(output).not.toMatch(/error expanding|<no value>|%!/);
    expectGolden("goldens/annotations.txt", `${texts.join("\n")}\n`);
  });
});
