import { parse, stringify } from "yaml";
import { marker } from "../host/marker";
import { parseDuration } from "../../model/durations";

/** The configuration as upstream documents it, as plain data. */
export type AlertmanagerYml = Record<string, unknown>;

/** The text of `alertmanager.yml`. */
export function renderAlertmanagerYml(config: AlertmanagerYml): string {
  return `${marker}\n` + stringify(withoutUndefined(config), { lineWidth: 0 });
}

/**
 * Reads the text of an existing `alertmanager.yml`.
 *
 * @throws RangeError when it is not YAML, or not a mapping.
 */
export function parseAlertmanagerYml(text: string): AlertmanagerYml {
  const value = parseYaml(text);
  if (!isMapping(value)) {
    throw new RangeError("the Alertmanager configuration must be a mapping with a route and receivers");
  }
  return value;
}

function parseYaml(text: string): unknown {
  try {
    // Upstream merges `<<`, though YAML 1.2 no longer knows it.
    return parse(text, { merge: true });
  } catch (error) {
    // After its first line the message quotes the text, which may hold secrets.
    const [reason = ""] = (error as Error).message.split(":\n");
    throw new RangeError(`the Alertmanager configuration is not YAML: ${reason}`, { cause: error });
  }
}

/**
 * What can be known to be wrong with a configuration before any machine is touched, one sentence each. `amtool check-config` on the
 * machine has the last word; this knows only what does not depend on Alertmanager's version.
 */
export function alertmanagerYmlProblems(config: AlertmanagerYml): string[] {
  const problems: string[] = [];
  const receivers = names(config.receivers, "receivers", problems);
  const intervals = [
    ...names(config.time_intervals, "time_intervals", problems),
    ...names(config.mute_time_intervals, "mute_time_intervals", problems),
  ];
  if (receivers.length === 0) problems.push("receivers: at least one receiver with a name is needed");
  if (!isMapping(config.route)) {
    problems.push("route: a root route with a receiver is needed");
    return problems;
  }
  if (scalar(config.route.receiver) === "") problems.push("route.receiver: the root route needs a receiver");
  for (const matcher of ["matchers", "match", "match_re"]) {
    if (isNotEmpty(config.route[matcher]))
      problems.push(`route.${matcher}: the root route takes every alert and cannot have matchers`);
  }
  for (const use of ["mute_time_intervals", "active_time_intervals"]) {
    if (isNotEmpty(config.route[use]))
      problems.push(`route.${use}: the root route cannot have time intervals`);
  }
  checkRoute(config.route, "route", { receivers, intervals }, problems);
  return problems;
}

/** A route that is told of its groups more often than is allowed. */
export interface HastyRoute {
  /** Where it is, e.g. `route.routes[0]`. */
  path: string;
  groupInterval: string;
}

/** The routes whose own group_interval is shorter than so many milliseconds. */
export function hastyRoutes(config: AlertmanagerYml, leastMilliseconds: number): HastyRoute[] {
  const visit = (route: unknown, path: string): HastyRoute[] => {
    if (!isMapping(route)) return [];
    const groupInterval = scalar(route.group_interval);
    const own =
      (parseDuration(groupInterval) ?? Infinity) < leastMilliseconds ? [{ path, groupInterval }] : [];
    return [
      ...own,
      ...asArray(route.routes).flatMap((child, index) => visit(child, `${path}.routes[${index}]`)),
    ];
  };
  return visit(config.route, "route");
}

interface KnownNames {
  receivers: string[];
  intervals: string[];
}

function checkRoute(
  route: Record<string, unknown>,
  path: string,
  known: KnownNames,
  problems: string[],
): void {
  const receiver = scalar(route.receiver);
  if (receiver !== "" && !known.receivers.includes(receiver)) {
    problems.push(`${path}.receiver: "${receiver}" is not a receiver; known are ${quoted(known.receivers)}`);
  }
  for (const setting of ["group_wait", "group_interval", "repeat_interval"]) {
    const value = route[setting];
    if (value !== undefined && value !== null && parseDuration(scalar(value)) === undefined) {
      problems.push(
        `${path}.${setting}: "${scalar(value)}" is not a duration; write for example 30s, 5m or 4h`,
      );
    }
  }
  for (const use of ["mute_time_intervals", "active_time_intervals"]) {
    for (const name of asArray(route[use]).map(scalar)) {
      if (!known.intervals.includes(name)) {
        problems.push(
          `${path}.${use}: "${name}" is not a time interval; known are ${quoted(known.intervals)}`,
        );
      }
    }
  }
  asArray(route.routes).forEach((child, index) => {
    const childPath = `${path}.routes[${index}]`;
    if (isMapping(child)) checkRoute(child, childPath, known, problems);
    else problems.push(`${childPath}: a route must be a mapping`);
  });
}

function names(list: unknown, path: string, problems: string[]): string[] {
  const found: string[] = [];
  asArray(list).forEach((entry, index) => {
    const name = isMapping(entry) ? scalar(entry.name) : "";
    if (name === "") problems.push(`${path}[${index}].name: a name is needed`);
    else if (found.includes(name)) problems.push(`${path}[${index}].name: "${name}" is used twice`);
    else found.push(name);
  });
  return found;
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
