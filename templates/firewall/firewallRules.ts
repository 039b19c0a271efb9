/** Who may come in where, as data that is known. */
export interface FirewallRule {
  protocol: string;
  port: number;
  /** Addresses and networks; empty means everybody. */
  sources: string[];
  networkInterface?: string;
  purpose: string;
}

/**
 * One rule for each protocol, port and interface, in this order. Sources of rules for the same are joined, and a rule for everybody
 * lets everybody in.
 */
export function mergeRules(rules: FirewallRule[]): FirewallRule[] {
  const merged = new Map<string, FirewallRule[]>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.protocol, rule.port, rule.networkInterface ?? ""]);
    merged.set(key, [...(merged.get(key) ?? []), rule]);
  }
  return [...merged.values()].map(mergeSame).sort(compareRules);
}

function mergeSame(rules: FirewallRule[]): FirewallRule {
  const purposes = [...new Set(rules.map(({ purpose }) => purpose))].sort();
  const forEverybody = rules.some(({ sources }) => sources.length === 0);
  return {
    ...(rules[0] as FirewallRule),
    sources: forEverybody ? [] : rules.flatMap(({ sources }) => sources),
    purpose: purposes.join(", "),
  };
}

function compareRules(a: FirewallRule, b: FirewallRule): number {
  return (
    compareTexts(a.protocol, b.protocol) ||
    a.port - b.port ||
    compareTexts(a.networkInterface ?? "", b.networkInterface ?? "")
  );
}

// Not by locale: the same everywhere.
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
