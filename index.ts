import * as pulumi from "@pulumi/pulumi";
import {
  MonitoringStack,
  type MonitoringStackArgs,
  type SshConnection,
  type StackHostArgs,
} from "./components";

// The key is one secret for all machines, beside what is said of each.
type Configured<T extends StackHostArgs> = Omit<T, "connection"> & {
  connection?: Omit<SshConnection, "privateKey">;
};

const config = new pulumi.Config();
const privateKey = config.requireSecret("sshPrivateKey");
const withKey = <T>(host: T & { connection?: Omit<SshConnection, "privateKey"> }) => ({
  ...host,
  connection: { ...host.connection, privateKey },
});
const setting = <K extends keyof MonitoringStackArgs>(key: K) =>
  config.getObject<MonitoringStackArgs[K]>(key);

const stack = new MonitoringStack("monitoring", {
  monitors: config
    .requireObject<Configured<MonitoringStackArgs["monitors"][number]>[]>("monitors")
    .map(withKey),
  targets: config.getObject<Configured<StackHostArgs>[]>("targets")?.map(withKey),
  alerting: {
    ...config.requireObject<MonitoringStackArgs["alerting"]>("alerting"),
    secretFiles: config.getSecretObject<Record<string, string>>("alertingSecretFiles"),
  },
  alertmanager: setting("alertmanager"),
  gossip: setting("gossip"),
  network: setting("network"),
  scraping: setting("scraping"),
  prometheus: setting("prometheus"),
  rules: setting("rules"),
  ruleGroups: setting("ruleGroups"),
  firewall: setting("firewall"),
  certificates: setting("certificates"),
  software: setting("software"),
});

export const monitors = stack.monitors;
export const targets = stack.targets;
export const trustBundle = stack.trustBundle;
