import type { Unwrap } from "@pulumi/pulumi";
import type { AlertmanagerConfigArgs } from "../components/alertmanager/alertmanagerConfig";
import type { AlertmanagerImageArgs } from "../components/alertmanager/alertmanagerImage";
import type {
  AlertmanagerPeerArgs,
  AlertmanagerRuntimeArgs,
} from "../components/alertmanager/alertmanagerPeer";
import { alertmanagerLayout } from "../templates/alertmanager/alertmanagerLayout";
import { secretContentProblems, secretFileProblems } from "../templates/alertmanager/alertmanagerSecretFiles";
import {
  alertmanagerYmlProblems,
  parseAlertmanagerYml,
  routesWithShorterInterval,
  type AlertmanagerYml,
} from "../templates/alertmanager/alertmanagerYml";
import { matcherProblems } from "./alertmanagerMatchers";
import { notificationTemplateProblems } from "./alertmanagerTemplates";
import { receiverAddressProblems } from "../templates/alertmanager/receiverAddresses";
import { containerFileProblems } from "./containerFiles";
import {
  anything,
  anyText,
  anyTexts,
  flag,
  goDuration,
  imageName,
  longestFileName,
  logLevel,
  webUrl,
  wholeNumber,
} from "./checks";
import { alertmanagerDefaults, withDefaults } from "./defaults";
import { parseDuration } from "./durations";
import { list, section } from "./fields";
import { alertmanagerRules } from "./alertmanagerRules";
import { peer } from "./gateway";
import { host } from "./hosts";
import { isKnown, isPlain, withPlaceholders } from "./known";
import { problemAt, under, type Problem } from "./problem";
import { software, softwareOf } from "./software";
import { alertmanagerFields } from "./upstream/alertmanager";
import { nothingFound, upstreamFindings, type UpstreamFindings } from "./upstreamFindings";
import { hasKnownTemplates } from "./versions";

/** A configuration whose values are known, without the secret files. */
export type KnownAlertmanagerConfig = Unwrap<Omit<AlertmanagerConfigArgs, "secretFiles">>;

/** The image that Alertmanager runs in. */
export const image = section<AlertmanagerImageArgs>(
  { name: imageName, pull: flag, alertmanagerImage: imageName, baseImage: imageName },
  {},
  ({ name, pull, alertmanagerImage, baseImage }) => [
    ...problemAt(
      ["pull"],
      name === undefined && pull !== undefined
        ? "it says how image.name gets on the host, but image.name is not given; give image.name, or leave image.pull out"
        : undefined,
    ),
    ...problemAt(
      ["name"],
      name !== undefined && (alertmanagerImage ?? baseImage) !== undefined
        ? "a finished image is not built; leave out alertmanagerImage and baseImage"
        : undefined,
    ),
  ],
);

/** How one Alertmanager runs. */
export const runtime = section<AlertmanagerRuntimeArgs>(
  {
    image,
    software,
    memoryMegabytes: wholeNumber("MiB", 32),
    retention: goDuration,
    peerTimeout: goDuration,
    logLevel,
  },
  {},
  ({ image: from = {}, software: release }) => {
    if (release === undefined) return [];
    if (from.name !== undefined) {
      return problemAt(
        ["software"],
        "image.name is a finished image, which has its Alertmanager; leave out one of them",
      );
    }
    return problemAt(
      ["software"],
      from.alertmanagerImage === undefined
        ? undefined
        : "image.alertmanagerImage says already where Alertmanager comes from; leave out one of them",
    );
  },
);

/** How one Alertmanager runs, with its defaults. */
export function settledRuntime(args: AlertmanagerRuntimeArgs = {}) {
  return withDefaults(alertmanagerDefaults, args);
}

