import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import * as library from "../components";
import { readFolder } from "./render/support";
import { execute } from "./support/execute";

const root = join(__dirname, "..");
const reference = join(root, "docs/api");
const directory = mkdtempSync(join(tmpdir(), "ha-monitoring-reference-"));
afterAll(() => rmSync(directory, { recursive: true }));

it(
  "the API reference is what the sources' doc comments say; npm run docs writes it",
  { timeout: 120_000 },
  () => {
    const typedoc = join(root, "node_modules/.bin/typedoc");
    const { status, output } = execute(typedoc, ["--out", directory], { cwd: root, timeoutSeconds: 100 });
    expect(status, output).toBe(0);
    const written = readFolder(directory);
    expect(readFolder(reference)).toEqual(written);
    for (const name of Object.keys(library)) {
      expect(
        [...written.keys()].some((path) => path.endsWith(`.${name}.md`)),
        name,
      ).toBe(true);
    }
  },
);

it("every link of the API reference leads somewhere", () => {
  for (const [path, text] of readFolder(reference)) {
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = ""]) => link);
    for (const link of links) expect(existsSync(join(reference, link)), `${path}: ${link}`).toBe(true);
  }
});
