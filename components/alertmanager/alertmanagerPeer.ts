import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { configBundle, gateBundle, secretsBundle } from "../../templates/alertmanager/alertmanagerBundles";
import { renderAlertmanagerFlags } from "../../templates/alertmanager/alertmanagerFlags";
import { alertmanagerLayout as layout } from "../../templates/alertmanager/alertmanagerLayout";
import { alertmanagerConfigText, checkedAlerting, type AlertmanagerConfigArgs } from "./alertmanagerConfig";
import {
  alertmanagerOriginProblems,
  installAlertmanagerImage,
  type AlertmanagerImageArgs,
} from "./alertmanagerImage";
import { gatewayPorts } from "../gateway/haproxyMtlsGateway";
import { applyBundle } from "../host/bundle";
import { dockerProvider, machineIdentity } from "../host/dockerProvider";
import { timingDefaults } from "../prometheus/prometheusConfig";
import { peerIdentities, peerIdentity } from "./peerIdentity";
import type { GatewayPeer, GatewaySockets, Host } from "../shapes";
import type { SoftwareArgs } from "../software";
import { checked, peerProblems, prefixed, refuse } from "../validation";

/** How one Alertmanager runs. */
export interface AlertmanagerRuntimeArgs {
  /** The image. */
  image?: AlertmanagerImageArgs;
  /** Where the Alertmanager in a built image comes from: upstream's release, or the package of the base image's distribution. Default: release 0.34.2. */
  software?: SoftwareArgs;
  /** Memory limit in MiB. Default 256. */
  memoryMegabytes?: number;
  /** How long silences and the notification log are kept, e.g. `120h`, the default. */
  retention?: string;
  /** How long a peer waits for the one before it before it notifies itself. Default 15s. */
  peerTimeout?: string;
  /** debug, info, warn or error. Default info. */
  logLevel?: string;
}

/** Arguments of AlertmanagerPeer. */
export interface AlertmanagerPeerArgs {
  /** The machine. */
  host: pulumi.Input<Host>;
  /** What the gateway on this machine shares. */
  gateway: pulumi.Input<GatewaySockets>;
  /** This Alertmanager among the peers. */
  self: pulumi.Input<GatewayPeer>;
  /** All other Alertmanagers of the cluster. */
  peers: pulumi.Input<pulumi.Input<GatewayPeer>[]>;
  /** Label of the cluster: clusters with different labels never merge. */
  clusterLabel: pulumi.Input<string>;
  /** Whom it tells what. */
  alerting: AlertmanagerConfigArgs;
  /** How it runs. */
  runtime?: AlertmanagerRuntimeArgs;
  /** URL under which people reach it; it stands in notifications. */
  externalUrl?: pulumi.Input<string>;
}

// Alertmanager, two socats a peer and three inbound, each with up to 64 children for the moment of a connection.
const pidsLimit = 512;

/**
 * One Alertmanager of a cluster, in a container that meets its machine only in the gateway's directory of Unix sockets: no published
 * port, no capability, a read-only root file system.
 */
export class AlertmanagerPeer extends pulumi.ComponentResource {
  /** Where the API is served on the machine. */
  public readonly apiUrl: pulumi.Output<string>;

