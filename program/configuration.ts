import * as pulumi from "@pulumi/pulumi";
import type { MonitoringStackArgs, SshConnection, StackHostArgs } from "../components";
import { monitoringStackProblems } from "../components/stack/problems";
import { configurationFields } from "./configurationFields";
import { shapeProblems } from "./configurationProblems";

// The SDK knows which keys were set with --secret, but does not say so in its types.
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

// A secret in one of these hides the text that it stands in; in all others it would be shown, and has no business there.
const mayBeSecret = ["sshPrivateKey", "alerting", "alertingSecretFiles", "scraping", "rules", "ruleGroups"];
const required = ["monitors", "alerting", "sshPrivateKey"];
const plainSettings = ["scrapeInterval", "evaluationInterval", "nodeExporter"];

/** What is said of a machine in the configuration; the key that opens it is one for all, beside it. */
type Configured<T extends StackHostArgs> = Omit<T, "connection"> & {
  connection?: Omit<SshConnection, "privateKey">;
};

/** The configuration as it was written, by key. */
type Values = Record<string, unknown>;

/**
 * The arguments of the stack that `pulumi config` describes.
 *
 * @param name name of the stack's component.
 * @throws pulumi.RunError that lists everything that is wrong, by its key.
 */
export function configuredStack(config: pulumi.Config, name: string): MonitoringStackArgs {
  const { values, problems } = readValues(config);
  const { misshapen, unknown } = shapeProblems(values);
  const fatal = [...problems, ...misshapen];
  // What is missing or has another form than it must have cannot be looked into any further.
  if (fatal.length > 0) throw refusal(config, [...fatal, ...unknown]);
  const args = argsOf(config, values);
  const label = `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
  const wrong = [...unknown, ...monitoringStackProblems(args, label)];
  if (wrong.length > 0) throw refusal(config, wrong);
  return args;
}

function readValues(config: pulumi.Config): { values: Values; problems: string[] } {
  const values: Values = {};
  const problems: string[] = [];
  const prefix = `${config.name}:`;
  const given = Object.keys(pulumi.runtime.allConfig()).filter((key) => key.startsWith(prefix));
  for (const key of given.map((each) => each.slice(prefix.length))) {
    if (isConfigSecret(`${prefix}${key}`) && !mayBeSecret.includes(key)) {
      problems.push(
        `${key}: it is a secret, but what is in it is shown in diffs and state; set it again without --secret`,
      );
    }
    values[key] = valueOf(config.require(key), key);
  }
  for (const key of required) {
    if ((values[key] ?? undefined) === undefined) problems.push(`${key}: this is needed, and was not set`);
  }
  return { values, problems };
}

// Texts are given as they are, all else as JSON; what is neither is told of by whoever looks at its form.
function valueOf(text: string, key: string): unknown {
  if (Object.hasOwn(configurationFields, key) && configurationFields[key] === "value") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function argsOf(config: pulumi.Config, values: Values): MonitoringStackArgs {
  const privateKey = config.requireSecret("sshPrivateKey");
  const withKey = <T extends StackHostArgs>(host: Configured<T>) =>
    ({ ...host, connection: { ...host.connection, privateKey } }) as unknown as T;
  const read = <T>(key: string): T | undefined => {
    const value = values[key] ?? undefined;
    return (isConfigSecret(`${config.name}:${key}`) ? hidden(key, value) : value) as T | undefined;
  };
  const secretFiles = values["alertingSecretFiles"] as Record<string, string> | undefined;

  return {
    monitors: (read<Configured<MonitoringStackArgs["monitors"][number]>[]>("monitors") ?? []).map(withKey),
    targets: read<Configured<StackHostArgs>[]>("targets")?.map(withKey),
    droplets: read("droplets"),
    alerting: {
      ...read<MonitoringStackArgs["alerting"]>("alerting"),
      // Names are known, and checked, at once; contents are secret however they were set.
      secretFiles: secretFiles && entriesHidden(secretFiles),
    },
    alertmanager: read("alertmanager"),
    gossip: read("gossip"),
    network: read("network"),
    scraping: read("scraping"),
    prometheus: read("prometheus"),
    rules: read("rules"),
    ruleGroups: read("ruleGroups"),
    firewall: read("firewall"),
    certificates: read("certificates"),
    software: read("software"),
  };
}

/** One error for everything that is wrong, each with the key that `pulumi config set --path` takes. */
function refusal(config: pulumi.Config, problems: string[]): pulumi.RunError {
  const told = problems.map((problem) =>
    problem.replace(/^alerting\.secretFiles|\bsecretFiles(?= has no)/, "alertingSecretFiles"),
  );
  return new pulumi.RunError(
    [`the configuration cannot be used:`, ...told.map((problem) => `  - ${config.name}:${problem}`)].join(
      "\n",
    ),
  );
}

// Sections stay what they are, their fields become secret, as far as they are written to machines as text.
function hidden(key: string, value: unknown): unknown {
  if (key === "rules" || key === "ruleGroups") return pulumi.secret(value);
  return entriesHidden(value as Record<string, unknown>, plainSettings);
}

function entriesHidden<T>(
  section: Record<string, T>,
  except: string[] = [],
): Record<string, pulumi.Output<T>> {
  const entries = Object.entries(section).map(([key, value]) => [
    key,
    except.includes(key) ? value : pulumi.secret(value),
  ]);
  return Object.fromEntries(entries) as Record<string, pulumi.Output<T>>;
}
