import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { EmbeddedEngine, type Result } from "../../lab/engine/run";
import { programPath } from "./helpers";

const directory = mkdtempSync(join(tmpdir(), "ha-monitoring-engine-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function up(how: string): Promise<Result> {
  return new EmbeddedEngine({
    ...{ program: programPath("errors"), project: "engine-test", stack: how, config: { how } },
    stateFile: join(directory, `${how}.json`),
  }).up();
}

describe.concurrent("a program that goes wrong gives one clean error", { timeout: 120_000 }, () => {
  test.each([
    ["throws", /failed: Error: thrown on purpose\n/],
    ["rejects", /failed: Error: rejected on purpose\n/],
    ["runError", /^a run error on purpose$/],
    ["resourceError", /^a resource error on purpose$/],
    [
      "unknownType",
      /^resource type aws:s3\/bucket:Bucket is not known to the embedded engine.*it knows components and .*command:remote:Command/,
    ],
    [
      "twoOfOneName",
      /^two resources have the URN urn:pulumi:twoOfOneName::engine-test::test:index:Group::group;/,
    ],
    ["alias", /^aliases: not supported by the embedded engine/],
    ["waitsForEver", /^the program never ended/],
    ["exits", /ended by status 7 before it was done/],
  ])("%s", async (how, message) => {
    const { errors } = await up(how);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(message);
  });

  test("a program without errors has none, and gives its outputs", async () => {
    expect(await up("well")).toMatchObject({ errors: [], outputs: { never: "reached" } });
  });
});
