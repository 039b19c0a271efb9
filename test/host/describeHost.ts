import { afterAll, beforeAll, describe, expect } from "vitest";
import type { HostSystem } from "../../lab/hosts/systems";
import { describeApplying } from "./applying";
import { describeFailing } from "./failing";
import { Machine } from "./machine";
import { describePackages } from "./packages";

/** All that the program on a machine promises, on one machine of this operating system. */
export function describeHost(os: HostSystem): void {
  describe(os, () => {
    let machine: Machine | undefined;
    const booted = () => {
      if (!machine) throw new Error("the machine has not booted");
      return machine;
    };
    beforeAll(async () => {
      machine = await Machine.boot(os);
      expect(await machine.install()).toEqual({ status: 0, stdout: "", stderr: "" });
    });
    afterAll(() => machine?.discard());

    describeApplying(booted);
    describeFailing(booted);
    describePackages(booted);
  });
}
