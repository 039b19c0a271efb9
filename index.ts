import * as pulumi from "@pulumi/pulumi";
import { MonitoringStack, type MonitoringStackArgs, type SshConnection } from "./components";

type ConfiguredMonitor = Omit<MonitoringStackArgs["monitors"][number], "connection"> & {
  connection?: Omit<SshConnection, "privateKey">;
};

const config = new pulumi.Config();
const privateKey = config.requireSecret("sshPrivateKey");

const stack = new MonitoringStack("monitoring", {
  monitors: config
    .requireObject<ConfiguredMonitor[]>("monitors")
    .map((monitor) => ({ ...monitor, connection: { ...monitor.connection, privateKey } })),
  alerting: {
    ...config.requireObject<MonitoringStackArgs["alerting"]>("alerting"),
    secretFiles: config.getSecretObject<Record<string, string>>("alertingSecretFiles"),
  },
  alertmanager: config.getObject<MonitoringStackArgs["alertmanager"]>("alertmanager"),
  gossip: config.getObject<MonitoringStackArgs["gossip"]>("gossip"),
  certificates: config.getObject<MonitoringStackArgs["certificates"]>("certificates"),
});

export const monitors = stack.monitors;
export const trustBundle = stack.trustBundle;
