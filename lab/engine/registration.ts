import type * as resproto from "@pulumi/pulumi/proto/resource_pb";
import type { PropertyMap, PropertyValue } from "./values";

/** What a program says about one resource. */
export interface Registration {
  urn: string;
  type: string;
  name: string;
  custom: boolean;
  parent: string;
  provider: string;
  inputs: PropertyMap;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  /** Undefined if the program leaves it to the provider. */
  deleteBeforeReplace: boolean | undefined;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  replaceWith: string[];
  replacementTrigger: PropertyValue | undefined;
  hideDiffs: string[];
  additionalSecretOutputs: string[];
  deletedWith: string;
  protect: boolean;
  retainOnDelete: boolean;
}

/** The URN of a resource as the real engine makes it: all types from the stack down, the stack's own left out. */
export function makeUrn(project: string, stack: string, parent: string, type: string, name: string): string {
  const parentType = parent === "" ? "" : (parent.split("::")[2] ?? "");
  const prefix = parentType === "" || parentType === "pulumi:pulumi:Stack" ? "" : `${parentType}$`;
  return `urn:pulumi:${stack}::${project}::${prefix}${type}::${name}`;
}

/**
 * Reads a request of the SDK.
 *
 * @throws for options that the engine does not know: it ignores none in silence.
 */
export function parseRegistration(
  request: resproto.RegisterResourceRequest,
  project: string,
  stack: string,
): Registration {
  refuseUnknownOptions(request);
  const propertyDependencies: Record<string, string[]> = {};
  for (const [key, value] of request.getPropertydependenciesMap().entries() as Iterable<
    [string, resproto.RegisterResourceRequest.PropertyDependencies]
  >) {
    propertyDependencies[key] = value.getUrnsList();
  }
  return {
    urn: makeUrn(project, stack, request.getParent(), request.getType(), request.getName()),
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
    provider: request.getProvider(),
    inputs: request.getObject()?.toJavaScript() ?? {},
    dependencies: request.getDependenciesList(),
    propertyDependencies,
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    replaceWith: request.getReplaceWithList(),
    replacementTrigger: request.getReplacementTrigger()?.toJavaScript() as PropertyValue | undefined,
    hideDiffs: request.getHidediffsList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    deletedWith: request.getDeletedwith(),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
  };
}

function refuseUnknownOptions(request: resproto.RegisterResourceRequest): void {
  const unknown = [
    request.getImportid() && "import",
    request.getRemote() && "remote components",
    request.getTransformsList().length > 0 && "transforms",
    request.getStateMigrationsList().length > 0 && "stateMigrations",
    request.getAliasesList().length + request.getAliasurnsList().length > 0 && "aliases",
  ].filter(Boolean);
  if (unknown.length === 0) return;
  throw new Error(
    `${unknown.join(", ")}: not supported by the embedded engine, which is for the lab and tests only; ` +
      "take the option away or use the pulumi CLI",
  );
}
