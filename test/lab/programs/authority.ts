/** A PrivateCA whose holders are hosts of a lab. */
import * as pulumi from "@pulumi/pulumi";
import { PrivateCA, SshHost } from "../../../components";

const config = new pulumi.Config();
const privateKey = config.requireSecret("sshPrivateKey");

const authority = new PrivateCA("ca", {
  keyUser: "root",
  holders: config
    .requireObject<{ name: string; address: string; hostKey: string }[]>("holders")
    .map(({ name, address, hostKey }) => ({
      name,
      host: new SshHost(name, { address, connection: { privateKey, hostKey } }),
    })),
});

export const certificates = authority.certificates;
