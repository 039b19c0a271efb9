import * as pulumi from "@pulumi/pulumi";
import { hostObserver } from "./observer";

type Mocks = pulumi.runtime.Mocks;

/** Mocks that stay as they are: those that are complete, and those whose gaps are on purpose. */
const untouched = new WeakSet<Mocks>();

/**
 * Has the mocks of a unit test answer what only hosts and providers know, where they leave it out. Mocks that return inputs as outputs
 * leave out what every host prints, and without that no component can be made. Outside of unit tests it does nothing.
 */
export function completeCurrentMocks(): void {
  // An observer of hosts answers by itself.
  if (hostObserver() !== undefined) return;
  // The client of a real engine has no mocks.
  const monitor = pulumi.runtime.getMonitor() as unknown as { mocks?: Mocks } | undefined;
  if (monitor?.mocks === undefined || untouched.has(monitor.mocks)) return;
  monitor.mocks = completedMocks(monitor.mocks);
}

/** Mocks that components take as they are. */
export function untouchedMocks(mocks: Mocks): Mocks {
  untouched.add(mocks);
  return mocks;
}

/**
 * Mocks that answer as the given ones, and fill in what those leave out or leave empty: what hosts print, keys and certificates, ids and
 * addresses of droplets, fingerprints of SSH keys. In a preview such outputs stay unknown.
 */
export function completedMocks(mocks: Mocks): Mocks {
  const newResource = async (resource: pulumi.runtime.MockResourceArgs) => {
    const own = await mocks.newResource(resource);
    return resource.custom === true && !pulumi.runtime.isDryRun() ? completed(resource, own) : own;
  };
  return untouchedMocks(
    new Proxy(mocks, {
      get: (target, property) => {
        if (property === "newResource") return newResource;
        const value: unknown = Reflect.get(target, property);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    }),
  );
}

async function completed(
  { type, name, inputs }: pulumi.runtime.MockResourceArgs,
  own: pulumi.runtime.MockResourceResult,
): Promise<pulumi.runtime.MockResourceResult> {
  // It loads a library of certificates, which a real run has no use for.
  const { secretOutputs, standInId, standInOutputs } = await import("./standIns.js");
  const shown = Object.entries(inputs as Record<string, unknown>).map(([key, value]) => [
    key,
    pulumi.runtime.unwrapRpcSecret(value) as unknown,
  ]);
  const resource = { type, name, inputs: Object.fromEntries(shown) as Record<string, unknown> };
  const state = { ...(own.state as Record<string, unknown> | undefined) };
  for (const [key, value] of Object.entries(await standInOutputs(resource))) {
    if (isGiven(state[key])) continue;
    state[key] = secretOutputs.includes(key) ? pulumi.secret(value) : value;
  }
  const isDroplet = type === "digitalocean:index/droplet:Droplet";
  const isId = own.id !== undefined && own.id !== "" && (!isDroplet || /^\d+$/.test(own.id));
  return { ...own, id: isId ? own.id : standInId(resource), state };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}
