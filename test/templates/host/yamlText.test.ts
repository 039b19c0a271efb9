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

  it("is what the writer makes of everything else", () => {
    expect(renderYaml({ text: "first\nsecond\n", name: "é 😀" })).toBe(
      "text: |\n  first\n  second\nname: é 😀\n",
    );
  });
});
