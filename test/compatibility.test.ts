import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { compatibilityTable, tableMarkers } from "../lab/compatibility";

const page = join(__dirname, "../docs/compatibility.md");

it("docs/compatibility.md has the table of what the lab's tests deploy; UPDATE_GOLDENS=1 writes it", () => {
  const text = readFileSync(page, "utf8");
  const { begin, end } = tableMarkers;
  const [before, ...rest] = text.split(begin);
  const [, after, ...more] = rest.join(begin).split(end);
  expect([rest.length, more.length, typeof after]).toEqual([1, 0, "string"]);
  const expected = `${before}${begin}\n\n${compatibilityTable()}\n${end}${after}`;
  if (process.env.UPDATE_GOLDENS === "1") writeFileSync(page, expected);
  else expect(text).toBe(expected);
});
