import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { ScrapeTarget, type ScrapeTargetArgs } from "../../../components";
import { parseHostBundle } from "../../support/bundleParser";
import { deploy, unknown, type Deployment } from "../../support/deployment";
import { plainHost } from "../../support/monitors";

function watch(
  changes: Partial<ScrapeTargetArgs> = {},
  options: { preview?: boolean } = {},
): Promise<Deployment> {
  return deploy(() => {
    const { endpoints, inboundRules } = new ScrapeTarget("target", {
      host: plainHost("target-a", "198.51.100.20"),
      overlayAddress: "203.0.113.20",
      monitors: ["203.0.113.10", "203.0.113.11"],
      ...changes,
    });
    return { endpoints, inboundRules };
  }, options);
}

const rule = {
  ...{ protocol: "tcp", networkInterface: "wg0" },
  sources: ["203.0.113.10", "203.0.113.11"],
};
const own = { job: "own", port: 8443 };

describe("a ScrapeTarget alone", () => {
  it("installs the program, then node_exporter", async () => {
    const { resource, resources, errors } = await watch();
    expect(errors).toEqual([]);
    expect(resources.map(({ name }) => name)).toEqual([
      ...["target", "target-software", "target-node-exporter"],
    ]);
    expect(resource("target-node-exporter").dependencies).toContain("target-software");
  });

  it("listens on the overlay only, and answers the monitors only", async () => {
    const { resource } = await watch();
    const bundle = parseHostBundle(String(resource("target-node-exporter").inputs.stdin));
    const unit = bundle.files["/etc/systemd/system/ha-monitoring-node-exporter.service"];
    const socket = bundle.files["/etc/systemd/system/ha-monitoring-node-exporter.socket"];
    expect(unit?.match(/--web\.\S+/g)).toEqual(["--web.systemd-socket"]);
    expect(socket?.match(/^Listen.*/gm)).toEqual(["ListenStream=203.0.113.20:9100"]);
    for (const each of [unit, socket])
      expect(each).toContain("\nIPAddressAllow=localhost 203.0.113.20 203.0.113.10 203.0.113.11\n");
  });

  it("hides nothing but connections", async () => {
    const { resources } = await watch();
    expect(new Set(resources.flatMap(({ secrets }) => secrets))).toEqual(new Set(["connection"]));
  });

  it("hands on what is scraped and who comes in, in a preview, too", async () => {
    const expected = {
      endpoints: [{ name: "target-a", address: "203.0.113.20", port: 9100, job: "node" }],
      inboundRules: [{ ...rule, port: 9100, purpose: "scrapes of job node" }],
    };
    const { value, secret } = await watch();
    expect(value).toEqual(expected);
    expect(secret).toBe(false);
    const preview = await watch({}, { preview: true });
    expect(preview.value).toEqual(expected);
    expect(JSON.stringify(preview.resources.map(({ inputs }) => inputs.stdin))).not.toContain(unknown);
  });

  it("knows exporters that run already, each with its port, path, scheme and labels", async () => {
    const { value } = await watch({
      labels: { environment: "production" },
      exporters: [{ ...own, path: "/probe", scheme: "https", labels: { tier: "web" } }],
      networkInterface: "wg7",
    });
    expect(value).toEqual({
      endpoints: [
        {
          ...{ name: "target-a", address: "203.0.113.20", port: 9100, job: "node" },
          labels: { environment: "production" },
        },
        {
          ...{ name: "target-a", address: "203.0.113.20", port: 8443, job: "own" },
          labels: {
            ...{ environment: "production", tier: "web" },
            ...{ __metrics_path__: "/probe", __scheme__: "https" },
          },
        },
      ],
      inboundRules: [
        { ...rule, networkInterface: "wg7", port: 9100, purpose: "scrapes of job node" },
        { ...rule, networkInterface: "wg7", port: 8443, purpose: "scrapes of job own" },
      ],
    });
  });

  it("takes labels that are known later, and checks them then", async () => {
    const { value, errors } = await watch({ labels: { environment: pulumi.output("production") } });
    expect(errors).toEqual([]);
    expect(value).toMatchObject({ endpoints: [{ labels: { environment: "production" } }] });
    const wrong = await watch({ labels: { environment: pulumi.output(1 as unknown as string) } });
    expect(wrong.errors).toEqual([
      "labels.environment: a number was given; write a text, in quotes if it looks like a number or a flag",
    ]);
  });

  it("touches no machine when nothing is to be installed", async () => {
    const { resources, value } = await watch({ nodeExporter: { install: false }, exporters: [own] });
    expect(resources.map(({ name }) => name)).toEqual(["target"]);
    expect(value).toMatchObject({ endpoints: [{ job: "own", port: 8443 }] });
  });

  it("takes settings of node_exporter", async () => {
    const { value, resource } = await watch({
      nodeExporter: {
        ...{ port: 9200, job: "machine", timex: true, flags: ["--collector.systemd"] },
        software: { version: "1.10.0", baseUrl: "https://mirror.example.com/node_exporter/" },
      },
    });
    expect(value).toMatchObject({ endpoints: [{ job: "machine", port: 9200 }] });
    expect(resource("target-node-exporter").inputs.stdin).toContain(
      "|ExecStart=/opt/ha-monitoring/node_exporter-1.10.0/node_exporter --web.systemd-socket --collector.systemd\n",
    );
    expect(resource("target-software").inputs.stdin).toContain(
      "|version 1.10.0\n|from https://mirror.example.com/node_exporter\n",
    );
  });

  it("waits for addresses that are known later", async () => {
    const { value, errors } = await watch({
      overlayAddress: pulumi.output("2001:db8::20"),
      monitors: pulumi.output(["2001:db8::10"]),
    });
    expect(errors).toEqual([]);
    expect(value).toMatchObject({
      endpoints: [{ address: "2001:db8::20" }],
      inboundRules: [{ sources: ["2001:db8::10"] }],
    });
  });
});

