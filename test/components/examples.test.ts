import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it } from "vitest";
import { deploy, type Deployment } from "../support/deployment";
import { hostKey, privateKey } from "../support/monitors";

const names = ({ resources }: Deployment) => resources.map(({ name }) => name);

describe("an example", () => {
  beforeEach(() => {
    const values = {
      sshPrivateKey: privateKey,
      ...{ hostKey, hostKeyA: hostKey, hostKeyB: hostKey, hostKeyWeb1: hostKey },
      ...{ certificatePem: "a certificate\n", trustBundlePem: "a root\n" },
    };
    const config = Object.entries(values).map(([key, value]) => [`${pulumi.getProject()}:${key}`, value]);
    pulumi.runtime.setAllConfig(Object.fromEntries(config) as Record<string, string>, []);
  });

  it("smallest: deploys two monitors and a target, and is the program of the README", async () => {
    const deployment = await deploy(() => import("../../examples/smallest/index.js"));
    expect(deployment.errors).toEqual([]);
    expect(names(deployment)).toEqual(
      expect.arrayContaining([
        "monitoring-monitor-a-cluster",
        "monitoring-monitor-b-cluster",
        "monitoring-web-1-target-node-exporter",
      ]),
    );
    const withoutLayout = (text: string) => text.replaceAll(/\s+|,(?=\s*[\]})])/g, "");
    const read = (path: string) => readFileSync(join(__dirname, "../..", path), "utf8");
    const [, shown = "nothing"] = /```ts\n([\s\S]*?)```/.exec(read("README.md")) ?? [];
    const program = read("examples/smallest/index.ts").replace('"../../components"', '"ha-monitoring"');
    expect(withoutLayout(program)).toContain(withoutLayout(shown));
  });

  it("gateway-alone: deploys a gateway and nothing of an Alertmanager or an authority", async () => {
    const deployment = await deploy(() => import("../../examples/gateway-alone/index.js"));
    expect(deployment.errors).toEqual([]);
    expect(names(deployment)).toEqual(
      expect.arrayContaining(["monitor-a-prepare", "gateway-certificates", "gateway-haproxy"]),
    );
    expect(names(deployment).filter((name) => /alertmanager|ca-root/.test(name))).toEqual([]);
  });
});
