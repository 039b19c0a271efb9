import { sshDefaults } from "./defaults";
import { isInstalled } from "./exporterPlan";
import { gatewayPorts } from "./gateway";
import { ifKnown } from "./known";
import { canonicalAddress } from "./networks";
import { formatPath, type Path } from "./problem";
import type { HostModel, MonitorModel, StackModel } from "./stackModel";

/** A socket that a host must have free for us. */
export interface Listener {
  protocol: "tcp" | "udp";
  /** IP address; `0.0.0.0` and `::` are all addresses of a family. */
  address: string;
  port: number;
  /** The argument that chooses the port, below the host where the host has one: an index would change with the hosts before it. */
  setting: string;
}

/** A port to which packets of other hosts must come through. */
export interface OpenPort {
  family: "ip" | "ip6";
  protocol: string;
  port: number;
  /** Default: every interface. */
  networkInterface?: string;
}

/** What a stack needs of a host before anything is put on it. */
export interface Preflight {
  listeners: Listener[];
  /** What a firewall of somebody else must let in; none where such a firewall is not read. */
  open: OpenPort[];
  /** Port that the stack's firewall leaves open for SSH; undefined where there is no such firewall, or the port is known later. */
  sshPort: number | undefined;
  /** Connections at once by which nobody has logged in yet, which the host's sshd must take. */
  sshLogins: number;
  /** The interface that the overlay makes. */
  interfaceName: string;
  /** Networks that are reached by it only. */
  networks: string[];
  /** Megabytes that a first deployment takes below a directory. */
  space: { directory: string; megabytes: number }[];
  /** Whether the user of SSH must be able to use Docker. */
  needsDocker: boolean;
}

const everywhere = ["0.0.0.0", "::"];

/**
 * A first deployment of the default versions took 168 MB of /opt and 144 MB of /var/lib/docker on a lab monitor that had Docker, and 16 MB of
 * /opt on a target. Upstream's archives are about twice as large as the lab's builds, and an archive is unpacked beside itself.
 */
const space = {
  monitor: [
    { directory: "/opt", megabytes: 600 },
    { directory: "/var/lib", megabytes: 400 },
  ],
  target: [
    { directory: "/opt", megabytes: 60 },
    { directory: "/var/lib", megabytes: 40 },
  ],
};

/**
 * Logins under way at once on one host. Each command of Pulumi has a connection of its own: up to 5 commands of a monitor and 2 of a target
 * wait for nothing but their host, whatever `--parallel` allows (a test of the stack counts them); Docker's requests share one connection.
 * The sshd of lab hosts saw 4 and 2 at once. Above that, @pulumi/command tries ten times more when a connection is refused.
 */
const sshLogins = { monitor: 4, target: 2 };

/** What the services of a stack need of one of its hosts. */
export function preflightOf(host: HostModel, model: StackModel): Preflight {
  const monitor = model.monitors.find((each) => each === host);
  return {
    sshPort: sshPortOf(host),
    sshLogins: monitor ? sshLogins.monitor : sshLogins.target,
    open: host.trustForeignFirewall ? [] : openPorts(host, model, monitor !== undefined),
    listeners: [...hostListeners(host, model), ...(monitor ? monitorListeners(monitor, model) : [])],
    interfaceName: model.overlay.interfaceName,
    networks: host.overlayNetworks,
    space: monitor ? space.monitor : space.target,
    // The container of Alertmanager is made over the user's own connection, without sudo.
    needsDocker: monitor !== undefined,
  };
}

function sshPortOf({ firewall, origin }: HostModel): number | undefined {
  if (firewall === undefined) return undefined;
  const port =
    origin.kind === "existing" ? ifKnown(origin.host.connection.port ?? sshDefaults.port) : undefined;
  return firewall.sshPort ?? port;
}

/** What the rules of the stack let in on a host, but for those of the user. */
function openPorts(host: HostModel, model: StackModel, isMonitor: boolean): OpenPort[] {
  const { origin, overlay, overlayAddress, path, rules } = host;
  const address = origin.kind === "existing" ? ifKnown(origin.host.address) : undefined;
  // A name, and what is known later, is taken for IPv4.
  const isIpv6 = (ifKnown(overlay.endpoint) ?? address ?? "").includes(":");
  // A target begins the conversation with each monitor, and keeps it up; the answers pass a firewall that knows connections.
  const isCalled = isMonitor || model.overlay.keepaliveSeconds === 0;
  return rules
    .filter(({ at }) => at[path.length] !== "inboundRules")
    .filter(({ at }) => isCalled || at[path.length] !== "listenPort")
    .map(({ rule: { protocol, port, networkInterface } }) => ({
      family: (networkInterface === undefined ? isIpv6 : overlayAddress.includes(":")) ? "ip6" : "ip",
      ...{ protocol, port, networkInterface },
    }));
}

function hostListeners({ overlay, overlayAddress, exporters }: HostModel, model: StackModel): Listener[] {
  const wireGuardPort = overlay.listenPort ?? model.overlay.listenPort;
  const installed = exporters.filter((each) => each.at[0] === "nodeExporter" || isInstalled(each));
  return [
    ...listeners("udp", everywhere, wireGuardPort, ["listenPort"]),
    ...installed.flatMap(({ port, at }) => listeners("tcp", [overlayAddress], port, [...at, "port"])),
  ];
}

function monitorListeners(
  { gateway, prometheus, overlayAddress }: MonitorModel,
  { monitors }: StackModel,
): Listener[] {
  const served = ["127.0.0.1", overlayAddress];
  // A gateway without peers has no ports for gossip.
  const bindAddresses = monitors.length > 1 ? gateway.bindAddresses : [];
  const addresses = {
    streamPort: bindAddresses,
    datagramPort: bindAddresses,
    apiPort: served,
    metricsPort: ["127.0.0.1"],
  };
  return [
    ...gatewayPorts.flatMap((name) => listeners("tcp", addresses[name], gateway[name], ["gossip", name])),
    ...listeners("tcp", served, prometheus.runtime.port, ["prometheus", "port"]),
  ];
}

function listeners(protocol: Listener["protocol"], addresses: string[], port: number, at: Path): Listener[] {
  return addresses.map((address) => ({
    ...{ protocol, address: canonicalAddress(address), port },
    setting: formatPath(at),
  }));
}
