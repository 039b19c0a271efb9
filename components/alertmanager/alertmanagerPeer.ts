import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { alertmanagerPeer, alertmanagerVersionOf, settledRuntime } from "../../model/alertmanager";
import { webUrl } from "../../model/checks";
import { problemsOf } from "../../model/fields";
import { settledPeer } from "../../model/gateway";
import { configBundle, gateBundle, secretsBundle } from "../../templates/alertmanager/alertmanagerBundles";
import {
  containerEnvironment,
  containerMounts,
  containerNetwork,
  containerSettings,
  pidsLimit,
} from "../../templates/alertmanager/alertmanagerContainer";
import { renderAlertmanagerFlags } from "../../templates/alertmanager/alertmanagerFlags";
import { alertmanagerLayout as layout } from "../../templates/alertmanager/alertmanagerLayout";
import { alertmanagerConfigText } from "../../templates/alertmanager/alertmanagerYml";
import { applyBundle, type AppliedBundle } from "../host/bundle";
import { dockerProvider } from "../host/dockerProvider";
import { after, knownHost } from "../host/knownHost";
import type { GatewayPeer, GatewaySockets, Host } from "../shapes";
import type { SoftwareArgs } from "../software";
import { checked, refuse } from "../validation";
import {
  checkedAlerting,
  warnOfAlerting,
  type AlertmanagerConfigArgs,
  type CheckedAlerting,
} from "./alertmanagerConfig";
import { installAlertmanagerImage, type AlertmanagerImageArgs } from "./alertmanagerImage";
import { peerIdentities, peerIdentity } from "./peerIdentity";

/** How one Alertmanager runs. */
export interface AlertmanagerRuntimeArgs {
  /** The image. */
  image?: AlertmanagerImageArgs;
  /** Where the Alertmanager in a built image comes from: upstream's release, or the package of the base image's distribution. Default: release 0.35.0. */
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
  /** Routes, receivers, inhibition rules and templates. */
  alerting: AlertmanagerConfigArgs;
  /** How it runs. */
  runtime?: AlertmanagerRuntimeArgs;
  /** URL under which people reach it, for links in notifications. A path in it is for links only: a proxy in front must take it away. Its DNS name belongs in `apiNames` of the gateway. Default: the host name of the container, which leads nowhere. A change makes the container anew. */
  externalUrl?: pulumi.Input<string>;
}

/**
 * One Alertmanager of a cluster, in a container that shares with its host only the gateway's directory of Unix sockets: no published port, no
 * capability, a read-only root file system.
 */
export class AlertmanagerPeer extends pulumi.ComponentResource {
  /** Where the API is served on the machine. */
  public readonly apiUrl: pulumi.Output<string>;

  constructor(name: string, args: AlertmanagerPeerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:AlertmanagerPeer", name, {}, opts);
    refuse(this, problemsOf(alertmanagerPeer, args));
    const { host } = args;
    const runtime = settledRuntime(args.runtime);
    const alerting = checkedAlerting(this, args.alerting, args.runtime);
    warnOfAlerting(this, args.alerting, args.runtime);
    const gateway = pulumi.output(args.gateway);
    const gatePeers = checked(this, alertmanagerPeer.fields.peers, args.peers, ["peers"]).apply((peers) =>
      peers.map(settledPeer),
    );
    const child = { parent: this };

    const image = installAlertmanagerImage(this, name, host, runtime);
    const secrets = this.deploySecrets(name, args, alerting, gateway, image.ready);
    const configured = applyBundle(
      `${name}-config`,
      host,
      "alertmanager",
      pulumi
        .all([alerting.config, alerting.secretFileNames, gateway.user, gateway.apiUrl, gatePeers])
        .apply(([config, names, group, apiUrl, peers]) =>
          configBundle(
            { yml: alertmanagerConfigText(config, names), templates: config.templates ?? {} },
            image.reference,
            group,
            apiUrl,
            peers,
            alertmanagerVersionOf(args.runtime),
          ),
        ),
      { ...child, dependsOn: [image.ready, ...secrets].map(({ command }) => command) },
    );
    const container = this.deployContainer(name, args, image.reference, configured);
    const healthy = applyBundle(
      `${name}-healthy`,
      host,
      "alertmanager-healthy",
      pulumi
        .all([gateway.apiUrl, gatePeers, container.id])
        .apply(([apiUrl, peers, id]) =>
          gateBundle(apiUrl, peers, { all: false, notes: [`container ${id}`], pidsLimit }),
        ),
      { ...child, dependsOn: container },
    );

    this.apiUrl = after(healthy.command, gateway.apiUrl);
    this.registerOutputs({ apiUrl: this.apiUrl });
  }

  /** Secret files, in a bundle of their own, whose text is secret. */
  private deploySecrets(
    name: string,
    { host }: AlertmanagerPeerArgs,
    { config, secretFiles }: CheckedAlerting,
    gateway: pulumi.Output<pulumi.Unwrap<GatewaySockets>>,
    image: AppliedBundle,
  ): AppliedBundle[] {
    if (secretFiles === undefined) return [];
    // After the configuration has been checked: nothing is touched for a wrong one.
    const bundle = pulumi
      .all([secretFiles, gateway.user, config])
      .apply(([files, owner]) => secretsBundle(files, owner));
    return [
      applyBundle(`${name}-secrets`, host, "alertmanager-secrets", bundle, {
        parent: this,
        dependsOn: image.command,
      }),
    ];
  }

  /** The container with its network and its volume. */
  private deployContainer(
    name: string,
    args: AlertmanagerPeerArgs,
    image: string,
    { command: configured }: AppliedBundle,
  ): docker.Container {
    const { memoryMegabytes, ...settings } = settledRuntime(args.runtime);
    const self = peerIdentity(args.self);
    const others = peerIdentities(args.peers);
    const gateway = pulumi.output(args.gateway);
    const provider = dockerProvider(`${name}-docker`, args.host, { parent: this });
    // The bundle's removal takes these along, so that only the host's own connection is needed to destroy them.
    const onDocker = { parent: this, provider, dependsOn: configured, deletedWith: configured };
    const onThisHost = {
      ...onDocker,
      replacementTrigger: knownHost(args.host).identity,
      // It may be the same host all the same, and there the name is taken.
      deleteBeforeReplace: true,
    };
    const network = new docker.Network(`${name}-network`, containerNetwork, onThisHost);
    // Docker makes a volume for the container where there is none, and one that is there keeps its content.
    const volume = new docker.Volume(`${name}-data`, { name: layout.volume }, onDocker);
    return new docker.Container(
      name,
      {
        ...containerSettings(memoryMegabytes),
        image,
        hostname: self.name,
        command: pulumi
          .all([self, others, args.clusterLabel, checked(this, webUrl, args.externalUrl, ["externalUrl"])])
          .apply(([own, peers, clusterLabel, externalUrl]) =>
            renderAlertmanagerFlags({
              ...own,
              peerAddresses: peers.map(({ loopbackAddress }) => loopbackAddress),
              clusterLabel,
              retention: settings.retention,
              peerTimeout: settings.peerTimeout,
              externalUrl,
              logLevel: settings.logLevel,
            }),
          ),
        envs: pulumi
          .all([self, others, gateway])
          .apply(([own, peers, ids]) => containerEnvironment(own, peers, ids)),
        user: gateway.apply(({ uid, gid }) => `${uid}:${gid}`),
        mounts: containerMounts<pulumi.Input<string>>(gateway.directory, volume.name),
        networksAdvanced: [{ name: network.name }],
      },
      onThisHost,
    );
  }
}
