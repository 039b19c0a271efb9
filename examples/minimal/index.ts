import * as pulumi from "@pulumi/pulumi";
import { MonitoringStack } from "ha-monitoring";

const config = new pulumi.Config();
const privateKey = config.requireSecret("sshPrivateKey");

const stack = new MonitoringStack("monitoring", {
  monitors: [
    {
      name: "monitor-a",
      address: "198.51.100.10",
      connection: { privateKey, hostKey: config.require("hostKeyA") },
    },
    {
      name: "monitor-b",
      address: "198.51.100.11",
      connection: { privateKey, hostKey: config.require("hostKeyB") },
    },
  ],
  targets: [
    {
      name: "web-1",
      address: "198.51.100.20",
      connection: { privateKey, hostKey: config.require("hostKeyWeb1") },
    },
  ],
  ruleGroups: [{ name: "targets", rules: [{ alert: "TargetDown", expr: "up == 0", for: "2m" }] }],
  alerting: {
    config: {
      route: { receiver: "team", group_by: ["alertname"] },
      receivers: [{ name: "team", webhook_configs: [{ url: "https://alerts.example.com/hook" }] }],
    },
  },
});

export const monitors = stack.monitors;
