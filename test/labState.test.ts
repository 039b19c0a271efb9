import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LabState } from "../lab/hosts/state";

it("a lab that is removed takes the state of its stacks along, and leaves a directory that somebody else uses", () => {
  const directory = mkdtempSync(join(tmpdir(), "ha-monitoring-state-"));
  mkdirSync(join(directory, "stacks", "0123"), { recursive: true });
  writeFileSync(join(directory, "stacks", "0123", "demo.json"), "{}");
  writeFileSync(join(directory, "note"), "");
  const state = new LabState(directory);
  state.remove();
  expect(existsSync(join(directory, "stacks"))).toBe(false);
  expect(existsSync(join(directory, "note"))).toBe(true);
});
