import type * as pulumi from "@pulumi/pulumi";
import type { AlertmanagerConfigArgs, KnownAlertmanagerConfig } from "../alertmanager/alertmanagerConfig";
import { AlertmanagerPeer } from "../alertmanager/alertmanagerPeer";
import { HaproxyMtlsGateway } from "../gateway/haproxyMtlsGateway";
import { PrivateCA } from "../identity/privateCA";
import type { CertificateBundle, GatewayPeer } from "../shapes";
import { otherMonitors, type StackContext } from "./context";
import { checked, prefixed } from "../validation";
import { alertmanagerRuntimeOf, loopbackAddresses } from "./plan";
import { groupIntervalProblemsOf } from "./problems";

/** The alerting half of a stack. */
export interface StackAlerting {
  ca: PrivateCA;
  /** All peers, in the monitors' order; so are the others. */
  peers: GatewayPeer[];
  gateways: HaproxyMtlsGateway[];
  alertmanagers: AlertmanagerPeer[];
}

/** Certificates, and on each monitor a gateway and an Alertmanager. */
export function deployAlerting(context: StackContext): StackAlerting {
  const { parent, name, args, label, ports, hostOf } = context;
  const { monitors, gossip = {} } = args;
  const clusterLabel = gossip.clusterLabel ?? label;
  const loopbacks = loopbackAddresses(monitors);
  const peers: GatewayPeer[] = monitors.map((monitor, index) => ({
    name: monitor.name,
    address: context.addressOf(monitor),
    streamPort: ports.stream,
    datagramPort: ports.datagram,
    loopbackAddress: loopbacks[index] as string,
  }));
  const ca = new PrivateCA(
    `${name}-ca`,
    {
      ...args.certificates,
      commonName: `${clusterLabel} CA`,
      holders: monitors.map((monitor) => ({ name: monitor.name, host: hostOf(monitor) })),
    },
    { parent },
  );

  const alerting = patientAlerting(context);
  const gateways: HaproxyMtlsGateway[] = [];
  const alertmanagers: AlertmanagerPeer[] = [];
  monitors.forEach((monitor, index) => {
    const host = hostOf(monitor);
    const others = peers.filter((_, other) => other !== index);
    // One after the other: whatever changes on this monitor waits for the health of the one before. Its gateway says so to its
    // Alertmanager; the image alone, which no running container notices, comes at once.
    const inTurn = { parent, dependsOn: alertmanagers.slice(-1) };
    const gateway = new HaproxyMtlsGateway(
      `${name}-${monitor.name}-gateway`,
      {
        host,
        certificate: ca.certificates[monitor.name] as pulumi.Output<CertificateBundle>,
        peers: others,
        streamPort: ports.stream,
        datagramPort: ports.datagram,
        bindAddresses: gossip.bindAddresses,
        gossipSources: gossip.gossipSources,
        apiPort: ports.api,
        metricsPort: ports.metrics,
        overlayAddress: context.overlayAddressOf(monitor),
        readers: otherMonitors(context, monitor),
        networkInterface: context.interfaceName,
      },
      inTurn,
    );
    gateways.push(gateway);
    alertmanagers.push(
      new AlertmanagerPeer(
        `${name}-${monitor.name}-alertmanager`,
        {
          host,
          gateway: gateway.sockets,
          self: peers[index] as GatewayPeer,
          peers: others,
          clusterLabel,
          alerting,
          runtime: alertmanagerRuntimeOf(args),
        },
        { parent },
      ),
    );
  });
  return { ca, peers, gateways, alertmanagers };
}

/** The configuration of the Alertmanagers; also what is known of it only later leaves them time to wait for each other. */
function patientAlerting({ parent, args }: StackContext): AlertmanagerConfigArgs {
  const { config, configYaml, ...rest } = args.alerting;
  const problems = (known: Pick<KnownAlertmanagerConfig, "config" | "configYaml">) =>
    prefixed("alerting", groupIntervalProblemsOf(args, known));
  return {
    ...rest,
    ...(config && { config: checked(parent, config, (known) => problems({ config: known })) }),
    ...(configYaml && {
      configYaml: checked(parent, configYaml, (known) => problems({ configYaml: known })),
    }),
  };
}
