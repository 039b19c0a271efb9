import * as pulumi from "@pulumi/pulumi";
import { alertmanagerLayout } from "../../templates/alertmanager/alertmanagerLayout";
import {
  secretContentProblems,
  secretFileProblems,
  withSecretFilePaths,
} from "../../templates/alertmanager/alertmanagerSecretFiles";
import {
  alertmanagerYmlProblems,
  hastyRoutes,
  parseAlertmanagerYml,
  renderAlertmanagerYml,
  type AlertmanagerYml,
} from "../../templates/alertmanager/alertmanagerYml";
import { parseDuration } from "../../model/durations";
import { isPlain, prefixed, refuse } from "../validation";

/** A node of the routing tree, in upstream's own field names. */
export interface AlertmanagerRoute {
  /** Name of the receiver. The root route needs one; others inherit it. */
  receiver?: string;
  /** Labels by which alerts are grouped; `...` is all of them. */
  group_by?: string[];
  /** How long to wait for more alerts of a new group, e.g. `30s`. */
  group_wait?: string;
  /** How long to wait before telling of new alerts in a group, e.g. `5m`. */
  group_interval?: string;
  /** How long to wait before telling again, e.g. `4h`. */
  repeat_interval?: string;
  /** Matchers, e.g. `severity="page"`. */
  matchers?: string[];
  /** Whether later siblings are tried as well. */
  continue?: boolean;
  /** Names of time intervals in which this route is silent. */
  mute_time_intervals?: string[];
  /** Names of time intervals in which this route is active. */
  active_time_intervals?: string[];
  /** Children. */
  routes?: AlertmanagerRoute[];
  /** Deprecated upstream in favour of matchers. */
  match?: Record<string, string>;
  /** Deprecated upstream in favour of matchers. */
  match_re?: Record<string, string>;
}

/** An inhibition rule, in upstream's own field names. */
export interface AlertmanagerInhibitRule {
  /** Matchers of the alerts that inhibit. */
  source_matchers?: string[];
  /** Matchers of the alerts that are inhibited. */
  target_matchers?: string[];
  /** Labels that both must share. */
  equal?: string[];
  /** Deprecated upstream in favour of source_matchers. */
  source_match?: Record<string, string>;
  /** Deprecated upstream in favour of target_matchers. */
  target_match?: Record<string, string>;
}

/** The configuration of Alertmanager, in upstream's own field names; every section upstream has can be given. */
export interface AlertmanagerConfig {
  /** Defaults of receivers, and `resolve_timeout`. */
  global?: Record<string, any>;
  /** The root of the routing tree. */
  route: AlertmanagerRoute;
  /** Receivers: each a `name` and its `*_configs`. */
  receivers: Record<string, any>[];
  /** Inhibition rules. */
  inhibit_rules?: AlertmanagerInhibitRule[];
  /** Named time intervals: each a `name` and `time_intervals`. */
  time_intervals?: Record<string, any>[];
  /** Deprecated upstream in favour of time_intervals. */
  mute_time_intervals?: Record<string, any>[];
  /** Paths of notification templates inside the container. Default: the templates that are given, if any. */
  templates?: string[];
  /** Tracing of the Alertmanager itself. */
  tracing?: Record<string, any>;
}

/** What people are told, and how: one of config and configYaml. */
export interface AlertmanagerConfigArgs {
  /** The configuration as data. */
  config?: pulumi.Input<AlertmanagerConfig>;
  /** The configuration as the text of an `alertmanager.yml`. */
  configYaml?: pulumi.Input<string>;
  /** Notification templates: content by file name, which ends in `.tmpl`. */
  templates?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** What receivers must not show: content by file name. Any setting of config that ends in `_file` takes such a name; configYaml needs the path, `/etc/alertmanager/secrets/NAME`. */
  secretFiles?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** A configuration whose values are known, without the secret files. */
export type KnownAlertmanagerConfig = pulumi.Unwrap<Omit<AlertmanagerConfigArgs, "secretFiles">>;

/** A configuration that is right, once it is known, and apart from it what is secret. */
export interface CheckedAlerting {
  config: pulumi.Output<KnownAlertmanagerConfig>;
  secretFileNames: pulumi.Output<string[]>;
  /** Content by name; secret. */
  secretFiles?: pulumi.Output<Record<string, string>>;
}

/**
 * Takes a configuration apart, so that only what is secret of it is: the names of secret files stand in its text.
 *
 * @throws pulumi.ResourceError with every problem, on the component: what can be known is thrown at once.
 */
export function checkedAlerting(component: pulumi.Resource, args: AlertmanagerConfigArgs): CheckedAlerting {
  const { secretFiles, ...rest } = args;
  const refuseThese = (problems: string[]) => refuse(component, prefixed("alerting", problems));
  refuseThese(plainAlertingProblems(args));
  const secretFileNames = namesOf(secretFiles);
  const config = pulumi.all([pulumi.output(rest), secretFileNames]).apply(([known, names]) => {
    refuseThese(alertmanagerConfigProblems(known, names));
    return known;
  });
  if (secretFiles === undefined) return { config, secretFileNames };
  const contents = pulumi.output(secretFiles).apply((known) => {
    refuseThese(secretContentProblems(known));
    return known;
  });
  return { config, secretFileNames, secretFiles: pulumi.secret(contents) };
}

/** What is wrong with a configuration as far as its values are known already, one sentence each. */
export function plainAlertingProblems(args: AlertmanagerConfigArgs): string[] {
  const { secretFiles = {} } = args;
  const contents = isShallow(secretFiles) ? secretFiles : undefined;
  const names = contents && Object.keys(contents);
  const known = plainConfig(args);
  return [
    ...(known === undefined ? [] : alertmanagerConfigProblems(known, names)),
    ...secretContentProblems(
      Object.fromEntries(Object.entries(contents ?? {}).filter(([, content]) => isPlain(content))),
    ),
  ];
}

/**
 * A configuration with a stand-in for what is known only later. Undefined when that is more than values of receivers and the like: routes and
 * names decide what is right.
 */
export function plainConfig({
  config,
  configYaml,
  templates,
}: AlertmanagerConfigArgs): KnownAlertmanagerConfig | undefined {
  if (!isPlain([configYaml, templates])) return undefined;
  const rest = { configYaml: configYaml as string, templates: templates as Record<string, string> };
  if (config === undefined || !isShallow(config)) return config === undefined ? rest : undefined;
  const names = [config.receivers, config.time_intervals, config.mute_time_intervals].map((list) =>
    isShallow(list) ? list?.map((each) => (each as Record<string, unknown>).name) : list,
  );
  if (!isPlain([config.route, names])) return undefined;
  return { ...rest, config: withStandIns(config) as AlertmanagerConfig };
}

// Any text that could be a path: the setting may be one that names a file.
function withStandIns(value: unknown): unknown {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return "/known/later";
  if (Array.isArray(value)) return value.map(withStandIns);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withStandIns(each)]));
}

