import { describe, expect, it, type TestContext } from "vitest";
import { sentences } from "../../model/problem";
import { ruleTemplateProblem, ruleTemplateProblems } from "../../model/ruleTemplates";
import { execute } from "../support/execute";
import { inTemporaryDirectory, writeFiles } from "../support/files";
import { requireTool } from "../support/tools";

const known = { knownTemplates: true, knownPromql: true };

/** What Prometheus itself refuses when it reads the rules. */
const unparsable = {
  "{{ $labels.instance ": "unclosed action",
  "{{ $label.instance }}": "the variable $label is not declared",
  "{{ labels.instance }}": "labels is not a function; write $labels",
  "{{ value }} {{ humanise $value }}": "humanise is not a function; did you mean humanize?",
  "{{ .Values }} {{ if }}": "missing value for if",
  "{{ $value | 5 }}": "a value that is no function stands after |",
  "{{ range query `up` }}{{ .Value }}": "the text ends, and an {{end}} is missing",
};

/** What fails whenever an alert fires. */
const failing = {
  "{{ .Values }}":
    "the alert of a rule has no Values; it has Labels, ExternalLabels, ExternalURL, Value; did you mean Value?",
  "{{ $labels.instance.name }}": "a text has no name; it has no fields",
  "{{ $labels | toUpper }}": "toUpper takes a text, and argument 1 is labels",
  '{{ reReplaceAll "(" "" $labels.a }}': '"(" is not a regular expression of RE2: missing closing )',
  '{{ query "rate(up[5m" | first | value }}': "the query is not PromQL: it ends too early",
  "{{ humanize }}": "humanize takes 1 argument and gets 0",
  "{{ query `up` `down` | first }}": "query takes 1 argument and gets 2",
  "{{ range query `up` }}{{ .instance }}{{ end }}": "a sample has no instance; it has Labels, Value",
  "{{ with query `up` }}{{ . | first | value }}{{ .Labels }}{{ end }}": "the result of a query has no Labels",
  '{{ template "x" }}': 'no template has the name "x"',
};

const right = [
  "no template } }} {",
  "{{ $labels.instance }} of {{ .Labels.job }} at {{ $externalURL }}{{ $externalLabels.any }}",
  '{{ $value | humanizePercentage }} {{ printf "%.2f" $value }} {{ .Value | humanize1024 }}',
  '{{ with printf "up{job=%q}" $labels.job | query }}{{ . | first | value | humanize }}{{ end }}',
  '{{ range query "up" | sortByLabel "instance" }}{{ .Labels.instance }} {{ .Value }}{{ end }}',
  "{{ if eq $labels.severity `page` }}a{{ else if gt $value 5.0 }}b{{ end }}",
  '{{ define "x" }}{{ .any }}{{ end }}{{ template "x" (args 1 2) }}{{- /* comment */ -}}',
  '{{ reReplaceAll "a(.*)" "$1" $labels.a | toUpper }}{{ $value := 1 }}{{ $value }}',
];

describe("the template of a label or an annotation", () => {
  it.each(Object.entries({ ...unparsable, ...failing }))("%s is refused with the reason", (text, reason) => {
    expect(ruleTemplateProblem(text, known)).toContain(reason);
  });

  it("is taken when Prometheus can execute it", () => {
    expect(right.map((text) => ruleTemplateProblem(text, known))).toEqual(right.map(() => undefined));
  });

  it("is parsed as by the real promtool", (context) => {
    const parsed = [...right, ...Object.keys(failing)];
    expect(parsed.filter((text) => !promtoolTakes(context, text))).toEqual([]);
    expect(Object.keys(unparsable).filter((text) => promtoolTakes(context, text))).toEqual([]);
  });

  it("may have functions of a newer Prometheus", () => {
    const newer = { knownTemplates: false, knownPromql: false };
    expect(ruleTemplateProblem("{{ $value | newer }}{{ .Newer }}", newer)).toBeUndefined();
    expect(ruleTemplateProblem("{{ $value | newer", newer)).toBeDefined();
    expect(ruleTemplateProblem('{{ query "newer(" }}', { ...newer, knownTemplates: true })).toBeUndefined();
  });
});

function promtoolTakes(context: TestContext, summary: string): boolean {
  const promtool = requireTool(context, "promtool");
  return inTemporaryDirectory((directory) => {
    const rules = [{ alert: "A", expr: "up == 0", annotations: { summary } }];
    writeFiles(directory, { "rules.json": JSON.stringify({ groups: [{ name: "g", rules }] }) });
    return execute(promtool, ["check", "rules", `${directory}/rules.json`]).status === 0;
  });
}

describe("the rules of a server", () => {
  it("are checked where they stand, in data and in texts, and recording rules have no templates", () => {
    const wrong = { team: "{{ nope }}" };
    const problems = ruleTemplateProblems(
      {
        ruleGroups: [
          { name: "recorded", labels: wrong, rules: [{ record: "r", expr: "up", labels: wrong }] },
          {
            name: "a",
            labels: wrong,
            rules: [{ alert: "A", expr: "up", labels: wrong, annotations: { summary: "a\nb {{ .No }}" } }],
          },
        ],
        rules: {
          "own.yml":
            "groups: [{name: b, rules: [{alert: B, expr: up, annotations: {text: '{{ end }}', number: 5}}, {record: r, labels: {a: '{{'}}]}]",
          "unread.yml": "groups: [",
        },
      },
      known,
    );
    const nope = "the template is wrong at line 1, column 4, in {{ nope }}: nope is not a function";
    expect(sentences(problems)).toEqual([
      `ruleGroups[1].labels.team: ${nope}`,
      `ruleGroups[1].rules[0].labels.team: ${nope}`,
      "ruleGroups[1].rules[0].annotations.summary: the template is wrong at line 2, column 6, in {{ .No }}: the alert of a rule has no No; it has Labels, ExternalLabels, ExternalURL, Value",
      'rules["own.yml"]: group "b", rule "B", annotation "text": the template is wrong at line 1, column 1, in {{ end }}: unexpected {{end}}',
    ]);
  });
});
