/** What a change of a stack does on which host: a function of what was rendered before and after it. */
import { parse } from "yaml";
import { resourcesFile } from "../otherResources";
import { readBundles, type ReadBundle } from "./bundles";

/** A rendered folder: text by path, `HOST/ABSOLUTE/PATH` and `HOST.txt`. */
export type Rendered = ReadonlyMap<string, string>;

/** A file of a host that changes. */
export interface FileChange {
  /** Absolute path; of directives of bundles, the name of the rendered file. */
  path: string;
  kind: "added" | "removed" | "changed";
  before: string;
  after: string;
  /** What follows: `HAProxy reload`. */
  effects: string[];
}

/** What changes on one host. */
export interface HostChange {
  host: string;
  kind: "created" | "removed" | "changed" | "same";
  files: FileChange[];
  /** All that follows, each once; a restart makes a reload of the same program needless. */
  effects: string[];
}

/** Compares two rendered folders; hosts in the order of their names. */
export function changesOf(before: Rendered, after: Rendered): HostChange[] {
  const [old, next] = [before, after].map(groupByHost) as [Grouped, Grouped];
  const restarted = containersChanged(before, after);
  return [...new Set([...old.keys(), ...next.keys()])]
    .sort()
    .map((host) => changeOf(host, old.get(host), next.get(host), restarted.get(host) ?? []));
}

/** Files of each host by absolute path, and its directives by the name of their file. */
type Grouped = Map<string, Map<string, string>>;

function groupByHost(rendered: Rendered): Grouped {
  const hosts: Grouped = new Map();
  for (const path of rendered.keys()) {
    const host = /^([^/]+)\.txt$/.exec(path)?.[1];
    if (host !== undefined) hosts.set(host, new Map());
  }
  for (const [path, text] of rendered) {
    const slash = path.indexOf("/");
    const [host, own] =
      slash === -1 ? [path.replace(/\.txt$/, ""), path] : [path.slice(0, slash), path.slice(slash)];
    hosts.get(host)?.set(own, text);
  }
  return hosts;
}

function changeOf(
  host: string,
  before: ReadonlyMap<string, string> | undefined,
  after: ReadonlyMap<string, string> | undefined,
  restarted: string[],
): HostChange {
  const directives = `${host}.txt`;
  const [old, next] = [before, after].map((files) => readBundles(files?.get(directives) ?? "")) as [
    ReadBundle[],
    ReadBundle[],
  ];
  const files = filesChanged(before ?? new Map(), after ?? new Map(), [...next, ...old]);
  if (before === undefined) return { host, kind: "created", files, effects: [] };
  if (after === undefined) return { host, kind: "removed", files, effects: [] };
  const services = (bundles: ReadBundle[]) => bundles.flatMap((bundle) => bundle.services);
  const effects = [
    ...files.flatMap((file) => file.effects),
    ...restarted,
    ...services(next)
      .filter((unit) => !services(old).includes(unit))
      .map((unit) => `${unit} start`),
    ...services(old)
      .filter((unit) => !services(next).includes(unit))
      .map((unit) => `${unit} stop`),
  ];
  const kind = files.length > 0 || effects.length > 0 ? "changed" : "same";
  return { host, kind, files, effects: withoutNeedless(effects) };
}

function filesChanged(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  bundles: ReadBundle[],
): FileChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path): FileChange[] => {
    const [old, next] = [before.get(path), after.get(path)];
    if (old === next) return [];
    const kind = old === undefined ? "added" : next === undefined ? "removed" : "changed";
    const owner = bundles.find(({ files }) => files.includes(path));
    const effects = owner === undefined ? [] : [...(owner.effects.get(path) ?? []), ...owner.onChange];
    return [{ path, kind, before: old ?? "", after: next ?? "", effects: withoutNeedless(effects) }];
  });
}

function withoutNeedless(effects: string[]): string[] {
  const all = new Set(effects);
  return [...all].filter(
    (effect) => !all.has(effect.replace(/ reload$/, " restart")) || !effect.endsWith(" reload"),
  );
}

/** Hosts whose containers are made anew, which no bundle does. */
function containersChanged(before: Rendered, after: Rendered): Map<string, string[]> {
  const [old, next] = [before, after].map((rendered) => {
    const resources = (parse(rendered.get(resourcesFile) ?? "") ?? {}) as Record<
      string,
      { hostname?: string }
    >;
    return new Map(
      Object.entries(resources).filter(([key]) => key.startsWith("docker:index/container:Container ")),
    );
  }) as [Map<string, { hostname?: string }>, Map<string, { hostname?: string }>];
  const changed = [...next].filter(([key, inputs]) => {
    const known = old.get(key);
    return known !== undefined && JSON.stringify(known) !== JSON.stringify(inputs);
  });
  return new Map(changed.map(([, { hostname = "" }]) => [hostname, ["Alertmanager restart"]]));
}
