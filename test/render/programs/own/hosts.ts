import * as pulumi from "@pulumi/pulumi";
import { hostKey } from "../../../support/monitors";

const privateKey = new pulumi.Config().requireSecret("sshPrivateKey");

export const connection = { privateKey, hostKey };
export const monitors = ["198.51.100.10", "198.51.100.11"].map((address, index) => ({
  name: `monitor-${index + 1}`,
  address,
  connection,
}));
