import { expect, it } from "vitest";
import { MonitoringStack, type MonitorSummary, type TargetSummary } from "../../../components";
import { standInId, standInOutputs } from "../../../components/host/standIns";
import { deploy } from "../../support/deployment";
import { alerting, connection, privateKey, targets } from "../../support/monitors";

const ownRule = { protocol: "tcp", port: 443, sources: ["203.0.113.0/24"], purpose: "a web server" };
const args = {
  monitors: ["monitor-a", "monitor-b"].map((name) => ({ name, region: "fra1", connection: { privateKey } })),
  targets: [{ ...targets(1)[0]!, connection: connection(), inboundRules: [ownRule] }],
  droplets: { sshKeys: ["aa:bb"] },
  alerting,
};
interface Outputs {
  monitors: MonitorSummary[];
  targets: TargetSummary[];
}

async function outputs() {
  const deployment = await deploy(() => {
    const stack = new MonitoringStack("monitoring", args);
    return { monitors: stack.monitors, targets: stack.targets };
  });
  expect(deployment.errors).toEqual([]);
  return { ...(deployment.value as Outputs), deployment };
}

it("the outputs of a stack have the id and the addresses of each droplet, and of a host that exists none", async () => {
  const { monitors, targets: listed, deployment } = await outputs();
  for (const { name, address, droplet } of monitors) {
    const resource = { type: "digitalocean:index/droplet:Droplet", name: `monitoring-${name}`, inputs: {} };
    expect(droplet).toEqual({ id: Number(standInId(resource)), ...(await standInOutputs(resource)) });
    expect(address).toBe(droplet?.ipv4Address);
  }
  expect(listed[0]).not.toHaveProperty("droplet");
  expect(deployment.secret).toBe(false);
});

it("the outputs of a stack have what each firewall lets in, its services and the user's own rules", async () => {
  const { monitors, targets: listed, deployment } = await outputs();
  for (const { name, inboundRules } of [...monitors, ...listed]) {
    const bundle = String(deployment.resource(`monitoring-${name}-firewall-rules`).inputs.stdin);
    expect(inboundRules.length).toBeGreaterThan(0);
    for (const { port } of inboundRules) expect(bundle).toMatch(new RegExp(`\\b${port}\\b`));
  }
  expect(listed[0]?.inboundRules).toContainEqual(ownRule);
  expect(monitors[0]?.inboundRules.map(({ port }) => port)).toEqual(
    expect.arrayContaining([9094, 9095, 51820]),
  );
});
