import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { PropertyMap, PropertyValue } from "./values";

/** What the engine remembers of one resource. */
export interface ResourceState {
  urn: string;
  type: string;
  name: string;
  /** False for components, which are nothing but their children. */
  custom: boolean;
  id: string;
  parent: string;
  /** `urn::id` of the provider resource; empty for the default provider. */
  provider: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  deletedWith: string;
  protect: boolean;
  retainOnDelete: boolean;
  additionalSecretOutputs: string[];
  replacementTrigger?: PropertyValue;
  /** An old instance whose replacement exists; it is removed at the end of a run. */
  pendingDelete?: boolean;
}

/** An operation that had begun when the state was written. Found at the start of a run, it was cut off. */
export interface PendingOperation {
  urn: string;
  operation: string;
}

interface StateFile {
  notice: string;
  version: 1;
  project: string;
  stack: string;
  outputs: PropertyMap;
  resources: ResourceState[];
  pending: PendingOperation[];
}

const notice =
  "State of ha-monitoring's embedded engine, for its lab and tests only. Secrets are in the clear; the file's mode protects them.";

/**
 * The state of one stack: a JSON file that only its owner may read. Each change is written to a new file that then takes the old one's
 * place, so a run that is killed leaves the state of its last finished step.
 */
export class StateStore {
  private content: StateFile;
  /** What a killed run had begun and not finished. */
  readonly interrupted: readonly PendingOperation[];

  /**
   * @param path the file; it need not exist.
   * @param readOnly for a preview: changes stay in memory.
   * @throws if the file belongs to another project or stack, or is not ours.
   */
  constructor(
    private readonly path: string,
    project: string,
    stack: string,
    private readonly readOnly: boolean,
  ) {
    this.content = loadState(path, project, stack);
    this.interrupted = this.content.pending;
    this.content.pending = [];
  }

  /** All resources, old instances that await their removal included. */
  get resources(): readonly ResourceState[] {
    return this.content.resources;
  }

  /** The stack's outputs after the last run. */
  get outputs(): PropertyMap {
    return this.content.outputs;
  }

  set outputs(outputs: PropertyMap) {
    this.content.outputs = outputs;
  }

  /** The living instance of a resource. */
  find(urn: string): ResourceState | undefined {
    return this.content.resources.find((resource) => resource.urn === urn && !resource.pendingDelete);
  }

  /** Puts a resource in the place of its living instance, or at the end. */
  put(resource: ResourceState): void {
    const index = this.content.resources.findIndex(
      (other) => other.urn === resource.urn && !other.pendingDelete,
    );
    if (index < 0) this.content.resources.push(resource);
    else this.content.resources[index] = resource;
  }

  /** Marks the living instance as one that its replacement has made superfluous. */
  retire(urn: string): void {
    const living = this.find(urn);
    if (living) living.pendingDelete = true;
  }

  /** Forgets one instance. */
  remove(resource: ResourceState): void {
    this.content.resources = this.content.resources.filter((other) => other !== resource);
  }

  /** Notes that an operation begins. */
  begin(urn: string, operation: string): void {
    this.content.pending.push({ urn, operation });
    this.save();
  }

  /** Notes that the operation on a resource has ended, well or not. */
  end(urn: string): void {
    this.content.pending = this.content.pending.filter((pending) => pending.urn !== urn);
    this.save();
  }

  /** Writes the file, mode 0600. */
  save(): void {
    if (this.readOnly) return;
    mkdirSync(dirname(this.path), { recursive: true });
    const temporary = `${this.path}.${process.pid}.tmp`;
    const file = openSync(temporary, "w", 0o600);
    writeSync(file, `${JSON.stringify(this.content, null, 2)}\n`);
    fsyncSync(file);
    closeSync(file);
    renameSync(temporary, this.path);
  }
}

function loadState(path: string, project: string, stack: string): StateFile {
  const empty: StateFile = { notice, version: 1, project, stack, outputs: {}, resources: [], pending: [] };
  if (!existsSync(path)) return empty;
  let content: StateFile;
  try {
    content = JSON.parse(readFileSync(path, "utf8")) as StateFile;
  } catch (error) {
    throw new Error(
      `state file ${path} is not JSON: ${(error as Error).message}; restore it or move it away`,
      { cause: error },
    );
  }
  if (content.version !== 1 || !Array.isArray(content.resources)) {
    throw new Error(
      `state file ${path} is not of the embedded engine, version 1; move it away or name another file`,
    );
  }
  if (content.project !== project || content.stack !== stack) {
    throw new Error(
      `state file ${path} belongs to ${content.project}/${content.stack}, not to ${project}/${stack}; name another file`,
    );
  }
  return { ...empty, ...content };
}
