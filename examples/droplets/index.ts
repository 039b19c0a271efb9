import * as pulumi from "@pulumi/pulumi";
import { MonitoringStack, type DropletSettings, type MonitorArgs } from "ha-monitoring";

interface Machine {
  name: string;
  region: string;
  droplet?: DropletSettings;
}

const config = new pulumi.Config();
const connection = { privateKey: config.requireSecret("sshPrivateKey") };
const machines = (key: string): MonitorArgs[] =>
  config.requireObject<Machine[]>(key).map((machine) => ({ ...machine, connection }));

// The token of the account: pulumi config set --secret digitalocean:token
const stack = new MonitoringStack("monitoring", {
  monitors: machines("monitors"),
  targets: machines("targets"),
  droplets: config.requireObject("droplets"),
  ruleGroups: [{ name: "targets", rules: [{ alert: "TargetDown", expr: "up == 0", for: "2m" }] }],
  alerting: {
    config: {
      route: { receiver: "team", group_by: ["alertname"] },
      receivers: [{ name: "team", webhook_configs: [{ url: config.require("webhook") }] }],
    },
  },
  alertmanager: config.requireObject("alertmanager"),
  software: config.requireObject("software"),
});

export const monitors = stack.monitors;
export const targets = stack.targets;
