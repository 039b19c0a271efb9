import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";

// One file per module and case: `<module>.<case>.<extension>`.
const goldensDirectory = join(__dirname, "../templates/goldens");

/**
 * Compares a text with its golden, to the letter. With UPDATE_GOLDENS=1 the golden is written instead: read its diff before you commit it.
 *
 * @param name file name below test/templates/goldens, or a path from test/ when it contains a slash.
 */
export function expectGolden(name: string, text: string): void {
  const path = name.includes("/") ? join(__dirname, "..", name) : join(goldensDirectory, name);
  if (process.env.UPDATE_GOLDENS === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return;
  }
  if (!existsSync(path)) {
    throw new Error(
      `${path} does not exist; write it with UPDATE_GOLDENS=1 and read it before you commit it`,
    );
  }
  expect(text, `differs from ${path}`).toBe(readFileSync(path, "utf8"));
}

/** Fails when a module's goldens are not exactly those of its cases: a golden that nothing writes any more proves nothing. */
export function expectGoldensOf(module: string, names: string[]): void {
  const found = readdirSync(goldensDirectory).filter((name) => name.startsWith(`${module}.`));
  expect(found.sort()).toEqual([...names].sort());
}
