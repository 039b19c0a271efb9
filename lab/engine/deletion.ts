import { forEachDependentsFirst } from "./graph";
import type { Limiter } from "./limiter";
import { toInstance } from "./plan";
import type { ProviderContext, ProviderRegistry } from "./providers/provider";
import type { Recorder } from "./recorder";
import type { ResourceState, StateStore } from "./state";

/** What deletions need. */
export interface DeletionTools {
  state: StateStore;
  registry: ProviderRegistry;
  recorder: Recorder;
  limiter: Pick<Limiter, "run">;
  preview: boolean;
  contextOf: (resource: ResourceState) => ProviderContext;
  isCancelled: () => boolean;
}

/**
 * Deletes resources, dependents first. What is `deletedWith` another one of them, or `retainOnDelete`, is only forgotten.
 * Failures are recorded; what a resource that could not be deleted depends on stays.
 */
export async function deleteResources(
  resources: readonly ResourceState[],
  tools: DeletionTools,
): Promise<void> {
  const deleted = new Set(resources.map(({ urn }) => urn));
  await forEachDependentsFirst(resources, async (resource) => {
    const operation = resource.pendingDelete ? "delete-replaced" : "delete";
    if (tools.isCancelled()) return false;
    return tools.limiter.run(async () => {
      const step = tools.recorder.start(operation, resource);
      try {
        if (resource.protect) {
          throw new Error(
            `${resource.urn} is protected and cannot be deleted; take "protect" away, run up, and try again`,
          );
        }
        const goesWithAnother = resource.deletedWith !== "" && deleted.has(resource.deletedWith);
        if (!goesWithAnother && !resource.retainOnDelete) await deleteInstance(resource, tools);
        tools.state.remove(resource);
        tools.state.end(resource.urn);
        step.done();
        return true;
      } catch (error) {
        tools.state.end(resource.urn);
        step.failed(error as Error);
        return false;
      }
    });
  });
}

async function deleteInstance(resource: ResourceState, tools: DeletionTools): Promise<void> {
  if (tools.preview || !resource.custom) return;
  const provider = tools.registry.get(resource.type);
  tools.state.begin(resource.urn, "delete");
  await provider.delete(toInstance(resource), tools.contextOf(resource));
}
