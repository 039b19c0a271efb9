/** A program as users write them: asynchronous, in more than one file, with a file that it reads and with resources of its own. */
import { readFile } from "node:fs/promises";
import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";
import { MonitoringStack } from "ha-monitoring";
import { connection, monitors } from "./hosts";

export = async () => {
  const web = new digitalocean.Droplet("web", {
    image: "debian-13-x64",
    region: "fra1",
    size: "s-1vcpu-1gb",
  });
  new digitalocean.DnsRecord("web", { domain: "example.com", type: "A", value: web.ipv4Address });
  const stack = new MonitoringStack("watch", {
    monitors,
    targets: [{ name: "web", address: web.ipv4Address, labels: { role: "web" }, connection }],
    // Pulumi runs a program in its own directory.
    rules: { "own.yml": await readFile("rules.yml", "utf8") },
    alerting: {
      secretFiles: { chat: new pulumi.Config().requireSecret("webhook") },
      config: {
        route: { receiver: "chat" },
        receivers: [{ name: "chat", webhook_configs: [{ url_file: "chat" }] }],
      },
    },
  });
  return { trustBundle: stack.trustBundle };
};
