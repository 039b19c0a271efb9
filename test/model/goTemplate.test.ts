import { describe, expect, it } from "vitest";
import { alertmanagerFunctions } from "../../model/goTemplateFunctions";
import { parseTemplate } from "../../model/goTemplateParser";
import { notificationTemplateProblems } from "../../model/alertmanagerTemplates";
import { nearest } from "../../model/nearest";
// Verdicts of text/template of Go 1.26.8, with the functions of Alertmanager 0.35.0. Half of the texts are written, half are of random parts.
import parsing from "./goTemplateCases.json";
// Verdicts of Alertmanager 0.35.0's own template package, which executed these texts with a firing and a resolved alert.
import executing from "./goTemplateUseCases.json";

function mistakeOf(text: string): string | undefined {
  const parsed = parseTemplate(text, { functions: alertmanagerFunctions });
  return parsed && "says" in parsed ? parsed.says : undefined;
}

function misuseOf(text: string): string | undefined {
  const config = { receivers: [{ slack_configs: [{ title: text }] }] };
  return notificationTemplateProblems({ config, given: "config", files: {}, isKnownVersion: true })[0]?.says;
}

describe("a text of Go's template language", () => {
  it("is taken when Go's parser takes it", () => {
    expect(parsing.accepted.length).toBeGreaterThan(150);
    expect(parsing.accepted.filter((text) => mistakeOf(text) !== undefined)).toEqual([]);
  });

  it("is refused when Go's parser refuses it", () => {
    const refused = Object.keys(parsing.refused);
    expect(refused.length).toBeGreaterThan(200);
    expect(refused.filter((text) => mistakeOf(text) === undefined)).toEqual([]);
  });

  it("is left to Alertmanager and Prometheus when it is nested deeper than this parser goes", () => {
    const deep = `{{ ${"(".repeat(5000)}.${")".repeat(5000)} }}`;
    const nested = `${"{{ if . }}".repeat(5000)}${"{{ end }}".repeat(5000)}`;
    const chained = `{{ if . }}${"{{ else if . }}".repeat(5000)}{{ end }}`;
    expect([deep, nested, chained].map((text) => parseTemplate(text))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([deep, nested, chained].map(misuseOf)).toEqual([undefined, undefined, undefined]);
  });
});

describe("an action of a notification", () => {
  it("is taken when Alertmanager executes it", () => {
    expect(executing.executed.length).toBeGreaterThan(50);
    expect(executing.executed.filter((text) => misuseOf(text) !== undefined)).toEqual([]);
  });

  it("is refused when it always fails", () => {
    const failed = Object.keys(executing.failed);
    expect(failed.length).toBeGreaterThan(50);
    expect(failed.filter((text) => misuseOf(text) === undefined)).toEqual([]);
  });

  it.each([
    ["{{ .Alert.Labels }}", "a notification has no Alert; it has Receiver, Status, Alerts, "],
    ["{{ range .Alerts }}{{ .CommonLabels.a }}{{ end }}", "inside of range and with, write $.CommonLabels"],
    ["{{ with .CommonLabels }}{{ range .SortedPairs }}{{ .Key }}{{ end }}{{ end }}", "it has Name, Value"],
    ["{{ .Alerts.Fireing | len }}", "it has Firing, Resolved; did you mean Firing?"],
    ["{{ $a := index .Alerts 0 }}{{ $a.Anything }}{{ .CommonLabels.any.deeper }}", "a text has no deeper"],
    ["{{ .Status | join }}", "join takes 2 arguments and gets 1"],
    ['{{ define "own" }}{{ .Stat }}{{ end }}{{ template "own" . }}', "a notification has no Stat"],
    ['{{ template "slack.default.titel" . }}', "did you mean slack.default.title?"],
    ["{{ .Status | toUper }}", "toUper is not a function; did you mean toUpper?"],
    ["{{ range .Status }}{{ end }}", "a text is no list"],
    ["{{ .GroupLabels | toUpper }}", "toUpper takes a text, and argument 1 is labels or annotations"],
    ['{{ .CommonLabels | join ", " }}', "join takes a list, and argument 2 is labels or annotations"],
    ['{{ if match "[" .Status }}{{ end }}', '"[" is not a regular expression of RE2'],
  ])("%s is refused with what is allowed", (text, says) => {
    expect(misuseOf(text)).toContain(says);
  });

  it("is taken whatever it does with values whose types are not known", () => {
    const texts = [
      "{{ $x := .Status }}{{ $x = .CommonLabels }}{{ $x.any }}",
      '{{ define "own" }}{{ .any }}{{ end }}{{ template "own" dict "any" 1 }}{{ template "own" }}',
      "{{ (index .Alerts 0).Labels.any }}{{ .CommonLabels.Remove .GroupLabels.Names }}",
      '{{ range .Alerts }}{{ .StartsAt.Format "15:04" }}{{ $.CommonLabels.any }}{{ end }}',
      '{{ .CommonLabels.SortedPairs.Values | join " " }}{{ .GroupLabels.Values.Join ", " }}',
    ];
    expect(texts.map(misuseOf)).toEqual(texts.map(() => undefined));
  });
});

describe("a word that is meant", () => {
  it("is one of few other letters, whatever their case", () => {
    const allowed = ["toUpper", "toLower", "len"];
    expect(["toUper", "TOUPPER", "ln", "length", "x"].map((word) => nearest(word, allowed))).toEqual([
      "toUpper",
      "toUpper",
      "len",
      undefined,
      undefined,
    ]);
  });
});