  constructor(name: string, args: AlertmanagerPeerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:AlertmanagerPeer", name, {}, opts);
    const runtime = args.runtime ?? {};
    refuse(this, prefixed("runtime", alertmanagerRuntimeProblems(runtime)));
    const alerting = checkedAlerting(this, args.alerting);
    const gateway = pulumi.output(args.gateway);
    const self = peerIdentity(args.self);
    const others = peerIdentities(args.peers);
    const peers = checked(this, args.peers, peerProblems);
    const gatePeers = peers.apply((known) =>
      known.map((peer) => ({ ...peer, streamPort: peer.streamPort ?? gatewayPorts.stream })),
    );
    const memory = runtime.memoryMegabytes ?? 256;
    const child = { parent: this };

    const image = installAlertmanagerImage(this, name, args.host, runtime);
    const secrets =
      alerting.secretFiles === undefined
        ? []
        : [
            applyBundle(
              `${name}-secrets`,
              args.host,
              "alertmanager-secrets",
              // Not before the configuration is known to be right: nothing is touched for a wrong one.
              pulumi
                .all([alerting.secretFiles, gateway.user, alerting.config])
                .apply(([files, owner]) => secretsBundle(files, owner)),
              { ...child, dependsOn: image.ready.command },
            ),
          ];
    const configured = applyBundle(
      `${name}-config`,
      args.host,
      "alertmanager",
      pulumi
        .all([alerting.config, alerting.secretFileNames, gateway.user, gateway.apiUrl, gatePeers])
        .apply(([config, names, group, apiUrl, others]) =>
          configBundle(
            {
              yml: alertmanagerConfigText(config, names, `${layout.inContainer.templatesDirectory}/*.tmpl`),
              templates: config.templates ?? {},
            },
            image.reference,
            group,
            apiUrl,
            others,
          ),
        ),
      { ...child, dependsOn: [image.ready, ...secrets].map(({ command }) => command) },
    );

    const provider = dockerProvider(`${name}-docker`, args.host, child);
    // The bundle's removal takes these along, so that nothing but the machine's own connection is needed to destroy them.
    const onDocker = {
      parent: this,
      provider,
      dependsOn: configured.command,
      deletedWith: configured.command,
    };
    const onThisMachine = {
      ...onDocker,
      replacementTrigger: machineIdentity(args.host),
      // It may be the same machine all the same, and there a name is taken.
      deleteBeforeReplace: true,
    };
    const network = new docker.Network(
      `${name}-network`,
      {
        name: layout.network,
        driver: "bridge",
        options: { "com.docker.network.bridge.enable_icc": "false" },
      },
      onThisMachine,
    );
    // Docker makes a volume for the container where there is none, and one that is there keeps what is in it.
    const volume = new docker.Volume(`${name}-data`, { name: layout.volume }, onDocker);
    const container = new docker.Container(
      name,
      {
        name: layout.container,
        image: image.reference,
        hostname: self.name,
        command: pulumi
          .all([self, others, args.clusterLabel, args.externalUrl])
          .apply(([own, known, clusterLabel, externalUrl]) =>
            renderAlertmanagerFlags({
              name: own.name,
              loopbackAddress: own.loopbackAddress,
              peerAddresses: known.map(({ loopbackAddress }) => loopbackAddress),
              clusterLabel,
              retention: runtime.retention ?? "120h",
              peerTimeout: runtime.peerTimeout ?? timingDefaults.peerTimeout,
              externalUrl,
              logLevel: runtime.logLevel ?? "info",
            }),
          ),
        envs: pulumi
          .all([self, others, gateway])
          .apply(([own, known, { uid, gid }]) => [
            `LOOPBACK_ADDRESS=${own.loopbackAddress}`,
            `PEERS=${known.map((peer) => `${peer.name}=${peer.loopbackAddress}`).join(" ")}`,
            `GOSSIP_PORT=${layout.gossipPort}`,
            `HAPROXY_UID=${uid}`,
            `HAPROXY_GID=${gid}`,
            `DATA_DIR=${layout.inContainer.data}`,
            `SOCKET_DIR=${layout.inContainer.sockets}`,
          ]),
        user: gateway.apply(({ uid, gid }) => `${uid}:${gid}`),
        mounts: [
          { type: "bind", source: layout.directory, target: layout.inContainer.directory, readOnly: true },
          { type: "bind", source: gateway.directory, target: layout.inContainer.sockets },
          { type: "volume", source: volume.name, target: layout.inContainer.data },
        ],
        networksAdvanced: [{ name: network.name }],
        readOnly: true,
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        memory,
        // Equal to memory: no swap. Unset, Docker would choose and every refresh would differ.
        memorySwap: memory,
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
      },
      onThisMachine,
    );

    const healthy = applyBundle(
      `${name}-healthy`,
      args.host,
      "alertmanager-healthy",
      pulumi
        .all([gateway.apiUrl, gatePeers, container.id])
        .apply(([apiUrl, others, id]) =>
          gateBundle(apiUrl, others, { all: false, notes: [`container ${id}`], pidsLimit }),
        ),
      { ...child, dependsOn: container },
    );

    this.apiUrl = pulumi.all([gateway.apiUrl, healthy.command.urn]).apply(([url]) => url);
    this.registerOutputs({ apiUrl: this.apiUrl });
  }
}

/** What is wrong with how an Alertmanager is to run, one sentence each. */
export function alertmanagerRuntimeProblems(runtime: AlertmanagerRuntimeArgs): string[] {
  const problems: string[] = [];
  const { memoryMegabytes, logLevel } = runtime;
  if (memoryMegabytes !== undefined && !(memoryMegabytes >= 32)) {
    problems.push(`memoryMegabytes: ${memoryMegabytes} is too little to run; 32 or more are needed`);
  }
  for (const [field, value] of Object.entries({
    retention: runtime.retention,
    peerTimeout: runtime.peerTimeout,
  })) {
    if (value !== undefined && !/^(\d+(ms|s|m|h))+$/.test(value)) {
      problems.push(`${field}: "${value}" is not a duration of Go; write for example 15s, 2m or 120h`);
    }
  }
  if (logLevel !== undefined && !["debug", "info", "warn", "error"].includes(logLevel)) {
    problems.push(`logLevel: "${logLevel}" is unknown; debug, info, warn and error are allowed`);
  }
  return [...problems, ...alertmanagerOriginProblems(runtime)];
}
