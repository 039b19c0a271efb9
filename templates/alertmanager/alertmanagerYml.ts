import { marker } from "../host/marker";
import { readGoYaml } from "../host/yamlReading";
import { renderYaml } from "../host/yamlText";
import { alertmanagerLayout } from "./alertmanagerLayout";
import { withSecretFilePaths } from "./alertmanagerSecretFiles";
import { parseDuration } from "../../model/durations";
import type { Path, Problem } from "../../model/problem";

/** The configuration as upstream documents it, as plain data. */
export type AlertmanagerYml = Record<string, unknown>;

/** A configuration as data or as text, one of the two, and notification templates by file name. */
export interface AlertmanagerConfigParts {
  config?: object;
  configYaml?: string;
  templates?: Record<string, string>;
}

/** The text of `alertmanager.yml`. */
export function renderAlertmanagerYml(config: AlertmanagerYml): string {
  return `${marker}\n` + renderYaml(withoutUndefined(config));
}

/** The text of `alertmanager.yml` with the paths of secret files and templates; a text that the user gave stays as it is. */
export function alertmanagerConfigText(
  { config, configYaml, templates = {} }: AlertmanagerConfigParts,
  secretFileNames: string[],
): string {
  if (configYaml !== undefined) return configYaml;
  const glob = `${alertmanagerLayout.inContainer.templatesDirectory}/*.tmpl`;
  const { templates: given, ...rest } = withSecretFilePaths({ ...config }, secretFileNames);
  const read = given ?? (Object.keys(templates).length > 0 ? [glob] : undefined);
  return renderAlertmanagerYml({ ...(read === undefined ? {} : { templates: read }), ...rest });
}

/**
 * Reads the text of an existing `alertmanager.yml`.
 *
 * @throws RangeError when it is not YAML, not a mapping, or without end.
 */
export function parseAlertmanagerYml(text: string): AlertmanagerYml {
  const value = parseYaml(text);
  if (!isMapping(value)) {
    throw new RangeError("the Alertmanager configuration must be a mapping with a route and receivers");
  }
  if (isTooDeep(value)) {
    throw new RangeError(
      holdsItself(value)
        ? "the Alertmanager configuration has an alias inside of what it stands for; write the value out in place of the alias"
        : `the Alertmanager configuration has more than ${mostLevels} levels of lists and mappings; write it with fewer levels`,
    );
  }
  return value;
}

/** Levels of lists and mappings that a configuration may have. Everything that reads it goes down level by level. */
const mostLevels = 100;

function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= mostLevels && level.length > 0; depth++) {
    // What an alias stands for is looked at once.
    level = [...new Set(level.flatMap((each) => (isObject(each) ? (Object.values(each) as unknown[]) : [])))];
  }
  return level.length > 0;
}

