import { isIpAddress } from "../../model/addresses";
import { wireGuardDefaults } from "./wireGuardPlan";
import type { InboundRule } from "../shapes";

/** What serves one machine on the overlay, and to whom. */
export interface OverlayReaders {
  overlayAddress?: string;
  readers: string[];
}

/** What is wrong with where something is served on the overlay, one sentence each. */
export function overlayReaderProblems({ overlayAddress, readers }: OverlayReaders): string[] {
  const problems: string[] = [];
  if (overlayAddress !== undefined && !isIpAddress(overlayAddress)) {
    problems.push(`overlayAddress: "${overlayAddress}" is not an IP address`);
  }
  for (const reader of readers) {
    if (!isIpAddress(reader)) problems.push(`readers: "${reader}" is not an IP address`);
  }
  if (readers.length > 0 && overlayAddress === undefined) {
    problems.push("readers: without an overlayAddress nobody can come in");
  }
  return problems;
}

/** The rule that lets them in. */
export function overlayReaderRules(
  { overlayAddress, readers }: OverlayReaders,
  port: number,
  networkInterface: string | undefined,
  purpose: string,
): InboundRule[] {
  if (overlayAddress === undefined) return [];
  return [
    {
      ...{ protocol: "tcp", port, purpose },
      // Nobody else by default, and no sources would mean everybody: the machine itself is one who may.
      sources: [overlayAddress, ...readers],
      networkInterface: networkInterface ?? wireGuardDefaults.interfaceName,
    },
  ];
}