/** The configuration of Alertmanager, checked as far as its values are known. */
export const alerting = section<AlertmanagerConfigArgs>(
  { config: anything, configYaml: anyText, templates: anyTexts, secretFiles: anyTexts },
  {},
  (args) => {
    const { secretFiles = {} } = args;
    const contents = isKnown(secretFiles) ? secretFiles : undefined;
    const known = knownConfig(args);
    const plain = Object.entries(contents ?? {}).filter(([, content]) => isPlain(content));
    return [
      ...(known === undefined ? [] : configProblems(known, contents && Object.keys(contents))),
      ...secretContentProblems(Object.fromEntries(plain)),
    ];
  },
);

/** One Alertmanager of a cluster. */
export const alertmanagerPeer = section<AlertmanagerPeerArgs>(
  {
    host,
    gateway: anything,
    self: peer,
    peers: list(peer),
    clusterLabel: anyText,
    alerting,
    runtime,
    externalUrl: webUrl,
  },
  { host: true, gateway: true, self: true, peers: true, clusterLabel: true, alerting: true },
  ({ alerting: given, runtime: how }) =>
    under(["alerting"], [...alertingFindings(given, how).problems, ...runtimeProblems(given, how)]),
);

/** Checks what depends on how an Alertmanager runs: templates by its version, and paths of files by its image. */
function runtimeProblems(
  args: AlertmanagerConfigArgs | undefined,
  run: AlertmanagerRuntimeArgs | undefined,
): Problem[] {
  const read = readable(args);
  if (read === undefined) return [];
  const { known, given, data } = read;
  const { templates = {} } = known;
  return [
    ...notificationTemplateProblems({
      ...{ config: data, given, files: templates },
      isKnownVersion: hasKnownTemplates(alertmanagerVersionOf(run) ?? "unknown"),
    }),
    ...containerFileProblems(data, given, {
      templates: Object.keys(templates),
      isOwnImage: (run?.image?.name ?? run?.image?.baseImage) !== undefined,
    }),
  ];
}

/** The configuration, as far as it is known, and the argument that has it; undefined where it cannot be read. */
function readable(args: AlertmanagerConfigArgs | undefined) {
  const known = args && isKnown(args) ? knownConfig(args) : undefined;
  if (known === undefined) return undefined;
  const given = known.configYaml === undefined ? ("config" as const) : ("configYaml" as const);
  const data = known[given] === undefined ? "nothing was given" : readConfig(known);
  return typeof data === "string" ? undefined : { known, given, data };
}

/**
 * The configuration with placeholders for Outputs, so that the rest can be checked before a deployment. Undefined when an Output stands in
 * the routing tree or in a name: then nothing useful can be checked before its value is known.
 */
export function knownConfig({
  config,
  configYaml,
  templates,
}: AlertmanagerConfigArgs): KnownAlertmanagerConfig | undefined {
  if (!isPlain([configYaml, templates])) return undefined;
  const rest = { configYaml: configYaml as string, templates: templates as Record<string, string> };
  if (config === undefined || !isKnown(config)) return config === undefined ? rest : undefined;
  const names = [config.receivers, config.time_intervals, config.mute_time_intervals].map((each) =>
    isKnown(each) && Array.isArray(each) ? each.map((entry: { name: unknown } | null) => entry?.name) : each,
  );
  if (!isPlain([config.route, names])) return undefined;
  return { ...rest, config: withPlaceholders(config) as KnownAlertmanagerConfig["config"] };
}

/**
 * Checks a configuration.
 *
 * @param secretFileNames undefined while they are not known: then secret files are not checked.
 */
