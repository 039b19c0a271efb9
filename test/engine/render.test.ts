import { describe, expect, test } from "vitest";
import { renderChanges, renderPreview, type Result, type Step } from "../../lab/engine/run";
import { noChanges } from "../../lab/engine/events";

function preview(steps: Partial<Step>[], errors: Result["errors"] = []): Result {
  const subject = { operation: "update", type: "command:remote:Command", name: "a", urn: "u" } as const;
  return {
    ...{ errors, outputs: {}, secretOutputs: [], seconds: 0 },
    changes: { ...noChanges(), update: steps.length, same: 2 },
    steps: steps.map((step) => ({ ...subject, ...step })),
  };
}

const change = { path: "stdin", kind: "update", replaces: false } as const;

describe("a preview as text", () => {
  test("of a long text the changed lines only, with those around them", () => {
    const text = (changed: string) =>
      `${["one", "two", "three", changed, "five", "six", "seven"].join("\n")}\n`;
    const step = { diff: [{ ...change, old: text("old"), new: text("new") }] };
    expect(renderPreview(preview([step]), { colour: false, context: 1 })).toBe(
      [
        "~ update command:remote:Command a",
        "    ~ stdin:",
        "         three",
        "        -old",
        "        +new",
        "         five",
        "~ 1 to update, 2 unchanged",
      ].join("\n"),
    );
  });

  test("changes far from each other are set apart", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const changed = lines.map((line, index) => (index === 3 || index === 25 ? `${line} changed` : line));
    const step = { diff: [{ ...change, old: lines.join("\n"), new: changed.join("\n") }] };
    expect(
      renderPreview(preview([step]), { colour: false })
        .split("\n")
        .filter(isMark),
    ).toHaveLength(1);
  });

  test("values of one line, secrets and unknowns, what replaces, and what comes or goes", () => {
    const diff: Step["diff"] = [
      { path: "a", kind: "update", old: 1, new: 2, replaces: true },
      { path: "b", kind: "update", old: "[secret]", new: "[secret]", replaces: false },
      { path: "c", kind: "update", old: "x\ny\n", new: "[unknown]", replaces: false },
      { path: "d", kind: "add", new: ["z"], replaces: false },
    ];
    const steps: Partial<Step>[] = [
      { operation: "replace", diff },
      { operation: "create", name: "new", diff: [{ path: "a", kind: "add", new: 1, replaces: false }] },
      { operation: "delete-replaced" },
      { operation: "same" },
    ];
    expect(renderPreview(preview(steps), { colour: false }).split("\n").slice(0, -1)).toEqual([
      "+- replace command:remote:Command a",
      "    ~ a: 1 => 2 (replaces)",
      "    ~ b: [secret] => [secret]",
      "    ~ c: (2 lines) => [unknown]",
      '    + d: ["z"]',
      "+ create command:remote:Command new",
    ]);
  });

  test("errors come last but for the counts, with their resource", () => {
    const text = renderPreview(preview([], [{ message: "is wrong", urn: "urn:x" }, { message: "too" }]), {
      colour: false,
    });
    expect(text).toBe("error: urn:x: is wrong\nerror: too\nno changes, 2 unchanged");
  });

  test("colours are asked for, or come with a terminal", () => {
    const result = preview([{}]);
    expect(renderPreview(result, { colour: true })).toContain("\u001b[33m~ update");
    expect(renderPreview(result, { colour: false })).not.toContain("\u001b");
  });

  test("counts name what happens only", () => {
    expect(renderChanges(noChanges())).toBe("no changes, 0 unchanged");
    expect(renderChanges({ create: 1, update: 0, replace: 2, delete: 3, same: 4 })).toBe(
      "+ 1 to create, +- 2 to replace, - 3 to delete, 4 unchanged",
    );
  });
});

function isMark(line: string): boolean {
  return line.trim() === "...";
}
