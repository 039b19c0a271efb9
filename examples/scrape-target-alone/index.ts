import * as pulumi from "@pulumi/pulumi";
import { HostFirewall, ScrapeTarget, SshHost, WireGuardLink } from "ha-monitoring";

// A Prometheus of somebody else gets a tunnel to one more machine, and is told by the outputs what to scrape. Its machine gets WireGuard and
// nothing else; its configuration stays its owner's.
const config = new pulumi.Config();
const privateKey = config.requireSecret("sshPrivateKey");
const machine = (key: string) => {
  const { name, address, hostKey } =
    config.requireObject<Record<"name" | "address" | "hostKey", string>>(key);
  return { name, host: new SshHost(name, { address, connection: { privateKey, hostKey } }) };
};
const prometheus = machine("prometheus");
const target = machine("target");

const overlay = new WireGuardLink("overlay", { hubs: [prometheus], spokes: [target] });
const overlayAddress = ({ name }: { name: string }) =>
  pulumi.output(overlay.hostAddresses).apply((addresses) => addresses[name] ?? "");

const scraped = new ScrapeTarget("target", {
  host: target.host,
  overlayAddress: overlayAddress(target),
  monitors: [overlayAddress(prometheus)],
  nodeExporter: { software: config.requireObject("software") },
});

new HostFirewall("firewall", {
  host: target.host,
  rules: pulumi
    .all([scraped.inboundRules, overlay.inboundRules])
    .apply(([scrapes, tunnels]) => [...scrapes, ...(tunnels[target.name] ?? [])]),
});

/** One file for `file_sd_configs`: where the target is, and what it is called. */
export const fileSd = pulumi.output(scraped.endpoints).apply((endpoints) =>
  JSON.stringify(
    endpoints.map(({ name, address, port, job, labels }) => ({
      targets: [address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`],
      labels: { ...labels, instance: name, job },
    })),
    undefined,
    2,
  ),
);
