import { marker } from "../host/marker";
import { renderYaml } from "../host/yamlText";
import { ruleGroupsFile } from "./prometheusLayout";

/** The text of a rule file with these groups, in upstream's own field names. */
export function renderPrometheusRules(groups: object[]): string {
  return `${marker}\n` + renderYaml({ groups });
}

/** All rule files by name: the user's texts, and one for typed groups, if there are any. */
export function ruleFilesOf(texts: Record<string, string>, groups: object[]): Record<string, string> {
  return { ...texts, ...(groups.length > 0 ? { [ruleGroupsFile]: renderPrometheusRules(groups) } : {}) };
}