/** Whether a value is a part of itself: an alias of YAML may stand for what it is in. */
function holdsItself(value: unknown, around: readonly unknown[] = []): boolean {
  if (!isObject(value) || around.length > mostLevels) return false;
  return around.includes(value) || Object.values(value).some((each) => holdsItself(each, [...around, value]));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function parseYaml(text: string): unknown {
  try {
    return readGoYaml(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`the Alertmanager configuration ${error.message}`, { cause: error });
  }
}

/**
 * Checks what does not depend on Alertmanager's version, before any host is touched. `amtool check-config` on the host has the last word.
 */
export function alertmanagerYmlProblems(config: AlertmanagerYml): Problem[] {
  const receivers = namesIn(config.receivers, "receivers");
  const intervals = ["time_intervals", "mute_time_intervals"].map((list) => namesIn(config[list], list));
  const problems = [...receivers.problems, ...intervals.flatMap((each) => each.problems)];
  const add = (path: Path, says: string) => problems.push({ path, says });
  if (asArray(config.receivers).length === 0)
    add(["receivers"], "at least one receiver with a name is needed");
  const { route } = config;
  if (!isMapping(route)) {
    add(["route"], "a root route with a receiver is needed");
    return problems;
  }
  if (scalar(route.receiver) === "") add(["route", "receiver"], "the root route needs a receiver");
  for (const matcher of ["matchers", "match", "match_re"]) {
    if (isNotEmpty(route[matcher]))
      add(["route", matcher], "the root route takes every alert and cannot have matchers");
  }
  for (const use of ["mute_time_intervals", "active_time_intervals"]) {
    if (isNotEmpty(route[use])) add(["route", use], "the root route cannot have time intervals");
  }
  const known = { receivers: receivers.names, intervals: intervals.flatMap(({ names }) => names) };
  return [...problems, ...routeProblems(route, ["route"], known)];
}

/** A route with a group_interval of its own. */
export interface RouteInterval {
  path: Path;
  groupInterval: string;
}

/** The routes whose own group_interval is shorter than so many milliseconds. */
export function routesWithShorterInterval(config: AlertmanagerYml, milliseconds: number): RouteInterval[] {
  const visit = (route: unknown, path: Path): RouteInterval[] => {
    if (!isMapping(route)) return [];
    const groupInterval = scalar(route.group_interval);
    const isShorter = (parseDuration(groupInterval) ?? Infinity) < milliseconds;
    return [
      ...(isShorter ? [{ path, groupInterval }] : []),
      ...asArray(route.routes).flatMap((child, index) => visit(child, [...path, "routes", index])),
    ];
  };
  return visit(config.route, ["route"]);
}

interface KnownNames {
  receivers: string[];
  intervals: string[];
}

function routeProblems(route: Record<string, unknown>, path: Path, known: KnownNames): Problem[] {
  const problems: Problem[] = [];
  const add = (setting: string, says: string) => problems.push({ path: [...path, setting], says });
  const receiver = scalar(route.receiver);
  if (receiver !== "" && !known.receivers.includes(receiver)) {
    add("receiver", `"${receiver}" is not a receiver; known are ${quoted(known.receivers)}`);
  }
  for (const setting of ["group_wait", "group_interval", "repeat_interval"]) {
    const value = route[setting];
    if (value !== undefined && value !== null && parseDuration(scalar(value)) === undefined) {
      add(setting, `"${scalar(value)}" is not a duration; write for example 30s, 5m or 4h`);
    }
  }
  for (const use of ["mute_time_intervals", "active_time_intervals"]) {
    for (const name of asArray(route[use]).map(scalar)) {
      if (!known.intervals.includes(name)) {
        add(use, `"${name}" is not a time interval; known are ${quoted(known.intervals)}`);
      }
    }
  }
  return [
    ...problems,
    ...asArray(route.routes).flatMap((child, index) => {
      const childPath = [...path, "routes", index];
      return isMapping(child)
        ? routeProblems(child, childPath, known)
        : [{ path: childPath, says: "a route must be a mapping" }];
    }),
  ];
}

function namesIn(list: unknown, section: string): { names: string[]; problems: Problem[] } {
  const names: string[] = [];
  const problems: Problem[] = [];
  asArray(list).forEach((entry, index) => {
    const name = isMapping(entry) ? scalar(entry.name) : "";
    const path = [section, index, "name"];
    // Alertmanager takes one empty entry, which has no name and is of no use.
    const isEmpty = entry === null && !asArray(list).slice(0, index).includes(null);
    if (isEmpty) return;
    if (name === "") problems.push({ path, says: "a name is needed" });
    else if (names.includes(name)) problems.push({ path, says: `"${name}" is used twice` });
    else names.push(name);
  });
  return { names, problems };
}

// Where upstream expects a text it takes numbers and booleans as they are written, and null for none.
function scalar(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNotEmpty(value: unknown): boolean {
  return isMapping(value) ? Object.keys(value).length > 0 : asArray(value).length > 0;
}

function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function quoted(values: string[]): string {
  return values.length === 0 ? "none" : values.map((value) => `"${value}"`).join(", ");
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [key, withoutUndefined(each)]),
  );
}
