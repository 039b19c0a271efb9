import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Result } from "../../lab/engine/events";
import { PulumiEngine } from "../../lab/engine/pulumiEngine";
import { makeDirectory, programPath } from "../providers/helpers";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function up(how: string): Promise<Result> {
  return new PulumiEngine({
    ...{ program: programPath("errors"), project: "engine-test", stack: how, config: { how } },
    stateDirectory: join(directory, how),
  }).up();
}

describe("a program that goes wrong gives one error", () => {
  test.each([
    ["throws", /Error: thrown on purpose\n/],
    ["rejects", /Error: rejected on purpose\n/],
    ["runError", /^a run error on purpose$/],
    ["resourceError", /^a resource error on purpose$/],
    ["unknownType", /no resource plugin 'pulumi-resource-aws' found|Could not .* plugin/],
    ["exits", /Program exited with non-zero exit code: 7/],
  ])("%s", async (how, message) => {
    const { errors } = await up(how);
    expect(errors.map((error) => error.message)).toEqual([expect.stringMatching(message)]);
  });

  test("a program without errors has none, and gives its outputs", async () => {
    expect(await up("well")).toMatchObject({ errors: [], outputs: { never: "reached" } });
  });
});
