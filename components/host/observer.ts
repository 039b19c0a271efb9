import type * as pulumi from "@pulumi/pulumi";
import type { HostBundle } from "../../templates/host/hostBundle";
import type { BundleFacts } from "./facts";

/** A program that is installed on a host. */
export interface InstalledProgram {
  host: string;
  path: string;
  text: string;
}

/** Stands in for all hosts where there is none: it is given every bundle as data, and answers as the bundle's host would. */
export interface HostObserver {
  /** A bundle that would be applied; returns what its host would print. */
  applied: (bundle: pulumi.Output<HostBundle>) => pulumi.Output<BundleFacts>;
  /** A program that would be installed. */
  installed: (program: InstalledProgram) => void;
  /** The host key that a new host would make. */
  hostKey: (host: string) => string;
}

let current: HostObserver | undefined;

/** Sets the observer for everything that this process registers from now on. While there is one, no SSH key is written to any file. */
export function observeHosts(observer: HostObserver | undefined): void {
  current = observer;
}

/** The observer, if there is one. */
export function hostObserver(): HostObserver | undefined {
  return current;
}
