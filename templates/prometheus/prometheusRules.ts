import { stringify } from "yaml";
import { marker } from "../host/marker";

/** The text of a rule file with these groups, in upstream's own field names. */
export function renderPrometheusRules(groups: object[]): string {
  return `${marker}\n` + stringify({ groups }, { lineWidth: 0 });
}
