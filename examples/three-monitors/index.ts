import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { MonitoringStack } from "ha-monitoring";

interface Machine {
  name: string;
  address: string;
  hostKey: string;
}

const config = new pulumi.Config();
const privateKey = config.requireSecret("sshPrivateKey");
const file = (name: string) => readFileSync(join(__dirname, name), "utf8");
const host = ({ name, address, hostKey }: Machine) => ({
  name,
  address,
  connection: { privateKey, hostKey },
});

const stack = new MonitoringStack("monitoring", {
  // With a number of its own, a monitor can be taken out of the middle later, and the others stay who they are.
  monitors: config
    .requireObject<(Machine & { number: number })[]>("monitors")
    .map((monitor) => ({ ...host(monitor), number: monitor.number })),
  targets: config.requireObject<Machine[]>("targets").map(host),
  rules: { "targets.yml": file("rules.yml") },
  alerting: {
    configYaml: file("alertmanager.yml"),
    secretFiles: { "pager-token": config.requireSecret("pagerToken") },
  },
  alertmanager: config.requireObject("alertmanager"),
  software: config.requireObject("software"),
});

export const monitors = stack.monitors;
export const targets = stack.targets;
