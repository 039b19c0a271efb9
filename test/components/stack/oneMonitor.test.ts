import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from "vitest";
import { MonitoringStack } from "../../../components";
import { deploy } from "../../support/deployment";
import { stackArgs, targets } from "../../support/monitors";

const deployStack = (...args: Parameters<typeof stackArgs>) =>
  deploy(() => void new MonitoringStack("monitoring", stackArgs(...args)));

describe("a stack of one monitor", () => {
  let warnings: MockInstance<typeof pulumi.log.warn>;

  beforeEach(() => {
    warnings = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  });

  afterEach(() => {
    warnings.mockRestore();
  });

  it("is deployed with a warning that nothing is highly available; two are not warned of", async () => {
    const { errors } = await deployStack(1, { targets: targets(2) });
    expect(errors).toEqual([]);
    expect(warnings.mock.calls.map(([text]) => text)).toEqual([
      "monitoring: the stack has one monitor, so nothing is highly available: while its host or one of its services is down, no alert is" +
        " sent; add a second host to monitors",
    ]);
    warnings.mockClear();
    await deployStack(2);
    expect(warnings).not.toHaveBeenCalled();
  });

  it("has no port for gossip: not in HAProxy, not in the firewall, not among the ports that must be free", async () => {
    const [one, two] = [await deployStack(1), await deployStack(2)];
    for (const part of ["gateway-haproxy", "firewall-rules", "preflight"]) {
      const text = (stack: typeof one) => String(stack.resource(`monitoring-monitor-a-${part}`).inputs.stdin);
      expect(text(one), part).not.toMatch(/\b909[45]\b/);
      expect(text(two), part).toMatch(/\b909[45]\b/);
    }
  });

  it("is a cluster of one, whose proof asks for no peer", async () => {
    const { resource } = await deployStack(1);
    const { inputs } = resource("monitoring-monitor-a-alertmanager", "docker:index/container:Container");
    expect(inputs.command).toContain("--cluster.listen-address=127.0.1.1:9094");
    expect(JSON.stringify(inputs.command)).not.toContain("--cluster.peer=");
    expect(inputs.envs).toContain("PEERS=");
    expect(resource("monitoring-monitor-a-cluster").inputs.stdin).toContain(" --all http://127.0.0.1:9093\n");
  });

  it("may have any group_interval: no other Alertmanager could notify again", async () => {
    const route = { receiver: "nobody", group_interval: "1s" };
    const fast = { config: { route, receivers: [{ name: "nobody" }] } };
    expect((await deployStack(1, { alerting: fast })).errors).toEqual([]);
    expect((await deployStack(2, { alerting: fast })).errors.join()).toContain(
      "group_interval: 1s is too short",
    );
  });
});
