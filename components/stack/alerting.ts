import type * as pulumi from "@pulumi/pulumi";
import { anything } from "../../model/checks";
import type { AnyField } from "../../model/fields";
import type { StackModel } from "../../model/stackModel";
import { warnOfAlerting, type AlertmanagerConfigArgs } from "../alertmanager/alertmanagerConfig";
import { AlertmanagerPeer } from "../alertmanager/alertmanagerPeer";
import { HaproxyMtlsGateway } from "../gateway/haproxyMtlsGateway";
import { PrivateCA } from "../identity/privateCA";
import type { CertificateBundle, GatewayPeer } from "../shapes";
import { checked } from "../validation";
import type { Foundation } from "./foundation";

/** The alerting half of a stack. */
export interface StackAlerting {
  ca: PrivateCA;
  /** All peers, in the order of the monitors. */
  peers: (GatewayPeer & { streamPort: number })[];
  alertmanagers: AlertmanagerPeer[];
}

/** Certificates, and on each monitor a gateway and an Alertmanager. */
export function deployAlerting({ parent, name, model, hostOf, addressOf }: Foundation): StackAlerting {
  const { monitors } = model;
  const peers = monitors.map((monitor) => ({ ...monitor.peer, address: addressOf(monitor) }));
  const ca = new PrivateCA(
    `${name}-ca`,
    {
      ...model.authority,
      holders: monitors.map((monitor) => ({ name: monitor.name, host: hostOf(monitor) })),
    },
    { parent },
  );
  const alertmanagers: AlertmanagerPeer[] = [];
  monitors.forEach((monitor, index) => {
    const host = hostOf(monitor);
    const others = peers.filter((_, other) => other !== index);
    // One after the other: every change on this monitor waits for the health of the one before. Its gateway passes that on to its
    // Alertmanager; the image alone, which no running container notices, comes at once.
    const gateway = new HaproxyMtlsGateway(
      `${name}-${monitor.name}-gateway`,
      {
        ...monitor.gateway,
        host,
        certificate: ca.certificates[monitor.name] as pulumi.Output<CertificateBundle>,
        peers: others,
      },
      { parent, dependsOn: alertmanagers.slice(-1) },
    );
    warnOfAlerting(parent, monitor.alertmanager.alerting, monitor.alertmanager.runtime);
    const alerting = withGroupIntervalCheck(parent, monitor.alertmanager.alerting, model);
    alertmanagers.push(
      new AlertmanagerPeer(
        `${name}-${monitor.name}-alertmanager`,
        {
          ...monitor.alertmanager,
          alerting,
          host,
          gateway: gateway.sockets,
          self: peers[index] as GatewayPeer,
          peers: others,
        },
        { parent },
      ),
    );
  });
  return { ca, peers, alertmanagers };
}

/** The configuration, whose group_interval values are checked when it is known, if it is an Output. */
function withGroupIntervalCheck(
  component: pulumi.Resource,
  { config, configYaml, ...rest }: AlertmanagerConfigArgs,
  { groupIntervals }: StackModel,
): AlertmanagerConfigArgs {
  const check = (name: "config" | "configYaml"): AnyField => ({
    ...anything,
    problems: (known) => groupIntervals({ [name]: known }),
  });
  return {
    ...rest,
    ...(config && { config: checked(component, check("config"), config, ["alerting"]) }),
    ...(configYaml && { configYaml: checked(component, check("configYaml"), configYaml, ["alerting"]) }),
  };
}
