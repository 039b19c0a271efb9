/** An inventory of Ansible as data, whatever form it was written in. */

/** Variables by name. */
export type Variables = Record<string, unknown>;

/** A group as it was written. */
export interface Group {
  /** Hosts of the group, with the variables that they have there. */
  hosts: Map<string, Variables>;
  /** Names of the groups in it. */
  children: Set<string>;
  variables: Variables;
}

/** What stands for a value that Ansible Vault encrypts. */
export const vault = Symbol("encrypted by Ansible Vault");

/** Groups by name. */
export class Inventory {
  private readonly groups = new Map<string, Group>();

  /** The group of a name; made when it is first named. */
  group(name: string): Group {
    const group = this.groups.get(name) ?? { hosts: new Map(), children: new Set(), variables: {} };
    this.groups.set(name, group);
    return group;
  }

  /** Adds hosts to a group with variables. */
  add(group: string, hosts: string[], variables: Variables = {}): void {
    const { hosts: known } = this.group(group);
    for (const host of hosts) known.set(host, { ...known.get(host), ...variables });
  }

  /** Names of all groups, `all` included. */
  groupNames(): string[] {
    return [...new Set(["all", ...this.groups.keys()])];
  }

  /** Names of all hosts, in the order in which they were written. */
  hostNames(): string[] {
    return [...new Set([...this.groups.values()].flatMap(({ hosts }) => [...hosts.keys()]))];
  }

  /** Hosts of a group and of all groups in it; undefined if there is no such group. */
  members(name: string): string[] | undefined {
    if (name === "all") return this.hostNames();
    if (!this.groups.has(name)) return undefined;
    return [
      ...new Set([...this.below(name)].flatMap((each) => [...(this.groups.get(each)?.hosts.keys() ?? [])])),
    ];
  }

  /**
   * The variables of a host, as Ansible merges them: of `all`, then of its groups, a group after those that it is in and groups of one
   * depth by `ansible_group_priority` and name, and last its own.
   */
  variablesOf(host: string): Variables {
    const priority = (name: string) =>
      Number(this.groups.get(name)?.variables["ansible_group_priority"] ?? 1);
    const groups = [...this.groups.keys()]
      .filter((name) => name !== "all" && this.members(name)?.includes(host))
      .map((name) => ({ name, depth: this.depthOf(name), priority: priority(name) }))
      .sort(
        (one, other) =>
          one.depth - other.depth || one.priority - other.priority || (one.name < other.name ? -1 : 1),
      );
    const own = [...this.groups.values()].map(({ hosts }) => hosts.get(host) ?? {});
    const merged: Variables = Object.assign(
      {},
      this.groups.get("all")?.variables,
      ...groups.map(({ name }) => this.groups.get(name)?.variables),
      ...own,
    ) as Variables;
    delete merged["ansible_group_priority"];
    return merged;
  }

  /** The group and all groups in it; groups in circles are visited once. */
  private below(name: string, seen = new Set<string>()): Set<string> {
    if (seen.has(name)) return seen;
    seen.add(name);
    this.groups.get(name)?.children.forEach((child) => this.below(child, seen));
    return seen;
  }

  private depthOf(name: string, seen: string[] = []): number {
    const parents = [...this.groups].filter(
      ([parent, { children }]) => parent !== "all" && children.has(name) && !seen.includes(parent),
    );
    return 1 + Math.max(0, ...parents.map(([parent]) => this.depthOf(parent, [...seen, name])));
  }
}
