import * as pulumi from "@pulumi/pulumi";
import { expect } from "vitest";
import type { Deployment } from "./deployment";

/** One clean error on the component itself, and nothing on any machine or in any cloud. */
export function expectRefusal(deployment: Deployment, problems: string[]): void {
  expect(deployment.errors).toEqual([
    problems.length === 1 ? problems[0] : problems.map((each) => `\n  - ${each}`).join(""),
  ]);
  expect(deployment.resources.filter(({ custom }) => custom).map(({ name }) => name)).toEqual([]);
}

/** The same for what is known at once: thrown by the constructor, without a stack trace when it is printed. */
export function expectImmediateRefusal(deployment: Deployment, problems: string[]): void {
  expectRefusal(deployment, problems);
  expect(pulumi.ResourceError.isInstance(deployment.thrown)).toBe(true);
  expect((deployment.thrown as pulumi.ResourceError).hideStack).toBe(true);
}

/** Why a connection without a host key is refused. */
export const noHostKey = (host: string) =>
  `the host key is needed, or anybody who answers at ${host} gets root's commands;` +
  ` ask for it with "ssh-keyscan -t ed25519 ${host}" and compare it on the host, or set acceptAnyHostKey: true`;
