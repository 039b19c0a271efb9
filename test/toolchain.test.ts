import { expect, test } from "vitest";
import { defaultReleases, releaseRecipe } from "../lab/releases/recipes";
import { buildArguments, type GoModule } from "../lab/toolchain/goModule";

/** The flags of `go build` by name; flag and value are one word, because an empty value of its own would be lost or swallow the next flag. */
function flagsOf(recipe: GoModule): Record<string, string> {
  const words = buildArguments(recipe, "/source", "/out/program", "./cmd/program").slice(3);
  expect(words.slice(-1)).toEqual(["./cmd/program"]);
  const flags = words.slice(0, -1).filter((word) => word.includes("="));
  return Object.fromEntries(
    flags.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
  );
}

test("a module without build tags and variables keeps the flags that follow the tags", () => {
  const recipe = { name: "program-1", module: "example.com/program@v1.0.0", programs: {} };
  expect(flagsOf(recipe)).toMatchObject({ "-tags": "", "-ldflags": "-s -w", "-gcflags": "all=-l" });
});

test("every default release is built with its tags and its version", () => {
  for (const release of defaultReleases) {
    const flags = flagsOf(releaseRecipe(release));
    expect(flags["-tags"]).toContain("netgo");
    expect(flags["-ldflags"]).toContain(`version.Version=${release.version}`);
  }
});
