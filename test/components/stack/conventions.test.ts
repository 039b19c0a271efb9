/** What docs/pulumi-conventions.md says of options and of outputs. */
import * as digitalocean from "@pulumi/digitalocean";
import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { MonitoringStack, type MonitoringStackArgs } from "../../../components";
import { deploy, type Deployment } from "../../support/deployment";
import { alerting, privateKey, stackArgs } from "../../support/monitors";

const onDroplets = (): MonitoringStackArgs => ({
  monitors: ["monitor-a", "monitor-b"].map((name) => ({ name, region: "fra1", connection: { privateKey } })),
  droplets: { sshKeys: ["aa:bb"], protected: false },
  alerting,
});

async function deployWith(
  args: MonitoringStackArgs,
  opts: () => pulumi.ComponentResourceOptions = () => ({}),
  name = "monitoring",
): Promise<Deployment> {
  const deployment = await deploy(() => {
    const { monitors, targets, trustBundle } = new MonitoringStack(name, args, opts());
    return { monitors, targets, trustBundle };
  });
  expect(deployment.errors).toEqual([]);
  return deployment;
}

const isDroplet = ({ type }: { type: string }) => type === "digitalocean:index/droplet:Droplet";
const ofDigitalOcean = ({ type }: { type: string }) => /^digitalocean:index\/(droplet|firewall):/.test(type);

describe("options of a stack's component", () => {
  it("protect: reaches all children, but droplets have their own setting", async () => {
    const { resources } = await deployWith(onDroplets(), () => ({ protect: true }));
    const unprotected = resources.filter(({ protect, custom }) => custom && !protect);
    expect(unprotected.length).toBe(2);
    expect(unprotected.every(isDroplet)).toBe(true);
  });

  it("providers: reach the droplets and their firewalls", async () => {
    const { resources } = await deployWith(onDroplets(), () => ({
      providers: [new digitalocean.Provider("account", { token: "t" })],
    }));
    const providers = resources.filter(ofDigitalOcean).map(({ provider }) => provider);
    expect(providers).toEqual(["account", "account", "account", "account"]);
  });

  it("transformations: see every child, and can change what a provider is given", async () => {
    const seen: string[] = [];
    const tagged: pulumi.ResourceTransformation = ({ type, name, props, opts }) => {
      seen.push(`${type} ${name}`);
      return isDroplet({ type }) ? { props: { ...(props as object), tags: ["team-a"] }, opts } : undefined;
    };
    const { resources } = await deployWith(onDroplets(), () => ({ transformations: [tagged] }));
    expect(seen.sort()).toEqual(resources.map(({ type, name }) => `${type} ${name}`).sort());
    expect(resources.filter(isDroplet).map(({ inputs }) => inputs.tags)).toEqual([["team-a"], ["team-a"]]);
  });

  it("import: there is no such option for a component", () => {
    // @ts-expect-error: only resources of providers can be imported.
    const opts: pulumi.ComponentResourceOptions = { import: "1234" };
    expect(opts).toHaveProperty("import");
  });
});

describe("another name of a stack's component", () => {
  const addresses = ({ value }: Deployment) =>
    (value as { monitors: { overlayAddress: string }[] }).monitors.map(
      ({ overlayAddress }) => overlayAddress,
    );
  const clusterLabels = ({ resources }: Deployment) =>
    resources.flatMap(({ inputs }) => JSON.stringify(inputs).match(/--cluster\.label=[^"\\ ]*/g) ?? []);

  it("gives other names to all children, other addresses on the overlay, and another label of the cluster", async () => {
    const [one, other] = [await deployWith(stackArgs()), await deployWith(stackArgs(), undefined, "watch")];
    expect(other.resources.map(({ name }) => name)).toEqual(
      one.resources.map(({ name }) => name.replace(/^monitoring/, "watch")),
    );
    expect(addresses(other)).not.toEqual(addresses(one));
    expect(clusterLabels(one).length).toBeGreaterThan(0);
    expect(clusterLabels(other)).not.toEqual(clusterLabels(one));
  });

  it("leaves both as they are where network.label and gossip.clusterLabel are set", async () => {
    const args = stackArgs(2, {
      network: { label: "shop/prod/monitoring" },
      gossip: { clusterLabel: "shop/prod/monitoring" },
    });
    const [one, other] = [await deployWith(args), await deployWith(args, undefined, "watch")];
    expect(addresses(other)).toEqual(addresses(one));
    expect(clusterLabels(other)).toEqual(clusterLabels(one));
  });
});

it("outputs are plain JSON without secrets, as another stack reads them", async () => {
  const { value, secret } = await deployWith(onDroplets());
  expect(secret).toBe(false);
  expect(JSON.parse(JSON.stringify(value))).toEqual(value);
  expect(JSON.stringify(value)).not.toContain("PRIVATE KEY");
});
