import type { PrometheusServerArgs } from "../components/prometheus/prometheusServer";
import { isKnown, isPlain, withPlaceholders } from "./known";
import { formatPath, under, type Path, type Problem } from "./problem";
import { furtherConfig, ruleFileOf, ruleGroups as groupsField } from "./prometheusConfig";
import { prometheusRules } from "./prometheusRules";
import { softwareOf } from "./software";
import { prometheusFields } from "./upstream/prometheus";
import {
  nothingFound,
  upstreamFindings,
  type CheckedProgram,
  type UpstreamFindings,
} from "./upstreamFindings";

/** Arguments with a configuration of Prometheus, and where it runs. */
export type PrometheusConfiguration = Pick<
  PrometheusServerArgs,
  "config" | "rules" | "ruleGroups" | "runtime"
>;

/** What Prometheus' own fields say of its further configuration and of all rules, by the version that runs. */
export function prometheusFindings({
  config,
  rules,
  ruleGroups,
  runtime,
}: PrometheusConfiguration): UpstreamFindings {
  const { source, version } = softwareOf("prometheus", runtime?.software);
  const program: CheckedProgram = {
    table: prometheusFields,
    version: source === "apt" ? undefined : version,
    rules: prometheusRules,
    secretFix: ({ fileField }) =>
      `${fileField === undefined ? "" : `name a file on the host in ${fileField}, or `}give it as a secret of Pulumi`,
  };
  const files = isKnown(rules) ? Object.entries(rules ?? {}) : [];
  return together([
    config === undefined || !isKnown(config)
      ? nothingFound
      : at(["config"], configFindings(program, withPlaceholders(config), earlier(furtherConfig, config))),
    ruleGroups === undefined || !isKnown(ruleGroups)
      ? nothingFound
      : at(
          ["ruleGroups"],
          groupFindings(program, withPlaceholders(ruleGroups), earlier(groupsField, ruleGroups)),
        ),
    ...files.map(([name, text]) =>
      typeof text === "string"
        ? inFile(name, upstreamFindings(program, "rules", parsed(text)))
        : nothingFound,
    ),
  ]);
}

/** What is found already: it is not said twice. */
function earlier(field: { problems: (value: never) => Problem[] }, value: unknown): Problem[] {
  return isPlain(value) ? field.problems(value as never) : [];
}

type Mapping = Record<string, unknown>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Checks the sections as they are written: relabelling of alerts under `alerting`, and fields in `further` of an entry among its others. */
function configFindings(program: CheckedProgram, config: unknown, known: Problem[]): UpstreamFindings {
  if (!isMapping(config)) return nothingFound;
  const { alert_relabel_configs: alertRelabelling, ...sections } = config;
  const alerting =
    alertRelabelling === undefined || sections.alerting !== undefined
      ? {}
      : { alerting: { alert_relabel_configs: alertRelabelling } };
  const lists = ["scrape_configs", "remote_write"].filter((name) => Array.isArray(sections[name]));
  const merged = Object.fromEntries(
    lists.map((name) => [name, (sections[name] as unknown[]).map(withFurther)]),
  );
  const found = upstreamFindings(program, "configuration", { ...sections, ...alerting, ...merged }, known);
  return each(found, ({ path, says }) => ({ path: givenPath(config, path), says }));
}

/** Where the user wrote what stands at a path of the configuration. */
function givenPath(config: Mapping, path: Path): Path {
  const [section = "", index = "", name, ...rest] = path;
  if (section === "alerting" && config.alerting === undefined) return path.slice(1);
  const list = config[section];
  const entry: unknown = Array.isArray(list) ? list[Number(index)] : undefined;
  const further = isMapping(entry) ? entry.further : undefined;
  const isFurther = name !== undefined && isMapping(further) && Object.hasOwn(further, name);
  return isFurther ? [section, index, "further", name, ...rest] : path;
}

function withFurther(entry: unknown): unknown {
  if (!isMapping(entry)) return entry;
  const { further, ...typed } = entry;
  return { ...typed, ...(isMapping(further) ? further : {}) };
}

function groupFindings(program: CheckedProgram, groups: unknown, known: Problem[]): UpstreamFindings {
  // What a group of data must have is checked with its shape.
  const found = upstreamFindings({ ...program, rules: {} }, "rules", { groups }, under(["groups"], known));
  return each(found, ({ path, says }) => ({ path: path.slice(1), says }));
}

/** In a file, whose text has paths of its own. */
function inFile(name: string, found: UpstreamFindings): UpstreamFindings {
  return each(found, ({ path, says }) => ({
    path: ["rules", name],
    says: path.length === 0 ? says : `${formatPath(path)}: ${says}`,
  }));
}

function parsed(text: string): unknown {
  try {
    // As JSON, what an alias stands for is written out, and one inside of itself throws.
    return JSON.parse(JSON.stringify(ruleFileOf(text)) ?? "null") as unknown;
  } catch {
    // promtool says on the host what is wrong with it.
    return undefined;
  }
}

function at(path: Path, { problems, warnings }: UpstreamFindings): UpstreamFindings {
  return { problems: under(path, problems), warnings: under(path, warnings) };
}

function each(
  { problems, warnings }: UpstreamFindings,
  change: (problem: Problem) => Problem,
): UpstreamFindings {
  return { problems: problems.map(change), warnings: warnings.map(change) };
}

function together(all: UpstreamFindings[]): UpstreamFindings {
  return {
    problems: all.flatMap(({ problems }) => problems),
    warnings: all.flatMap(({ warnings }) => warnings),
  };
}
