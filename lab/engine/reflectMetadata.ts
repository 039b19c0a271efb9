/**
 * The three functions of the package reflect-metadata without which @peculiar/x509 does not load. Import this before it.
 */
type Target = object;

const metadata = new WeakMap<Target, Map<unknown, unknown>>();

function getOwnMetadata(key: unknown, target: Target): unknown {
  return metadata.get(target)?.get(key);
}

function getMetadata(key: unknown, target: Target): unknown {
  for (
    let current: Target | null = target;
    current;
    current = Object.getPrototypeOf(current) as Target | null
  ) {
    if (metadata.get(current)?.has(key)) return getOwnMetadata(key, current);
  }
  return undefined;
}

function defineMetadata(key: unknown, value: unknown, target: Target): void {
  const own = metadata.get(target) ?? new Map<unknown, unknown>();
  metadata.set(target, own.set(key, value));
}

// The real package, where something else has loaded it, stays.
if (!("getMetadata" in Reflect)) Object.assign(Reflect, { getOwnMetadata, getMetadata, defineMetadata });
