import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readStackFile } from "../../cli/stackFile";

const directory = mkdtempSync(join(tmpdir(), "ha-monitoring-stack-file-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** The text of a setting as the runtime gets it. */
function textOf(key: string, yaml: string): string | undefined {
  const path = join(directory, "Pulumi.prod.yaml");
  writeFileSync(path, `config:\n${yaml.replaceAll(/^/gm, "  ")}\n`);
  return readStackFile(path).config[`ha-monitoring:${key}`];
}

// Pulumi's loader makes JSON of each structured setting, in Go: names in the order of their bytes.
describe("a stack file is read as Pulumi's loader reads it", () => {
  it("with merge keys and anchors", () => {
    const text = textOf(
      "targets",
      [
        "ha-monitoring:monitors:",
        "  - &first { name: a, connection: { user: operator } }",
        "ha-monitoring:targets:",
        "  - <<: *first",
        "    name: b",
      ].join("\n"),
    );
    expect(text).toBe('[{"connection":{"user":"operator"},"name":"b"}]');
  });

  it("with the names of every section in order, and secrets in their places", () => {
    expect(
      textOf("alerting", "ha-monitoring:alerting: { z: [{ b: 1, a: 2 }], é: 3, A: { secure: x } }"),
    ).toMatch(/^\{"A":"[^"]+","z":\[\{"a":2,"b":1\}\],"é":3\}$/);
  });

  it("with octal numbers, and names as they are written", () => {
    expect(textOf("alerting", "ha-monitoring:alerting: { 0123: 0123, b: '0123' }")).toBe(
      '{"0123":83,"b":"0123"}',
    );
  });

  it("or not at all, with the reason", () => {
    expect(() => textOf("alerting", "ha-monitoring:alerting: { a: .inf }")).toThrow(
      /Pulumi\.prod\.yaml: \.inf is a number that Pulumi cannot pass on/,
    );
    expect(() => textOf("alerting", "ha-monitoring:alerting: { a: 1, a: 2 }")).toThrow(
      "Map keys must be unique",
    );
  });
});
