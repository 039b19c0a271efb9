import * as pulumi from "@pulumi/pulumi";
import type { MonitoringStackArgs, StackConnectionArgs } from "../components";
import { kindProblems, unknownNames, type AnyField } from "../model/fields";
import { unknownSetting } from "../model/nearest";
import { problemAt, sentences, under, type Problem } from "../model/problem";
import { resolve } from "../model/stack";
import { settingOf, settings, type Setting } from "./fields";

// The SDK knows which keys were set with --secret, but its types do not have the function.
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

/** The configuration as it was written, by key. */
type Values = Record<string, unknown>;

/**
 * The arguments of the stack that `pulumi config` describes.
 *
 * @param name name of the stack's component.
 * @throws pulumi.RunError that lists everything that is wrong, by its key.
 */
export function configuredStack(config: pulumi.Config, name: string): MonitoringStackArgs {
  const values = readValues(config);
  const { unknown, fatal } = shapeProblems(config, values);
  // A value that is missing or of the wrong kind cannot be checked any further.
  if (fatal.length > 0) throw refusal(config, [...fatal, ...unknown]);
  const args = argsOf(config, values);
  const { problems } = resolve(args, `${pulumi.getProject()}/${pulumi.getStack()}/${name}`);
  const wrong = [...unknown, ...problems.map(asConfigured)];
  if (wrong.length > 0) throw refusal(config, wrong);
  return args;
}

function readValues(config: pulumi.Config): Values {
  const prefix = `${config.name}:`;
  const keys = Object.keys(pulumi.runtime.allConfig())
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
  return Object.fromEntries(
    keys.map((key) => [key, valueOf(config.require(key), settingOf(key)?.field)] as const),
  );
}

// Texts are given as they are, everything else as JSON. What is no JSON stays a text, which has the wrong kind.
function valueOf(text: string, field: AnyField | undefined): unknown {
  if (field?.kind === "text") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function shapeProblems(config: pulumi.Config, values: Values): { unknown: Problem[]; fatal: Problem[] } {
  const isMissing = (key: string) => (values[key] ?? undefined) === undefined;
  const all = Object.entries(settings);
  const secrets = Object.keys(values).filter(
    (key) => isConfigSecret(`${config.name}:${key}`) && settingOf(key)?.secret === undefined,
  );
  return {
    unknown: Object.entries(values).flatMap(([key, value]) => {
      const setting = settingOf(key);
      return setting === undefined
        ? problemAt([key], unknownSetting(key, Object.keys(settings)))
        : under([key], unknownNames(setting.field, value));
    }),
    fatal: [
      ...secrets.flatMap((key) =>
        problemAt(
          [key],
          "it is a secret, but diffs and state would show its content; set it again without --secret",
        ),
      ),
      ...all.flatMap(([key, { isRequired = false }]) =>
        problemAt([key], isRequired && isMissing(key) ? "this is needed, and was not set" : undefined),
      ),
      ...all.flatMap(([key, { field }]) => under([key], kindProblems(field, values[key]))),
    ],
  };
}

function argsOf(config: pulumi.Config, values: Values): MonitoringStackArgs {
  const privateKey = config.requireSecret("sshPrivateKey");
  const read = <T>(key: keyof typeof settings): T | undefined => {
    const value = values[key] ?? undefined;
    const isSecret = isConfigSecret(`${config.name}:${key}`) && value !== undefined;
    return (isSecret ? hidden(value, settings[key].secret) : value) as T | undefined;
  };
  const secretFiles = values["alertingSecretFiles"] as Record<string, string> | undefined;
  return {
    monitors: read("monitors") ?? [],
    targets: read("targets"),
    connection: { ...read<StackConnectionArgs>("connection"), privateKey },
    droplets: read("droplets"),
    alerting: {
      ...read<MonitoringStackArgs["alerting"]>("alerting"),
      // Names are known, and checked, at once; contents are secret however they were set.
      secretFiles:
        secretFiles &&
        (hidden(secretFiles, settings.alertingSecretFiles.secret) as Record<string, pulumi.Input<string>>),
    },
    alertmanager: read("alertmanager"),
    gossip: read("gossip"),
    network: read("network"),
    scraping: read("scraping"),
    probes: read("probes"),
    blackboxExporter: read("blackboxExporter"),
    prometheus: read("prometheus"),
    rules: read("rules"),
    ruleGroups: read("ruleGroups"),
    firewall: read("firewall"),
    certificates: read("certificates"),
    software: read("software"),
  };
}

/** The value with its secret parts secret. */
function hidden(value: unknown, secret: Setting["secret"]): unknown {
  if (secret?.hides !== "fields") return pulumi.secret(value);
  const entries = Object.entries(value as object).map(([name, each]: [string, unknown]) => [
    name,
    secret.except?.includes(name) ? each : pulumi.secret(each),
  ]);
  return Object.fromEntries(entries) as unknown;
}

/** The problem by the key that has the value in the configuration. */
function asConfigured({ path, says }: Problem): Problem {
  const [first, second, ...rest] = path;
  return first === "alerting" && second === "secretFiles"
    ? { path: ["alertingSecretFiles", ...rest], says }
    : { path, says };
}

/** One error for everything that is wrong, each with the key that `pulumi config set --path` takes. */
function refusal(config: pulumi.Config, problems: Problem[]): pulumi.RunError {
  const lines = sentences(problems).map((line) => `  - ${config.name}:${line}`);
  return new pulumi.RunError(["the configuration cannot be used:", ...lines].join("\n"));
}
