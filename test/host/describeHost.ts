import { afterAll, beforeAll, describe, expect } from "vitest";
import type { HostSystem } from "../../lab/hosts/systems";
import { describeApplying } from "./applying";
import { describeFailing } from "./failing";
import { describeInstalling } from "./installing";
import { describeInterrupting } from "./interrupting";
import { Machine } from "./machine";
import { describeOwning } from "./owning";
import { describePackages } from "./packages";
import { describePreflight } from "./preflight";
import { describeRemoving } from "./removing";
import { describeSecrets } from "./secrets";
import { describeUnprivileged } from "./unprivileged";
import { describeUpgrading } from "./upgrading";
import { describeUpgradingNetwork } from "./upgradingNetwork";

/**
 * All that the program on a machine promises, on one machine of this operating system.
 *
 * @param share which of the moments between 0 and 1 are tried, where all would take too long.
 */
export function describeHost(os: HostSystem, share: number): void {
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

    describeInstalling(booted);
    describeApplying(booted);
    describeFailing(booted);
    describeSecrets(booted);
    describeUnprivileged(booted);
    describeRemoving(booted);
    describeOwning(booted);
    describePackages(booted);
    describePreflight(booted);
    describeUpgrading(booted);
    describeUpgradingNetwork(booted);
    describeInterrupting(booted, share);
  });
}
