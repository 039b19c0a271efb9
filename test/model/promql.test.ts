import { describe, expect, it, type TestContext } from "vitest";
import { formatPath } from "../../model/problem";
import { promqlProblem } from "../../model/promql";
import { expressionProblems } from "../../model/ruleExpressions";
import { execute } from "../support/execute";
import { inTemporaryDirectory, writeFiles } from "../support/files";
import { requireTool } from "../support/tools";

const wrong: Record<string, string> = {
  "rate(up[5m]": "it ends too early",
  "1 +": "it ends too early",
  "up{job='a'": "it ends too early",
  "# nothing": "it ends too early",
  "up = 0": 'unexpected "= 0"',
  "up{job=a}": 'unexpected "a}"',
  "sum by (a (b)": 'unexpected "(b)"',
  "rat(up[5m]) > 1": '"rat" is not a function of PromQL',
  "1 + foo(up)": '"foo" is not a function of PromQL',
  "rate(up)": 'expected type matrix in call to function "rate", got vector, in "up"',
  "absent()": 'expected 1 argument(s) in call to "absent", got 0, in "absent()"',
  "histogram_quantile(0.9)":
    'expected 2 argument(s) in call to "histogram_quantile", got 1, in "histogram_quantile(0.9)"',
  "topk(up, up)": 'expected type scalar in aggregation parameter, got vector, in "up"',
  'up{job=~"a("}': '"a(" is not a regular expression of RE2: missing closing ): `a(`',
  "up{job!~`(?=a)`}": "`(?=a)` is not a regular expression of RE2: invalid or unsupported Perl syntax: `(?=`",
  "time() == 5": 'comparisons between scalars must use BOOL modifier, in "time() == 5"',
  "up and on(job) group_left up": 'no grouping allowed for set operations, in "up and on(job) group_left up"',
};

const right = [
  "up == 0",
  "sum by (job, instance) (rate(http_requests_total{code=~'5..'}[5m])) / on(job) group_left(team) owner > bool 0.5",
  "histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m:30s] offset 1w)))",
  '{"a.b", "with space"="x"}',
  "up @ 1609746000 and up @ end()",
  "label_replace(up, 'a', '$1', 'b', '(.*)')",
  "histogram_quantile(1./6., x) + 5.",
  "offset{step='1s'}",
  'up{job=~"a\\\\.b|\\\\d+", instance!~\'"c"\', path=~`\\d{2}`}',
  '{__name__="a", __name__!="b"}',
  "rate(up[1h30m]) # per second",
  "topk(5, up) or vector(-1e3) or vector(0x1F) or vector(+Inf)",
  `sum(${"(".repeat(200)}up${")".repeat(200)})`,
  Array.from({ length: 2_000 }, (_, index) => `up{n="${index}"}`).join(" or "),
];

/** The first of these expressions that promtool takes or refuses against expectation. */
function promtoolDisagrees(
  context: TestContext,
  expressions: string[],
  isTaken: boolean,
): string | undefined {
  const promtool = requireTool(context, "promtool");
  return expressions.find((expr) =>
    inTemporaryDirectory((directory) => {
      writeFiles(directory, {
        "rules.json": JSON.stringify({ groups: [{ name: "g", rules: [{ record: "r", expr }] }] }),
      });
      return (execute(promtool, ["check", "rules", `${directory}/rules.json`]).status === 0) !== isTaken;
    }),
  );
}

describe("an expression", () => {
  it.each(Object.entries(wrong))("%s is refused with the reason", (expression, reason) => {
    expect(promqlProblem(expression)).toBe(reason);
  });

  it("is taken when it is PromQL, of any length", () => {
    expect(right.map(promqlProblem)).toEqual(right.map(() => undefined));
  });

  it("is taken and refused as by the real promtool", (context) => {
    const ofPrometheus3 = right.filter((each) => !each.startsWith('{"'));
    expect(promtoolDisagrees(context, ofPrometheus3, true)).toBeUndefined();
    expect(promtoolDisagrees(context, Object.keys(wrong), false)).toBeUndefined();
  });
});

describe("the expressions of a server's rules", () => {
  it("are checked where they stand, in data and in texts", () => {
    const problems = expressionProblems({
      ruleGroups: [
        {
          name: "a",
          rules: [
            { alert: "Down", expr: "up == 0" },
            { record: "r", expr: "sum(up" },
          ],
        },
      ],
      rules: {
        "own.yml":
          "groups: [{name: b, rules: [{alert: Down, expr: up = 0}, {record: r, expr: 1}, null]}, {rules: 5}]",
        "unread.yml": "groups: [",
      },
    });
    expect(problems.map(({ path, says }) => `${formatPath(path)}: ${says}`)).toEqual([
      "ruleGroups[0].rules[1].expr: the expression is not PromQL: it ends too early",
      'rules["own.yml"]: group "b", rule "Down": the expression is not PromQL: unexpected "= 0"',
    ]);
  });
});