export function configProblems(args: KnownAlertmanagerConfig, secretFileNames?: string[]): Problem[] {
  if ((args.config === undefined) === (args.configYaml === undefined)) {
    return problemAt(
      ["config"],
      "give the configuration as data in config or as text in configYaml, one of the two",
    );
  }
  const templates = Object.keys(args.templates ?? {});
  const misnamed = templates.filter((name) => !/^[\w.-]+\.tmpl$/.test(name) || name.length > longestFileName);
  const named = misnamed.flatMap((name) =>
    problemAt(
      ["templates"],
      `"${name}" is not the name of a template file; use a plain name of up to ${longestFileName} characters that ends in .tmpl`,
    ),
  );
  const given = args.configYaml === undefined ? "config" : "configYaml";
  const data = readConfig(args);
  if (typeof data === "string") return [...problemAt(["configYaml"], data), ...named];
  // The text stays as it is, so only its author can make Alertmanager read the templates.
  const isUnread = given === "configYaml" && misnamed.length < templates.length && !data.templates;
  const glob = `${alertmanagerLayout.inContainer.templatesDirectory}/*.tmpl`;
  return [
    ...under(
      [given],
      [...alertmanagerYmlProblems(data), ...matcherProblems(data), ...receiverAddressProblems(data)],
    ),
    ...named,
    ...problemAt(
      ["templates"],
      isUnread ? `configYaml does not read them; add to it "templates: ['${glob}']"` : undefined,
    ),
    ...(secretFileNames === undefined ? [] : secretFileProblems(data, secretFileNames, given)),
  ];
}

/** What Alertmanager's own fields say of a configuration, by the version that runs. */
export function alertingFindings(
  args: AlertmanagerConfigArgs | undefined,
  run: AlertmanagerRuntimeArgs | undefined,
): UpstreamFindings {
  const read = readable(args);
  if (read === undefined) return nothingFound;
  const { known, given, data } = read;
  const program = {
    table: alertmanagerFields,
    version: alertmanagerVersionOf(run),
    rules: alertmanagerRules(data),
    secretFix: ({ fileField }: { fileField: string | undefined }) =>
      fileField === undefined
        ? "give it as a secret of Pulumi"
        : `put it into secretFiles and name the file in ${fileField}, or give it as a secret of Pulumi`,
  };
  const earlier = configProblems(known).map(({ path, says }) => ({ path: path.slice(1), says }));
  const { problems, warnings } = upstreamFindings(program, "configuration", data, earlier);
  return { problems: under([given], problems), warnings: under([given], warnings) };
}

/** The version of the Alertmanager that runs, where it is known: that of a package is not. */
export function alertmanagerVersionOf({ image: from, software: release }: AlertmanagerRuntimeArgs = {}):
  string | undefined {
  const image = from?.name ?? from?.alertmanagerImage;
  if (image !== undefined) return /\balertmanager:v(\d+\.\d+\.\d+)$/.exec(image)?.[1];
  const { source, version } = softwareOf("alertmanager", release);
  return source === "apt" ? undefined : version;
}

/** How long Alertmanagers wait for each other, and how far apart they may learn of an alert. */
export interface ClusterTiming {
  /** Number of the other peers. */
  peers: number;
  peerTimeout: string;
  evaluationInterval: string;
}

/** Checks that no route notifies again of an alert whose end another peer has notified of already. */
export function groupIntervalProblems(args: KnownAlertmanagerConfig, timing: ClusterTiming): Problem[] {
  const { peers, peerTimeout, evaluationInterval } = timing;
  if (peers === 0) return [];
  const [wait, late] = [parseDuration(peerTimeout), parseDuration(evaluationInterval)];
  const data = readConfig(args);
  if (wait === undefined || late === undefined || typeof data === "string") return [];
  const least = peers * wait + late;
  const given = args.configYaml === undefined ? "config" : "configYaml";
  return routesWithShorterInterval(data, least).flatMap(({ path, groupInterval }) =>
    problemAt(
      [given, ...path, "group_interval"],
      `${groupInterval} is too short: the last of ${peers + 1} peers waits ${peers} times the peerTimeout of ${peerTimeout} before it ` +
        `notifies of the state in which it began to wait. By then another peer may have notified that the alert has ended, and the alert ` +
        `would be announced again; make it at least ${least / 1000}s, or peerTimeout shorter`,
    ),
  );
}

// A text is the reason why it cannot be read.
function readConfig({ config, configYaml }: KnownAlertmanagerConfig): AlertmanagerYml | string {
  if (configYaml === undefined) return { ...config };
  try {
    return parseAlertmanagerYml(configYaml);
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
