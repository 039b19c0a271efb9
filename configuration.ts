import * as pulumi from "@pulumi/pulumi";
import type { MonitoringStackArgs, SshConnection, StackHostArgs } from "./components";

// The SDK knows which keys were set with --secret, but does not say so in its types.
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

// A secret in one of these hides the text that it stands in; in all others it would be shown, and has no business there.
const mayBeSecret = ["alerting", "scraping", "rules", "ruleGroups"];
const plainSettings = ["scrapeInterval", "evaluationInterval", "nodeExporter"];

/** What is said of a machine in the configuration; the key that opens it is one for all, beside it. */
type Configured<T extends StackHostArgs> = Omit<T, "connection"> & {
  connection?: Omit<SshConnection, "privateKey">;
};

/**
 * The arguments of the stack that `pulumi config` describes.
 *
 * @throws pulumi.RunError when a key is secret that cannot be kept so.
 */
export function configuredStack(config: pulumi.Config): MonitoringStackArgs {
  const privateKey = config.requireSecret("sshPrivateKey");
  const withKey = <T extends StackHostArgs>(host: Configured<T>) =>
    ({ ...host, connection: { ...host.connection, privateKey } }) as unknown as T;
  const read = <T>(key: string): T | undefined => {
    const value = config.getObject<T>(key);
    if (value === undefined || !isConfigSecret(`${config.name}:${key}`)) return value;
    if (!mayBeSecret.includes(key)) {
      throw new pulumi.RunError(
        `${config.name}:${key} is a secret, but what is in it is shown in diffs and state; set it again without --secret`,
      );
    }
    return hidden(key, value) as T;
  };
  const required = <T>(key: string): T => read<T>(key) ?? config.requireObject<T>(key);
  const secretFiles = config.getObject<Record<string, string>>("alertingSecretFiles");

  return {
    monitors: required<Configured<MonitoringStackArgs["monitors"][number]>[]>("monitors").map(withKey),
    targets: read<Configured<StackHostArgs>[]>("targets")?.map(withKey),
    alerting: {
      ...required<MonitoringStackArgs["alerting"]>("alerting"),
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
