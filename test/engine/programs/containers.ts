/** Everything of Docker that the library uses, on a machine over SSH. */
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const prefix = config.require("prefix");
const provider = new docker.Provider("machine", {
  host: config.require("host"),
  sshOpts: config.requireObject<string[]>("sshOpts"),
});
const options = { provider };

const image = new docker.RemoteImage(
  "image",
  { name: `${prefix}-image`, build: { context: config.require("context") } },
  options,
);
const network = new docker.Network(
  "network",
  {
    name: `${prefix}-network`,
    internal: true,
    labels: [{ label: "test.text", value: config.get("networkLabel") ?? "one" }],
  },
  options,
);
const volume = new docker.Volume("volume", { name: `${prefix}-volume` }, options);
const container = new docker.Container(
  "container",
  {
    name: `${prefix}-container`,
    image: image.imageId,
    command: ["3600"],
    envs: ["B=2", `A=${config.get("variable") ?? "1"}`],
    user: "65534:65534",
    readOnly: true,
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    memory: config.getNumber("memory") ?? 64,
    memorySwap: config.getNumber("memory") ?? 64,
    restart: config.get("restart") ?? "unless-stopped",
    labels: [{ label: "test.prefix", value: prefix }],
    mounts: [{ type: "volume", source: volume.name, target: "/data" }],
    tmpfs: { "/tmp": "size=1m" },
    networksAdvanced: [{ name: network.name, aliases: ["server"] }],
    hosts: [{ host: "other.test", ip: "192.0.2.7" }],
    logDriver: "json-file",
    logOpts: { "max-size": "1m" },
    init: true,
    destroyGraceSeconds: 1,
  },
  options,
);

export const imageId = image.imageId;
export const containerId = container.id;
export const address = container.networkDatas.apply((networks) => networks?.[0]?.ipAddress);
