import { systemOfImage } from "./catalogue";
import type { DropletMachines } from "./machines";
import { timestamp, type Store, type StoredAction, type StoredDroplet } from "./store";

/**
 * What goes on with droplets behind the API: an answer says that something has begun, and actions and droplets tell how far it is.
 * One thing at a time for each droplet; what a stopped process left unfinished begins anew with `resume`.
 */
export class DropletWork {
  private readonly running = new Map<number, Promise<void>>();

  constructor(
    private readonly store: Store,
    private readonly machines: DropletMachines,
    private readonly log: (line: string) => void,
  ) {}

  /** Makes the machine of a new droplet. A droplet whose machine cannot be made is gone again. */
  create(droplet: StoredDroplet): StoredAction {
    const action = this.note(droplet, "create", {});
    this.enqueue(droplet, () => this.makeMachine(droplet, action));
    return action;
  }

  /** Runs an action of a droplet; what it changes is seen when it is completed. */
  act(droplet: StoredDroplet, type: string, parameters: Record<string, unknown> = {}): StoredAction {
    const action = this.note(droplet, type, parameters);
    this.enqueue(droplet, () => this.perform(droplet, action));
    return action;
  }

  /** Removes a droplet and its machine; until that is gone the droplet is still there. */
  delete(droplet: StoredDroplet): void {
    droplet.deleting = true;
    this.enqueue(droplet, async () => {
      await this.machines.remove(droplet.machine);
      this.forget(droplet);
    });
  }

  /** Whether something is being done with a droplet that exists, so that nothing else can begin. */
  isBusy(droplet: StoredDroplet): boolean {
    return this.unfinished(droplet).some(({ type }) => type !== "create");
  }

  resume(): void {
    for (const droplet of [...this.store.account.droplets]) {
      for (const action of this.unfinished(droplet)) {
        this.enqueue(droplet, () =>
          action.type === "create" ? this.makeMachine(droplet, action) : this.perform(droplet, action),
        );
      }
      if (droplet.deleting) this.delete(droplet);
    }
  }

  /** Waits until nothing goes on any more. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running.values());
  }

  private unfinished({ id }: StoredDroplet): StoredAction[] {
    return this.store.account.actions.filter(
      (action) => action.resource_id === id && action.status === "in-progress",
    );
  }

  private note(droplet: StoredDroplet, type: string, parameters: Record<string, unknown>): StoredAction {
    const action: StoredAction = {
      ...{ id: this.store.nextId(), status: "in-progress", type, parameters },
      ...{ started_at: timestamp(), completed_at: null, resource_id: droplet.id, region: droplet.region },
    };
    this.store.account.actions.push(action);
    return action;
  }

  // Failures are told in the log and in the action; nobody waits for the task itself.
  private enqueue(droplet: StoredDroplet, task: () => Promise<void>): void {
    const before = this.running.get(droplet.id) ?? Promise.resolve();
    const current: Promise<void> = before
      // The request that began it is answered first.
      .then(() => new Promise((resolve) => setImmediate(resolve)))
      .then(task)
      .catch((error: unknown) => {
        this.log(`Droplet ${droplet.name} (${droplet.id}): ${(error as Error).message}`);
      })
      .finally(() => {
        if (this.running.get(droplet.id) === current) this.running.delete(droplet.id);
        this.store.save();
      });
    this.running.set(droplet.id, current);
  }

  private async makeMachine(droplet: StoredDroplet, action: StoredAction): Promise<void> {
    const seed = droplet.seed ?? { authorizedKeys: [], userData: "" };
    try {
      const { address, address6 } = await this.machines.create({
        ...{ ...seed, id: droplet.id, machine: droplet.machine, hostname: droplet.name },
        system: systemOfImage(droplet.image),
      });
      Object.assign(droplet, { address, address6, status: "active" });
      delete droplet.seed;
      finish(action, "completed");
    } catch (error) {
      finish(action, "errored");
      await this.machines.remove(droplet.machine).catch(() => undefined);
      this.forget(droplet);
      throw error;
    }
  }

  private async perform(droplet: StoredDroplet, action: StoredAction): Promise<void> {
    try {
      await this.change(droplet, action);
      finish(action, "completed");
    } catch (error) {
      finish(action, "errored");
      throw error;
    }
  }

  private async change(droplet: StoredDroplet, { type, parameters }: StoredAction): Promise<void> {
    switch (type) {
      case "power_on":
        await this.machines.switchOn(droplet.machine);
        droplet.status = "active";
        return;
      case "power_off":
      case "shutdown":
        await this.machines.switchOff(droplet.machine, type === "power_off");
        droplet.status = "off";
        return;
      case "reboot":
      case "power_cycle":
        await this.machines.switchOff(droplet.machine, type === "power_cycle");
        await this.machines.switchOn(droplet.machine);
        return;
      default:
        // What the simulator only remembers.
        Object.assign(droplet, parameters);
    }
  }

  private forget(droplet: StoredDroplet): void {
    const { account } = this.store;
    account.droplets = account.droplets.filter(({ id }) => id !== droplet.id);
    for (const firewall of account.firewalls)
      firewall.droplet_ids = firewall.droplet_ids.filter((id) => id !== droplet.id);
  }
}

function finish(action: StoredAction, status: "completed" | "errored"): void {
  action.status = status;
  action.completed_at = timestamp();
}
