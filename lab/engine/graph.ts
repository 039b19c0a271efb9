import type { ResourceState } from "./state";

/** URNs that must outlive a resource. */
export function dependenciesOf(resource: ResourceState): string[] {
  const provider = resource.provider.slice(0, Math.max(0, resource.provider.lastIndexOf("::")));
  const all = [
    ...resource.dependencies,
    ...Object.values(resource.propertyDependencies).flat(),
    resource.parent,
    provider,
    resource.deletedWith,
  ];
  return [...new Set(all)].filter((urn) => urn !== "" && urn !== resource.urn);
}

/**
 * Runs a task for each of some resources after it has ended well (true) for all of them that depend on it; independent ones run at the
 * same time. Where a task fails, those for what the resource depends on do not run.
 */
export async function forEachDependentsFirst(
  resources: readonly ResourceState[],
  task: (resource: ResourceState) => Promise<boolean>,
): Promise<void> {
  const started = new Map<ResourceState, Promise<boolean>>();
  const start = (resource: ResourceState): Promise<boolean> => {
    const known = started.get(resource);
    if (known) return known;
    const promise = (async () => {
      const ended = await Promise.all(dependentInstances(resource, resources).map(start));
      return ended.every(Boolean) && task(resource);
    })();
    started.set(resource, promise);
    return promise;
  };
  await Promise.all(resources.map(start));
}

/** All resources that depend on one, directly or not. */
export function dependentsOf(urn: string, resources: readonly ResourceState[]): ResourceState[] {
  const found = new Set<ResourceState>();
  const visit = (target: string) => {
    for (const resource of resources) {
      if (found.has(resource) || !dependenciesOf(resource).includes(target)) continue;
      found.add(resource);
      visit(resource.urn);
    }
  };
  visit(urn);
  return [...found];
}

// An old instance and its replacement share a URN. An old instance depends on old ones where there are any; without this rule,
// two resources that changed the direction of their dependency would wait for each other for ever.
function dependentInstances(resource: ResourceState, all: readonly ResourceState[]): ResourceState[] {
  const dependents = all.filter(
    (other) => other !== resource && dependenciesOf(other).includes(resource.urn),
  );
  if (resource.pendingDelete) return dependents.filter((other) => other.pendingDelete);
  const hasOldInstance = all.some((other) => other.pendingDelete && other.urn === resource.urn);
  return dependents.filter((other) => !other.pendingDelete || !hasOldInstance);
}
