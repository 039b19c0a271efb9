import { describe, expect, it } from "vitest";
import { anyText, flag, port } from "../../model/checks";
import { list, problemsOf, section, unknownNames, type FieldsOf, type RequiredOf } from "../../model/fields";
import { sentences } from "../../model/problem";

interface Example {
  name: string;
  open?: boolean;
  ports?: number[];
}

const example = section<Example>({ name: anyText, open: flag, ports: list(port) }, { name: true });

describe("the fields of an interface", () => {
  it("are forced by the compiler: their kinds, and none too few or too many", () => {
    // @ts-expect-error a flag that is declared as a text
    const kinds: FieldsOf<Example> = { name: anyText, open: anyText, ports: list(port) };
    // @ts-expect-error a field that is missing
    const missing: FieldsOf<Example> = { name: anyText, open: flag };
    // @ts-expect-error a name that is not required
    const required: RequiredOf<Example> = { name: true, open: true };
    expect([kinds, missing, required]).toHaveLength(3);
  });

  it.each([
    [{ name: "a", open: "false" }, "open: a text was given; write true or false, without quotes"],
    [{ name: "a", open: 0 }, "open: a number was given; write true or false, without quotes"],
    [{ name: "a", ports: ["22"] }, "ports[0]: a text was given; write a number, without quotes"],
    [{ name: "a", ports: [22, null] }, "ports[1]: the entry is empty; write a number, without quotes"],
    [{ name: 7 }, "name: a number was given; write a text, in quotes if it looks like a number or a flag"],
    [{ open: true }, "name: this is needed, and was not given"],
    [{ name: "a", ports: [0] }, "ports[0]: 0 is not a port; use 1 to 65535"],
  ])("%j is refused", (value, problem) => {
    expect(sentences(problemsOf(example, value))).toEqual([problem]);
  });

  it("takes what is right, what is empty, and what is an Output", () => {
    const output = Object.assign(() => undefined, { __pulumiOutput: true });
    expect(problemsOf(example, { name: "a", open: false, ports: [] })).toEqual([]);
    expect(problemsOf(example, { name: "a", open: null, ports: undefined })).toEqual([]);
    expect(problemsOf(example, { name: { ...output, __pulumiOutput: true } })).toEqual([]);
  });

  it("has no other names", () => {
    expect(sentences(unknownNames(example, { name: "a", opne: true }))).toEqual([
      "opne: there is no such setting; did you mean open? the settings here are name, open, ports",
    ]);
  });
});
