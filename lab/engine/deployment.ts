import { deleteResources, type DeletionTools } from "./deletion";
import { dependentsOf } from "./graph";
import type { Limiter } from "./limiter";
import type { ProgramListener } from "./monitor";
import { assembleOutputs, plannedOutputs, secretNamesOf } from "./outputs";
import { planResource, toInstance, type Plan, type PlanRequest } from "./plan";
import type { Created, ProviderContext, ProviderRegistry, ResourceProvider } from "./providers/provider";
import type { Recorder, Subject } from "./recorder";
import type { Registration } from "./registration";
import type { ResourceState, StateStore } from "./state";
import { markSecret, revealAll, unknownMarker, type PropertyMap } from "./values";

/** What a deployment works with. */
export interface DeploymentOptions {
  state: StateStore;
  registry: ProviderRegistry;
  recorder: Recorder;
  limiter: Limiter;
  preview: boolean;
  /** Inputs of default providers, by package. */
  defaultConfiguration: Record<string, PropertyMap>;
  /** The current time. */
  now: () => Date;
  workDirectory: string;
}

/** Turns what a program registers into operations, and the state into what the program says. */
export class Deployment implements ProgramListener {
  private readonly registered = new Set<string>();
  private readonly replaced = new Set<string>();
  // With the inputs for which each of them had to go.
  private readonly deletedEarly = new Map<string, { old: ResourceState; causes: string[] }>();
  private cancelled = false;

  constructor(private readonly options: DeploymentOptions) {}

  /** Begins no further operation; those that run are finished. */
  cancel(): void {
    this.cancelled = true;
  }

  async register(registration: Registration): Promise<{ id: string; outputs: PropertyMap }> {
    if (this.cancelled) throw new Error("cancelled before it began");
    if (this.registered.has(registration.urn)) {
      throw new Error(`two resources have the URN ${registration.urn}; give one of them another name`);
    }
    this.registered.add(registration.urn);
    const { recorder, registry } = this.options;
    const early = this.deletedEarly.get(registration.urn);
    const old = early?.old ?? this.options.state.find(registration.urn);
    const provider = registration.custom ? registry.get(registration.type) : undefined;
    const context = this.contextOf(registration);
    const plan = this.plan({
      ...{ registration, old, provider, context },
      replaced: this.replaced,
      deletedEarlyFor: early?.causes,
    });
    if (plan.operation === "same" && old) {
      recorder.same(registration);
      return this.remember(registration, plan, old.id, old.outputs);
    }
    // A component has no operation of its own that would be worth a place among those that run at a time.
    if (!provider) return this.perform(registration, plan, undefined, old, context);
    return this.options.limiter.run(() => this.perform(registration, plan, provider, old, context));
  }

  registrationFailed(urn: string, error: Error): void {
    if (!this.options.recorder.hasErrorOf(urn)) this.options.recorder.error(error.message, urn);
  }

  registerOutputs(urn: string, outputs: PropertyMap): void {
    const resource = this.options.state.find(urn);
    if (resource) resource.outputs = outputs;
  }

  /** Deletes what the program no longer has, and the old instances of what was replaced; nothing if anything failed. */
  async deleteSuperfluous(): Promise<void> {
    if (this.options.recorder.errors.length > 0 || this.cancelled) return;
    const superfluous = this.options.state.resources.filter(
      (resource) => resource.pendingDelete === true || !this.registered.has(resource.urn),
    );
    await deleteResources(superfluous, this.deletionTools());
  }

  /** Deletes everything. */
  async destroy(): Promise<void> {
    await deleteResources([...this.options.state.resources], this.deletionTools());
  }

  private plan(request: PlanRequest): Plan {
    try {
      return planResource(request);
    } catch (error) {
      this.options.recorder
        .start(request.old ? "update" : "create", request.registration)
        .failed(error as Error);
      throw error;
    }
  }

  private async perform(
    registration: Registration,
    plan: Plan,
    provider: ResourceProvider | undefined,
    old: ResourceState | undefined,
    context: ProviderContext,
  ): Promise<{ id: string; outputs: PropertyMap }> {
    if (plan.operation === "replace") await this.prepareReplacement(registration, plan, old);
    const { state, recorder, preview } = this.options;
    const step = recorder.start(plan.operation, registration, plan.diff);
    try {
      const { id, outputs } = preview
        ? this.foresee(registration, plan, provider, old, context)
        : await this.operate(registration, plan, provider, old, context);
      const result = this.remember(registration, plan, id, outputs);
      step.done();
      return result;
    } catch (error) {
      step.failed(error as Error);
      throw error;
    } finally {
      state.end(registration.urn);
    }
  }

  private async operate(
    registration: Registration,
    plan: Plan,
    provider: ResourceProvider | undefined,
    old: ResourceState | undefined,
    context: ProviderContext,
  ): Promise<Created> {
    if (!provider) return { id: "", outputs: plan.inputs };
    const inputs = revealAll(plan.inputs);
    const secretNames = secretNamesOf(registration, provider.secretOutputs?.[registration.type]);
    this.options.state.begin(registration.urn, plan.operation);
    if (plan.operation === "update" && old) {
      const computed = await provider.update(toInstance(old), inputs, context);
      return { id: old.id, outputs: assembleOutputs(plan.inputs, computed, secretNames) };
    }
    const created = await provider.create(inputs, context);
    return { id: created.id, outputs: assembleOutputs(plan.inputs, created.outputs, secretNames) };
  }

