import { stringify } from "yaml";

const marker = "# Written by ha-monitoring; changes made here are overwritten.\n";

/** The text of a rule file with these groups, in upstream's own field names. */
export function renderPrometheusRules(groups: object[]): string {
  return marker + stringify({ groups }, { lineWidth: 0 });
}
