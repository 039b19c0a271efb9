import * as pulumi from "@pulumi/pulumi";
import { MonitoringStack } from "./components";
import { configuredStack } from "./program/configuration";

const name = "monitoring";
const stack = new MonitoringStack(name, configuredStack(new pulumi.Config(), name));

export const monitors = stack.monitors;
export const targets = stack.targets;
export const trustBundle = stack.trustBundle;