  private foresee(
    registration: Registration,
    plan: Plan,
    provider: ResourceProvider | undefined,
    old: ResourceState | undefined,
    context: ProviderContext,
  ): Created {
    const secretNames = secretNamesOf(registration, provider?.secretOutputs?.[registration.type]);
    if (plan.operation !== "update" || !old)
      return { id: "", outputs: plannedOutputs(plan.inputs, secretNames) };
    const kept = { ...old.outputs, ...assembleOutputs(plan.inputs, {}, secretNames) };
    const inputs = revealAll(plan.inputs);
    for (const name of provider?.outputsUnknownInUpdate(toInstance(old), inputs, context) ?? []) {
      kept[name] = secretNames.includes(name) ? markSecret(unknownMarker) : unknownMarker;
    }
    return { id: old.id, outputs: kept };
  }

  // Makes room for a replacement: removes what cannot exist beside it, or sets the old instance aside for the end of the run.
  private async prepareReplacement(
    registration: Registration,
    plan: Plan,
    old: ResourceState | undefined,
  ): Promise<void> {
    this.replaced.add(registration.urn);
    if (!old || this.deletedEarly.has(registration.urn)) return;
    if (old.protect)
      throw new Error(`${old.urn} is protected and cannot be replaced; take "protect" away and try again`);
    if (!plan.deleteBeforeReplace) return;
    const dependents = this.dependentsToReplace(registration);
    const first = [old, ...dependents.keys()];
    for (const resource of first) {
      resource.pendingDelete = true;
      this.deletedEarly.set(resource.urn, { old: resource, causes: dependents.get(resource) ?? [] });
      this.replaced.add(resource.urn);
    }
    // Runs beside the limiter: this operation holds a place in it already and must not wait for another.
    await deleteResources(first, { ...this.deletionTools(), limiter: unlimited });
    const remaining = first.filter((resource) => this.options.state.resources.includes(resource));
    for (const resource of remaining) {
      resource.pendingDelete = false;
      this.deletedEarly.delete(resource.urn);
    }
    if (remaining.length > 0) {
      throw new Error("its old instance could not be deleted, and the new one cannot exist beside it");
    }
  }

  // Dependents that could not stay as they are while this resource is away, those which would need a new instance themselves,
  // with the inputs for which they would.
  private dependentsToReplace(registration: Registration): Map<ResourceState, string[]> {
    const living = this.options.state.resources.filter((resource) => !resource.pendingDelete);
    const candidates = dependentsOf(registration.urn, living).filter(
      (resource) => resource.custom && !this.registered.has(resource.urn),
    );
    const gone = new Set([registration.urn]);
    const isAffected = (candidate: ResourceState) =>
      !gone.has(candidate.urn) && this.replacingInputs(candidate, gone).length > 0;
    for (let next = candidates.find(isAffected); next; next = candidates.find(isAffected)) gone.add(next.urn);
    return new Map(
      candidates
        .filter(({ urn }) => gone.has(urn))
        .map((candidate) => [candidate, this.replacingInputs(candidate, gone)]),
    );
  }

  // The inputs for which a resource would need a new instance if what it takes from others were not known yet.
  private replacingInputs(resource: ResourceState, gone: ReadonlySet<string>): string[] {
    const unknown = Object.entries(resource.propertyDependencies)
      .filter(([, urns]) => urns.some((urn) => gone.has(urn)))
      .map(([key]) => [key, unknownMarker]);
    const inputs: PropertyMap = {
      ...revealAll(resource.inputs),
      ...(Object.fromEntries(unknown) as PropertyMap),
    };
    const provider = this.options.registry.get(resource.type);
    return provider.diff(toInstance(resource), inputs, this.contextOf(resource)).replace;
  }

  private remember(
    registration: Registration,
    plan: Plan,
    id: string,
    outputs: PropertyMap,
  ): { id: string; outputs: PropertyMap } {
    if (plan.operation === "replace") this.options.state.retire(registration.urn);
    const { urn, type, name, custom, parent, provider, deletedWith, protect, retainOnDelete } = registration;
    this.options.state.put({
      ...{ urn, type, name, custom, id, parent, provider, inputs: plan.inputs, outputs },
      dependencies: registration.dependencies,
      propertyDependencies: registration.propertyDependencies,
      additionalSecretOutputs: registration.additionalSecretOutputs,
      ...{ deletedWith, protect, retainOnDelete },
      ...(registration.replacementTrigger === undefined
        ? {}
        : { replacementTrigger: registration.replacementTrigger }),
    });
    return { id, outputs };
  }

  private contextOf(subject: Subject & { provider: string }): ProviderContext {
    const { state, defaultConfiguration, now, workDirectory } = this.options;
    const packageName = subject.type.split(":")[0] ?? "";
    const providerUrn = subject.provider.slice(0, Math.max(0, subject.provider.lastIndexOf("::")));
    const provider = providerUrn === "" ? undefined : state.find(providerUrn);
    return {
      ...{ urn: subject.urn, name: subject.name, type: subject.type, now: now(), workDirectory },
      configuration: provider ? revealAll(provider.inputs) : (defaultConfiguration[packageName] ?? {}),
      interrupted: state.interrupted.some(
        ({ urn, operation }) => urn === subject.urn && operation !== "delete",
      ),
    };
  }

  private deletionTools(): DeletionTools {
    const { state, registry, recorder, limiter, preview } = this.options;
    return {
      ...{ state, registry, recorder, limiter, preview },
      contextOf: (resource) => this.contextOf(resource),
      isCancelled: () => this.cancelled,
    };
  }
}

const unlimited: Pick<Limiter, "run"> = { run: (task) => task() };
