import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { checkAgent } from "../../../components/host/sshAgent";

const directory = mkdtempSync(join(tmpdir(), "agent-"));
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("the SSH agent of the operator", () => {
  it("is not asked for where the environment names none", () => {
    vi.stubEnv("SSH_AUTH_SOCK", undefined);
    expect(() => checkAgent(undefined)).not.toThrow();
  });

  it("stops a run when it does not answer, each time, and only warns once in a preview", () => {
    const path = join(directory, "no-agent");
    vi.stubEnv("SSH_AUTH_SOCK", path);
    const isDryRun = vi.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(false);
    const message = `SSH_AUTH_SOCK is "${path}", and no SSH agent answers there; every command on a host would fail, although a private key is given: start the agent, or unset SSH_AUTH_SOCK`;
    for (let run = 0; run < 2; run++) expect(() => checkAgent(undefined)).toThrow(message);
    isDryRun.mockReturnValue(true);
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    for (let command = 0; command < 2; command++) checkAgent(undefined);
    expect(warn.mock.calls).toEqual([[message, undefined]]);
  });
});
