import type * as pulumi from "@pulumi/pulumi";
import { WireGuardLink } from "../overlay/wireGuardLink";
import { wireGuardPlan, wireGuardSettings } from "../overlay/wireGuardPlan";
import type { MonitoringStackArgs, StackHostArgs } from "./args";
import { deployMachines, type StackMachine } from "./machines";
import { overlayOf, stackPorts } from "./plan";

/** What every part of a stack needs: its machines, their overlay, and what is derived from its arguments. */
export interface StackContext {
  /** The stack's component, parent of everything. */
  parent: pulumi.ComponentResource;
  /** Its name, with which every child's begins. */
  name: string;
  args: MonitoringStackArgs;
  /** Default of everything that must differ from stack to stack. */
  label: string;
  ports: ReturnType<typeof stackPorts>;
  /** Name of the overlay's interface. */
  interfaceName: string;
  link: WireGuardLink;
  /** The machine. */
  hostOf: (host: Named) => StackMachine;
  /** Where the others reach it; known at once if it was said. */
  addressOf: (host: Pick<StackHostArgs, "name" | "address">) => pulumi.Input<string>;
  /** Its address on the overlay. Nothing waits for the interface: what listens there may do so before, so that no machine keeps others from being deployed. */
  overlayAddressOf: (host: Named) => string;
}

type Named = Pick<StackHostArgs, "name">;

/** Prepares the machines of a stack and links them. */
export function stackContext(
  parent: pulumi.ComponentResource,
  name: string,
  args: MonitoringStackArgs,
  label: string,
): StackContext {
  const machines = deployMachines(parent, name, args);
  const hostOf = (host: Named) => machines.get(host.name) as StackMachine;
  const overlay = overlayOf(args, label, hostOf);
  const addresses = new Map(
    wireGuardPlan(overlay, overlay.label).map((place) => [place.name, place.overlayAddress]),
  );
  const link = new WireGuardLink(`${name}-overlay`, overlay, { parent });
  return {
    ...{ parent, name, args, label, link, hostOf },
    addressOf: (host) => host.address ?? hostOf(host).address,
    ports: stackPorts(args),
    interfaceName: wireGuardSettings(overlay).interfaceName,
    overlayAddressOf: (host) => addresses.get(host.name) as string,
  };
}

/** Addresses on the overlay of all monitors but this one. */
export function otherMonitors({ args, overlayAddressOf }: StackContext, monitor: Named): string[] {
  return args.monitors.filter(({ name }) => name !== monitor.name).map(overlayAddressOf);
}
