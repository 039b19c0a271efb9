import * as pulumi from "@pulumi/pulumi";
import { MonitoringStack } from "./components";
import { configuredStack } from "./configuration";

const stack = new MonitoringStack("monitoring", configuredStack(new pulumi.Config()));

export const monitors = stack.monitors;
export const targets = stack.targets;
export const trustBundle = stack.trustBundle;
