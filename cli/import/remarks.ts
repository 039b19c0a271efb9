/** What could not be converted: hosts by variable and reason. Values have no place here, because they may be secret. */
export class Remarks {
  private readonly hosts = new Map<string, string[]>();
  /** Whether a host was left out. */
  omitted = false;

  add(host: string, variable: string, says: string): void {
    const key = `${variable}: ${says}`;
    this.hosts.set(key, [...(this.hosts.get(key) ?? []), host]);
  }

  /** Says why a host is left out. */
  leaveOut(host: string, variable: string, says: string): void {
    this.omitted = true;
    this.add(host, variable, `${says}; the host is left out`);
  }

  /** One line for each variable and reason, with all hosts. */
  lines(): string[] {
    return [...this.hosts].map(([says, hosts]) => `${[...new Set(hosts)].join(", ")}: ${says}`);
  }
}
