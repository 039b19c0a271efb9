import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { resolveConfiguration } from "../support/programConfiguration";
import { makeDirectory } from "./support";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The configuration of a program beside a Pulumi.yaml with this `config:` block. */
function resolve(block: object | undefined, given: Record<string, string>, secret: string[] = []) {
  const folder = mkdtempSync(join(directory, "program-"));
  if (block) writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "p", config: block }));
  return resolveConfiguration(join(folder, "index.ts"), "p", given, secret);
}

describe("configuration", () => {
  test("a key without a namespace is the project's; without a Pulumi.yaml all is as given", () => {
    expect(resolve(undefined, { a: "1", "docker:host": "x" }, ["a", "absent"])).toEqual({
      ...{ values: { "p:a": "1", "docker:host": "x" }, secretKeys: ["p:a"] },
    });
  });

  test("defaults fill in what is not given: plain values, typed ones, objects as JSON", () => {
    const block = {
      ...{
        plain: 7,
        "p:text": { type: "string", default: "d" },
        object: { type: "object", default: { a: [1] } },
      },
      given: { type: "integer", default: 1 },
    };
    expect(resolve(block, { given: "2" }).values).toEqual({
      ...{ "p:plain": "7", "p:text": "d", "p:object": '{"a":[1]}', "p:given": "2" },
    });
  });

  test("what Pulumi.yaml calls secret is secret", () => {
    expect(resolve({ key: { type: "string", secret: true } }, { key: "x" }).secretKeys).toEqual(["p:key"]);
  });

  test("a value that is declared without a default must be given", () => {
    expect(() => resolve({ key: { type: "string" } }, {})).toThrow(/configuration value p:key is missing/);
  });

  test.each([
    ["integer", "1", "1.5"],
    ["boolean", "true", "yes"],
    ["array", "[1]", '{"a":1}'],
    ["object", '{"a":1}', "text"],
  ])("a value must be of its declared type %s", (type, right, wrong) => {
    expect(resolve({ key: { type } }, { key: right }).values).toEqual({ "p:key": right });
    expect(() => resolve({ key: { type } }, { key: wrong })).toThrow(`must be of type ${type}`);
  });

  test("a secret of the wrong type is not repeated in the message", () => {
    expect(() => resolve({ key: { type: "integer", secret: true } }, { key: "hush" })).toThrow(
      /\[secret\] is not$/,
    );
  });
});
