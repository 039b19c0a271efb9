import { discoveryRules } from "./discoveryRules";
import { isZeroDuration, parseDuration } from "./durations";
import { httpClientRules } from "./httpClientRules";
import { placeholder } from "./known";
import { problemAt, type Problem } from "./problem";
import { isGiven, needs, needsOneOf, oneOfTexts, type SectionRules } from "./upstreamRules";

type Mapping = Readonly<Record<string, unknown>>;

/** What Prometheus refuses of a configuration and of rule files whose fields it knows: UnmarshalYAML and Validate of its structs. */
export const prometheusRules: SectionRules = {
  ...httpClientRules,
  ...discoveryRules,
  "config.ScrapeConfig": ({ value }) => [
    ...timeoutProblems(value),
    ...targetProblems(value),
    // promtool takes any, and Prometheus then drops the targets.
    ...oneOfTexts(value.scheme, "scheme", ["http", "https"]),
  ],
  "config.RemoteReadConfig": ({ value }) => needs(value, "url"),
  "targetgroup.Group": ({ value }) => emptyTargetProblems(value),
  "relabel.Config": ({ value }) => relabelProblems(value),
  "rulefmt.RuleGroup": ({ value }) => needs(value, "name"),
  "rulefmt.Rule": ({ value }) => [
    ...needsOneOf(value, ["record", "alert"]),
    ...problemAt(
      ["record"],
      isGiven(value.record) && isGiven(value.alert)
        ? "alert is given, too; leave one of them out"
        : undefined,
    ),
    ...needs(value, "expr"),
    ...["for", "keep_firing_for", "annotations"].flatMap((name) =>
      problemAt([name], recordedProblem(value, name)),
    ),
  ],
};

function timeoutProblems({ scrape_interval: interval, scrape_timeout: timeout }: Mapping): Problem[] {
  const [every, longest] = [interval, timeout].map((each) =>
    isGiven(each) ? parseDuration(String(each)) : undefined,
  );
  const isLonger = every !== undefined && longest !== undefined && every > 0 && longest > every;
  return problemAt(
    ["scrape_timeout"],
    isLonger
      ? `${String(timeout)} is longer than the scrape_interval of ${String(interval)}; make it at most as long`
      : undefined,
  );
}

function emptyTargetProblems({ targets }: Mapping): Problem[] {
  return (Array.isArray(targets) ? targets : []).flatMap((target: unknown, index) =>
    problemAt(
      ["targets", index],
      isGiven(target) ? undefined : "the target is empty; fill it in, or leave it out",
    ),
  );
}

function targetProblems({ relabel_configs: steps, static_configs: lists }: Mapping): Problem[] {
  // A step may make an address of it.
  if (!Array.isArray(lists) || (Array.isArray(steps) ? steps.length > 0 : isGiven(steps))) return [];
  return lists.flatMap((list: Mapping | null, index) => {
    const targets: unknown[] = Array.isArray(list?.targets) ? list.targets : [];
    return targets.flatMap((target, number) =>
      problemAt(
        ["static_configs", index, "targets", number],
        typeof target === "string" && target !== placeholder && target.includes("/")
          ? "a target is host:port; give the rest of its URL in scheme and metrics_path"
          : undefined,
      ),
    );
  });
}

const actions = [
  ...["replace", "keep", "drop", "hashmod", "labelmap", "labeldrop", "labelkeep"],
  ...["lowercase", "uppercase", "keepequal", "dropequal"],
];
const withTarget = ["replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"];

function relabelProblems(value: Mapping): Problem[] {
  const given = value.action ?? "replace";
  if (typeof given !== "string" || given === placeholder) return [];
  const action = given.toLowerCase();
  const isAlone = action === "labeldrop" || action === "labelkeep";
  return [
    ...oneOfTexts(action, "action", actions),
    ...(withTarget.includes(action) ? needs(value, "target_label") : []),
    ...(action === "hashmod" && !isGiven(value.modulus, 0) ? needs({}, "modulus") : []),
    ...["source_labels", "target_label"].flatMap((name) =>
      problemAt(
        [name],
        isAlone && isGiven(value[name], placeholder)
          ? `${action} has a regex and nothing else; leave this out`
          : undefined,
      ),
    ),
  ];
}

function recordedProblem(rule: Mapping, name: string): string | undefined {
  const value = rule[name];
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return isGiven(rule.record) &&
    !isGiven(rule.alert) &&
    isGiven(value, placeholder) &&
    !isEmpty &&
    !isZeroDuration(value)
    ? "it belongs to alerts, and this rule records a series; leave it out"
    : undefined;
}
