import type { Input } from "@pulumi/pulumi";
import type { InboundRule } from "../components/shapes";
import { overlayDefaults } from "./defaults";
import { isKnown } from "./known";
import { problemAt, type Problem } from "./problem";

/** The overlay address on which a host serves something, and the overlay addresses of the other hosts that may use it. */
export interface OverlayReaders {
  overlayAddress?: string;
  readers: string[];
}

/** Checks that readers have an address to come to. */
export function readerProblems(args: {
  overlayAddress?: Input<string>;
  readers?: Input<Input<string>[]>;
}): Problem[] {
  const { overlayAddress, readers = [] } = args;
  const isUnreachable = overlayAddress === undefined && isKnown(readers) && readers.length > 0;
  return problemAt(["readers"], isUnreachable ? "without an overlayAddress nobody can come in" : undefined);
}

/** The rule that lets the readers in. */
export function readerRules(
  { overlayAddress, readers }: OverlayReaders,
  port: number,
  networkInterface: string = overlayDefaults.interfaceName,
  purpose: string,
): InboundRule[] {
  if (overlayAddress === undefined) return [];
  return [
    {
      protocol: "tcp",
      port,
      purpose,
      // An empty list would let everybody in, so the host's own address is always in it.
      sources: [overlayAddress, ...readers],
      networkInterface,
    },
  ];
}
