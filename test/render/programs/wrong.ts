/** A program with mistakes: one that is known at once, one that is known later, and one that nobody waits for. */
import * as pulumi from "@pulumi/pulumi";
import { HostFirewall, SshHost } from "ha-monitoring";
import { hostKey, privateKey } from "../../support/monitors";

const host = new SshHost("web", { address: "198.51.100.21", connection: { privateKey, hostKey } });
new HostFirewall("late", {
  host,
  rules: pulumi.output([{ protocol: "tcp", port: 70000, sources: [], purpose: "a service" }]),
});
void Promise.reject(new Error("nobody waits for this"));
new HostFirewall("early", { host, rules: [], confirmWithinSeconds: 1 });
