import { diffProperties, matchesPath, splitPath, type PropertyDiff } from "./diff";
import type { Instance, ProviderContext, ResourceProvider } from "./providers/provider";
import type { Registration } from "./registration";
import type { ResourceState } from "./state";
import {
  displayValue,
  equalValues,
  isObject,
  isSecret,
  revealAll,
  type PropertyMap,
  type PropertyValue,
} from "./values";

/** What is to be done with a resource. */
export interface Plan {
  operation: "same" | "create" | "update" | "replace";
  /** The program's inputs and the provider's defaults, with secret markers. */
  inputs: PropertyMap;
  /** What to show of the change. */
  diff: PropertyDiff[];
  deleteBeforeReplace: boolean;
}

/** What a plan is made of. */
export interface PlanRequest {
  registration: Registration;
  /** The instance that the state has. */
  old: ResourceState | undefined;
  /** Undefined for components. */
  provider: ResourceProvider | undefined;
  context: ProviderContext;
  /** URNs that this run replaces. */
  replaced: ReadonlySet<string>;
  /** The inputs for which the old instance is gone already: something that it takes them from had to be deleted before its replacement. */
  deletedEarlyFor: string[] | undefined;
}

/**
 * Decides what happens to a resource. Touches nothing.
 *
 * @throws what the provider's `check` throws.
 */
export function planResource(request: PlanRequest): Plan {
  const { registration, old, provider, context } = request;
  const requested = old ? keepIgnored(registration, old.inputs) : registration.inputs;
  const oldInstance = old && toInstance(old);
  const inputs = provider
    ? { ...provider.check(revealAll(requested), oldInstance, context), ...requested }
    : requested;
  if (!old || !oldInstance) {
    return {
      operation: "create",
      inputs,
      diff: shown(registration, {}, inputs, []),
      deleteBeforeReplace: false,
    };
  }
  const { changed, replace, deleteBeforeReplace } = provider
    ? provider.diff(oldInstance, revealAll(inputs), context)
    : { changed: changedKeys(old.inputs, inputs), replace: [], deleteBeforeReplace: false };
  const replaceReasons = [
    ...new Set([
      ...replace,
      ...replaceRequests(request, inputs, changed),
      ...(request.deletedEarlyFor ?? []),
    ]),
  ];
  const replaces =
    request.deletedEarlyFor !== undefined || (registration.custom && replaceReasons.length > 0);
  return {
    operation: replaces ? "replace" : changed.length > 0 ? "update" : "same",
    inputs,
    diff: shown(
      registration,
      pickKeys(old.inputs, changed),
      pickKeys(inputs, changed),
      replaceReasons,
    ).concat(
      replaceReasons.filter((reason) => !changed.includes(reason)).map((reason) => reasonDiff(reason, old)),
    ),
    // What the provider needs is about its own reasons to replace.
    deleteBeforeReplace: registration.deleteBeforeReplace ?? (replace.length > 0 && deleteBeforeReplace),
  };
}

/** A resource as a provider sees it. */
export function toInstance(resource: ResourceState): Instance {
  return { id: resource.id, inputs: revealAll(resource.inputs), outputs: revealAll(resource.outputs) };
}

/** Top-level inputs that differ. */
export function changedKeys(old: PropertyMap, next: PropertyMap): string[] {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])].filter(
    (key) => !key.startsWith("__"),
  );
  return keys.filter((key) => !equalValues(old[key], next[key]));
}

// What the program itself asks for, beyond what the provider needs.
function replaceRequests(
  { registration, old, replaced }: PlanRequest,
  inputs: PropertyMap,
  changed: string[],
): string[] {
  const oldInputs = old?.inputs ?? {};
  const byOption = changed.filter((key) =>
    diffProperties(pickKeys(oldInputs, [key]), pickKeys(inputs, [key])).some(({ path }) =>
      matchesPath(path, registration.replaceOnChanges),
    ),
  );
  const [before, trigger] = [old?.replacementTrigger ?? null, registration.replacementTrigger ?? null];
  // As in the real engine, a trigger that is new, or gone, replaces nothing.
  const byTrigger = before !== null && trigger !== null && !equalValues(before, trigger);
  const byOther = registration.replaceWith.some((urn) => replaced.has(urn));
  return [...byOption, ...(byTrigger ? ["replacementTrigger"] : []), ...(byOther ? ["replaceWith"] : [])];
}

function shown(
  registration: Registration,
  old: PropertyMap,
  next: PropertyMap,
  reasons: string[],
): PropertyDiff[] {
  return diffProperties(old, next, reasons).filter(({ path }) => !matchesPath(path, registration.hideDiffs));
}

// A reason to replace that is no changed input: a certificate due for renewal, a trigger.
function reasonDiff(reason: string, old: ResourceState): PropertyDiff {
  const known = old.outputs[reason];
  return {
    path: reason,
    kind: "update",
    ...(known === undefined ? {} : { old: displayValue(known) }),
    new: "[unknown]",
    replaces: true,
  };
}

function pickKeys(properties: PropertyMap, keys: readonly string[]): PropertyMap {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => keys.includes(key)));
}

function keepIgnored(registration: Registration, old: PropertyMap): PropertyMap {
  return registration.ignoreChanges.reduce<PropertyMap>(
    (inputs, pattern) => (restore(inputs, old, splitPath(pattern)) ?? {}) as PropertyMap,
    registration.inputs,
  );
}

// The new value with the part at a path taken from the old one; "*" stands for every key of both.
function restore(
  next: PropertyValue | undefined,
  old: PropertyValue | undefined,
  path: string[],
): PropertyValue | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return old;
  if (isSecret(next) && isObject(next)) {
    const oldValue = isSecret(old) && isObject(old) ? old["value"] : old;
    return { ...next, value: restore(next["value"], oldValue, path) ?? null };
  }
  if (Array.isArray(next)) {
    const oldItems = Array.isArray(old) ? old : [];
    return next.map((item, index) =>
      key === "*" || key === String(index) ? (restore(item, oldItems[index], rest) ?? item) : item,
    );
  }
  if (!isObject(next)) return next;
  const oldObject = isObject(old) ? old : {};
  const result = { ...next };
  for (const name of key === "*" ? new Set([...Object.keys(next), ...Object.keys(oldObject)]) : [key]) {
    const value = restore(next[name], oldObject[name], rest);
    if (value === undefined) delete result[name];
    else result[name] = value;
  }
  return result;
}
