import { placeholder } from "./known";
import { matchersProblem } from "./matchers";
import { list, mapping } from "./mappings";
import { problemAt, under, type Path, type Problem } from "./problem";
import { regexSentence } from "./regexes";
import type { AlertmanagerYml } from "../templates/alertmanager/alertmanagerYml";

/** Checks the matchers of routes and of inhibition rules, in the newer form, a list of texts, and in the older one, by label. */
export function matcherProblems(config: AlertmanagerYml): Problem[] {
  return [
    ...under(["route"], routeMatchers(config.route)),
    ...under(["inhibit_rules"], inhibitionMatchers(config.inhibit_rules)),
  ];
}

function routeMatchers(route: unknown): Problem[] {
  const { matchers, match_re: regexes, routes } = mapping(route);
  return [
    ...textProblems(matchers, ["matchers"]),
    ...regexProblems(regexes, ["match_re"]),
    ...list(routes).flatMap((child, index) => under(["routes", index], routeMatchers(child))),
  ];
}

function inhibitionMatchers(rules: unknown): Problem[] {
  return list(rules).flatMap((rule, index) =>
    ["source", "target"].flatMap((side) => [
      ...textProblems(mapping(rule)[`${side}_matchers`], [index, `${side}_matchers`]),
      ...regexProblems(mapping(rule)[`${side}_match_re`], [index, `${side}_match_re`]),
    ]),
  );
}

function textProblems(matchers: unknown, path: Path): Problem[] {
  return list(matchers).flatMap((text, index) => {
    const says = typeof text === "string" && text !== placeholder ? matchersProblem(text) : undefined;
    return problemAt([...path, index], says);
  });
}

function regexProblems(regexes: unknown, path: Path): Problem[] {
  return Object.entries(mapping(regexes)).flatMap(([label, text]) => {
    const says = typeof text === "string" && text !== placeholder ? regexSentence(text) : undefined;
    return problemAt([...path, label], says);
  });
}
