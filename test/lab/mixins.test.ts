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
  // JSON is YAML. Each alert is alone in its files: promtool evaluates all rules of a file. It compares annotations to the letter, which have
  // a test of their own.
  for (const [alert, rule] of rules) {
    writeRules(alert, rule);
    writeRules(`${alert}.plain`, { ...rule, annotations: undefined });
  }
  writeFileSync(join(directory, "rules.json"), JSON.stringify({ groups }));
});

afterAll(() => rmSync(directory, { recursive: true }));

function writeRules(name: string, rule: object): void {
  const group = { name: "group", rules: [rule] };
  writeFileSync(join(directory, `${name}.rules.json`), JSON.stringify({ groups: [group] }));
}

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

async function tested(ruleFile: string, tests: object[]) {
  const file = join(directory, `${ruleFile}.test.json`);
  const rule_files = [`${ruleFile}.rules.json`];
  writeFileSync(file, JSON.stringify({ rule_files, evaluation_interval: "1m", tests }));
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
    const { status, output } = await tested(
      `${alert}.plain`,
      cases.map((each) => unitTest(alert, each, expected)),
    );
    expect(status, output).toBe(0);
  });

  test("summaries and descriptions say what they should", async () => {
    const texts: string[] = [];
    for (const [alert, cases] of Object.entries(alertCases)) {
      const found = cases.find(({ fires }) =>
        Object.values(fires).some((labels) => labels.length > 0),
      ) as AlertCase;
      const last = Object.entries(found.fires).filter(([, labels]) => labels.length > 0);
      // Without expected alerts promtool shows those that it got.
      const unexpected = unitTest(alert, { ...found, fires: Object.fromEntries(last.slice(-1)) }, () => []);
      const { output } = await tested(alert, [unexpected]);
      expect(output).not.toMatch(/error expanding|<no value>|%!/);
      texts.push(`${alert} ${/Annotations:(\{.*\})/.exec(output)?.[1] ?? output}`);
    }
    expectGolden("goldens/annotations.txt", `${texts.join("\n")}\n`);
  });
});
