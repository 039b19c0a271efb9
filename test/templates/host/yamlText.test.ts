import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderYaml } from "../../../templates/host/yamlText";
import { renderPrometheusRules } from "../../../templates/prometheus/prometheusRules";
import { readYaml } from "../../support/hostile/languages";
import { treeOf } from "../../support/hostile/tree";

// Go's reader of YAML ends a line here, so promtool found a second group in the annotation of the first one.
const injected = ["  - name: evil", "    rules:", "      - record: injected", "        expr: vector(1)"];

describe("the text of a YAML document", () => {
  it.each([..."\u0085\u2028\u2029\u007f\u009b\ufeff\ufffe\uffff"])(
    "keeps %j a character of its text, for readers of YAML 1.1 and 1.2",
    (character) => {
      const text = ["first line\nsecond line", ...injected].join(character);
      const groups = [
        { name: "own", rules: [{ alert: "A", expr: "up", annotations: { text, [text]: "b" } }] },
      ];
      const rendered = renderPrometheusRules(groups);
      expect(rendered).not.toContain(character);
      expect(parse(rendered)).toEqual({ groups });
      expect(readYaml(rendered)).toEqual(treeOf({ groups }));
    },
  );

  // Alertmanager's reader took the values of PagerDuty's details and the names of a webhook's payload for flags and numbers.
  it.each([
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "N",
    "0b101",
    "1_000",
    "-0x1",
    "0123",
    "1:30",
    "~",
    "null",
    ".inf",
    "1e3",
  ])("keeps %j a text for readers of YAML 1.1, as a value and as a name", (text) => {
    const rendered = renderYaml({ value: text, list: [text], [text]: "x" });
    expect(rendered).toMatch(/^value: ".*"$/m);
    expect(rendered).toMatch(/^ {2}- ".*"$/m);
    expect(rendered).toMatch(/^".*": x$/m);
    expect(parse(rendered, { version: "1.1" })).toEqual({ value: text, list: [text], [text]: "x" });
  });

  it("is what the writer makes of everything else", () => {
    expect(renderYaml({ text: "first\nsecond\n", name: "é 😀" })).toBe(
      "text: |\n  first\n  second\nname: é 😀\n",
    );
  });
});