// The names are no secret, and known even while a content is not.
function namesOf(secretFiles: AlertmanagerConfigArgs["secretFiles"] = {}): pulumi.Output<string[]> {
  if (isShallow(secretFiles)) return pulumi.output(Object.keys(secretFiles));
  return pulumi.unsecret(pulumi.output(secretFiles)).apply((known) => Object.keys(known));
}

function isShallow<T>(input: pulumi.Input<T>): input is T {
  return !pulumi.Output.isInstance(input) && !(input instanceof Promise);
}

/**
 * What is wrong with a configuration, one sentence each.
 *
 * @param secretFileNames undefined while they are not known; then nothing is said about secret files.
 */
export function alertmanagerConfigProblems(
  args: KnownAlertmanagerConfig,
  secretFileNames?: string[],
): string[] {
  if ((args.config === undefined) === (args.configYaml === undefined)) {
    return ["config: give the configuration as data in config or as text in configYaml, one of the two"];
  }
  const names = Object.keys(args.templates ?? {})
    .filter((name) => !/^[\w.-]+\.tmpl$/.test(name))
    .map(
      (name) =>
        `templates: "${name}" is not the name of a template file; use a plain name that ends in .tmpl`,
    );
  const given = args.configYaml === undefined ? "config" : "configYaml";
  try {
    const data = configData(args);
    // A text stays as it is, so nobody but its author can make Alertmanager read the templates.
    const unread =
      args.configYaml !== undefined &&
      names.length < Object.keys(args.templates ?? {}).length &&
      !data.templates
        ? [
            `templates: configYaml does not read them; add to it "templates: ['${alertmanagerLayout.inContainer.templatesDirectory}/*.tmpl']"`,
          ]
        : [];
    return [
      ...alertmanagerYmlProblems(data).map((problem) => `${given}.${problem}`),
      ...names,
      ...unread,
      ...(secretFileNames === undefined ? [] : secretFileProblems(data, secretFileNames, given)),
    ];
  } catch (error) {
    if (error instanceof RangeError) return [`configYaml: ${error.message}`, ...names];
    throw error;
  }
}

/**
 * Why Alertmanagers would tell of an alert again whose end they have told of already.
 *
 * @param peers how many others there are.
 * @param peerTimeout how long each waits for the one before it.
 * @param evaluationInterval how much later one of them may know of an alert than another.
 */
export function groupIntervalProblems(
  args: KnownAlertmanagerConfig,
  peers: number,
  peerTimeout: string,
  evaluationInterval: string,
): string[] {
  const [wait, late] = [parseDuration(peerTimeout), parseDuration(evaluationInterval)];
  if (wait === undefined || late === undefined) return [];
  const least = peers * wait + late;
  return hastyRoutes(readableData(args), least).map(
    ({ path, groupInterval }) =>
      `${args.configYaml === undefined ? "config" : "configYaml"}.${path}.group_interval: ${groupInterval} is too short: the last of ${peers + 1} ` +
      `peers waits ${peers} times the peerTimeout of ${peerTimeout} before it tells what it knew when it began to wait, and by then another one ` +
      `may have told of the alert's end, so its beginning would be told again; make it at least ${least / 1000}s, or peerTimeout shorter`,
  );
}

// What cannot be read is told of by alertmanagerConfigProblems.
function readableData(args: KnownAlertmanagerConfig): AlertmanagerYml {
  try {
    return configData(args);
  } catch (error) {
    if (error instanceof RangeError) return {};
    throw error;
  }
}

/** The text of `alertmanager.yml`, with the paths of secret files; a text that was given stays as it is. */
export function alertmanagerConfigText(
  args: KnownAlertmanagerConfig,
  secretFileNames: string[],
  templatesGlob: string,
): string {
  if (args.configYaml !== undefined) return args.configYaml;
  const hasTemplates = Object.keys(args.templates ?? {}).length > 0;
  return renderAlertmanagerYml({
    ...(hasTemplates ? { templates: [templatesGlob] } : {}),
    ...withSecretFilePaths(configData(args), secretFileNames),
  });
}

function configData(args: KnownAlertmanagerConfig): AlertmanagerYml {
  return args.configYaml !== undefined ? parseAlertmanagerYml(args.configYaml) : { ...args.config };
}
