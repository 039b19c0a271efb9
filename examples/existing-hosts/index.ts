import * as pulumi from "@pulumi/pulumi";
import { FirewallMode, MonitoringStack, type SshBastion, type StackHostArgs } from "ha-monitoring";

interface Machine {
  name: string;
  address: string;
  hostKey: string;
}

const config = new pulumi.Config();
const connection = {
  user: config.require("sshUser"),
  port: config.requireNumber("sshPort"),
  privateKey: config.requireSecret("sshPrivateKey"),
  bastion: config.requireObject<SshBastion>("bastion"),
};
const machines = (key: string): StackHostArgs[] =>
  config
    .requireObject<Machine[]>(key)
    .map(({ name, address, hostKey }) => ({ name, address, connection: { ...connection, hostKey } }));

const stack = new MonitoringStack("monitoring", {
  monitors: machines("monitors"),
  targets: machines("targets"),
  // These machines do other things as well: ports that no rule of ours is about stay as they are.
  firewall: { mode: FirewallMode.Guard },
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
