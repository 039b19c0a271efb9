/** A program that needs answers which only a run with providers and a backend can give. */
import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";

const network = new pulumi.StackReference("organization/network/prod");
export const cidr = network.getOutput("cidr");
export const key = digitalocean.getSshKeyOutput({ name: "operator" }).fingerprint;