describe("a ScrapeTarget refuses before anything is touched", () => {
  it.each<[name: string, args: Partial<ScrapeTargetArgs>, problem: string]>([
    [
      "no monitors, for then everybody could scrape",
      { monitors: [] },
      "monitors: at least one address is needed, or the firewall would admit everybody",
    ],
    [
      "a monitor by name",
      { monitors: ["monitor-a"] },
      'monitors[0]: "monitor-a" is not an IP address; write for example 198.51.100.10 or 2001:db8::10',
    ],
    [
      "an overlay address that is none",
      { overlayAddress: "" },
      'overlayAddress: "" is not an IP address; write for example 198.51.100.10 or 2001:db8::10',
    ],
    [
      "a label that is none",
      { labels: { "a\n": "c" } },
      'labels: "a\\n" is not the name of a label; use any text, but not an empty one, and no control character',
    ],
    [
      "nothing to scrape",
      { nodeExporter: { install: false } },
      "exporters: without a node_exporter at least one exporter is needed, or there is nothing to scrape",
    ],
    [
      "a port that is taken",
      { exporters: [{ job: "own", port: 9100 }] },
      'exporters[0].port: port 9100 of job "own" is that of job "node" already',
    ],
    [
      "a scheme that is none",
      { exporters: [{ ...own, scheme: "ftp" }] },
      'exporters[0].scheme: "ftp" is not allowed; use http or https',
    ],
    [
      "a path that is none",
      { exporters: [{ ...own, path: "metrics" }] },
      'exporters[0].path: "metrics" must begin with /',
    ],
    [
      "a job that cannot be a file",
      { exporters: [{ ...own, job: "a/b" }] },
      'exporters[0].job: "a/b" is not the name of a job; use up to 80 letters, digits, ., _ and -',
    ],
    [
      "a privileged port",
      { nodeExporter: { port: 80 } },
      "nodeExporter.port: 80 is not allowed; node_exporter runs without privileges, so use 1024 to 65535",
    ],
    [
      "a flag that opens another address",
      { nodeExporter: { flags: ["--web.listen-address=:9100"] } },
      'nodeExporter.flags[0]: "--web.listen-address=:9100" would open another address; the overlay\'s is the only one',
    ],
    [
      "a flag with a blank",
      { nodeExporter: { flags: ["--a b"] } },
      'nodeExporter.flags[0]: "--a b" is not a flag; write for example --collector.systemd, without blanks, quotes and backslashes',
    ],
    [
      "a version that takes no socket from systemd",
      { nodeExporter: { software: { version: "1.4.0" } } },
      "nodeExporter.software.version: 1.4.0 cannot take its socket from systemd; use 1.5.0 or later",
    ],
    [
      "a version that is none",
      { nodeExporter: { software: { version: "latest" } } },
      'nodeExporter.software.version: "latest" is not the version of a release; write for example 3.13.5, without v',
    ],
  ])("%s", async (_, args, problem) => {
    const deployment = await watch(args);
    expect(deployment.errors).toEqual([problem]);
    expect(deployment.resources.filter(({ custom }) => custom)).toEqual([]);
    expect(pulumi.ResourceError.isInstance(deployment.thrown)).toBe(true);
  });

  it("what is wrong in addresses that are known later", async () => {
    const { errors, resources } = await watch({ overlayAddress: pulumi.output("nowhere") });
    expect(errors).toEqual([
      'overlayAddress: "nowhere" is not an IP address; write for example 198.51.100.10 or 2001:db8::10',
    ]);
    expect(resources.filter(({ name }) => name === "target-node-exporter")).toEqual([]);
  });
});
