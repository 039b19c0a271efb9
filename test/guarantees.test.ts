import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { guarantees, type Attack } from "./support/guarantees";
import { tables } from "./support/markdown";

const root = join(__dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const rows = tables(read("README.md")).find(({ head: [first] }) => first === "guarantee")?.rows ?? [];
const named = (cell = "") => [...cell.matchAll(/`(test\/[^`]+)`/g)].map(([, path = ""]) => path);

/** The file of a test that the README names, or the directory. */
const fileOf = (name: string) => (existsSync(join(root, `${name}.test.ts`)) ? `${name}.test.ts` : name);

/** Whether a test belongs to what the README names: a file, one that it imports, or a directory. */
function belongs([file]: Attack, name: string): boolean {
  const path = fileOf(name);
  if (!path.endsWith(".ts")) return file.startsWith(`${path}/`);
  const imported = `"./${file.replace(/^.*\//, "").replace(/\.ts$/, "")}"`;
  return file === path || read(path).includes(`from ${imported}`);
}

describe("a guarantee of the README", () => {
  it("is attacked by a test, each one", () => {
    expect(rows.length).toBeGreaterThan(30);
    const attacked = rows.map(
      ([says = ""]) => Object.keys(guarantees).filter((beginning) => says.startsWith(beginning))[0] ?? says,
    );
    expect(attacked.sort()).toEqual(Object.keys(guarantees).sort());
  });

  it.each(rows)("%s", (says, shownBy) => {
    const [, attacks = []] =
      Object.entries(guarantees).find(([beginning]) => says.startsWith(beginning)) ?? [];
    for (const name of named(shownBy)) {
      expect(existsSync(join(root, fileOf(name))), `${name} is no test`).toBe(true);
      expect(
        attacks.filter((attack) => belongs(attack, name)),
        `no test of ${name} is said to attack it`,
      ).not.toEqual([]);
    }
    for (const attack of attacks) {
      const [file, title] = attack;
      expect(
        named(shownBy).some((name) => belongs(attack, name)),
        `the README does not name ${file}`,
      ).toBe(true);
      expect(read(file).includes(`"${title}`), `${file} has no test "${title}"`).toBe(true);
    }
  });
});
