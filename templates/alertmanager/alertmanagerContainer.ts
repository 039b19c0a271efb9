import { alertmanagerLayout as layout } from "./alertmanagerLayout";

/** An Alertmanager as its peers know it. */
export interface ContainerPeer {
  name: string;
  loopbackAddress: string;
}

// Alertmanager, two socats for each peer and three inbound, each with up to 64 children for the moment of a connection.
/** Most processes of the container. */
export const pidsLimit = 512;

/** The network: containers on it do not reach each other. */
export const containerNetwork = {
  name: layout.network,
  driver: "bridge",
  options: { "com.docker.network.bridge.enable_icc": "false" },
};

/** Environment of the entrypoint. */
export function containerEnvironment(
  self: ContainerPeer,
  peers: ContainerPeer[],
  ids: { uid: number; gid: number },
): string[] {
  return [
    `LOOPBACK_ADDRESS=${self.loopbackAddress}`,
    `PEERS=${peers.map((peer) => `${peer.name}=${peer.loopbackAddress}`).join(" ")}`,
    `GOSSIP_PORT=${layout.gossipPort}`,
    `HAPROXY_UID=${ids.uid}`,
    `HAPROXY_GID=${ids.gid}`,
    `DATA_DIR=${layout.inContainer.data}`,
    `SOCKET_DIR=${layout.inContainer.sockets}`,
  ];
}

/** Mounts: the configuration, and what the caller knows as sources of the sockets and the data. */
export function containerMounts<T>(sockets: T, volume: T) {
  const { directory, data, sockets: inContainer } = layout.inContainer;
  return [
    { type: "bind", source: layout.directory, target: directory, readOnly: true },
    { type: "bind", source: sockets, target: inContainer },
    { type: "volume", source: volume, target: data },
  ];
}

/** What no argument changes: no capability, a read-only root file system, no published port, a restart after every end. */
export function containerSettings(memoryMegabytes: number) {
  return {
    name: layout.container,
    readOnly: true,
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    memory: memoryMegabytes,
    // Equal to memory: no swap. Unset, Docker would choose and every refresh would differ.
    memorySwap: memoryMegabytes,
    healthcheck: {
      tests: ["CMD", "/bin/sh", "/usr/local/bin/healthcheck.sh"],
      interval: "30s",
      timeout: "5s",
      startPeriod: "20s",
      retries: 3,
    },
    restart: "always",
    // Longer than Alertmanager's leave of the cluster and its last snapshot.
    destroyGraceSeconds: 30,
    logDriver: "journald",
  };
}
