/** Everything of Docker that the library uses, on a host over SSH. */
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const prefix = config.require("prefix");
const provider = new docker.Provider("machine", {
  host: config.require("host"),
  sshOpts: config.requireObject<string[]>("sshOpts"),
});
const options = { provider };

const network = new docker.Network(
  "network",
  {
    ...{ name: `${prefix}-network`, driver: "bridge" },
    options: { "com.docker.network.bridge.enable_icc": config.get("betweenContainers") ?? "false" },
  },
  options,
);
const volume = new docker.Volume("volume", { name: `${prefix}-volume` }, options);
const container = new docker.Container(
  "container",
  {
    name: `${prefix}-container`,
    image: `${prefix}-image`,
    hostname: "sleeper",
    command: ["3600"],
    envs: ["B=2", `A=${config.get("variable") ?? "1"}`],
    user: "65534:65534",
    readOnly: true,
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    memory: config.getNumber("memory") ?? 64,
    memorySwap: config.getNumber("memory") ?? 64,
    restart: config.get("restart") ?? "unless-stopped",
    mounts: [
      { type: "volume", source: volume.name, target: "/data" },
      { type: "bind", source: config.require("directory"), target: "/given", readOnly: true },
    ],
    networksAdvanced: [{ name: network.name, aliases: ["server"] }],
    healthcheck: { tests: ["CMD", "/bin/sleep", "0"], interval: "30s", timeout: "5s", retries: 3 },
    logDriver: "json-file",
    destroyGraceSeconds: 1,
  },
  options,
);

export const containerId = container.id;
export const address = container.networkDatas.apply((networks) => networks?.[0]?.ipAddress);
