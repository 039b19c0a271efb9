import { alertmanagerLayout } from "./alertmanagerLayout";

/** What the command line of one Alertmanager is made of. */
export interface AlertmanagerFlags {
  /** Name of this peer. */
  name: string;
  /** Loopback address that it listens on and advertises. */
  loopbackAddress: string;
  /** Loopback addresses of the other peers. */
  peerAddresses: string[];
  /** Two clusters with different labels never merge. */
  clusterLabel: string;
  /** How long silences and notifications are kept, e.g. `120h`. */
  retention: string;
  /** How long a peer waits for the one before it in line, e.g. `15s`. */
  peerTimeout: string;
  /** URL under which people reach this Alertmanager; it stands in notifications. */
  externalUrl?: string;
  logLevel: string;
}

/** The arguments of one Alertmanager; its entrypoint leaves out those that its version does not have. */
export function renderAlertmanagerFlags(flags: AlertmanagerFlags): string[] {
  const { gossipPort, inContainer } = alertmanagerLayout;
  const values: Record<string, string | undefined> = {
    "config.file": inContainer.configFile,
    "storage.path": inContainer.data,
    "data.retention": flags.retention,
    // Silences are on disk within a minute instead of a quarter of an hour.
    "data.maintenance-interval": "1m",
    "web.listen-address": "127.0.0.1:9093",
    "web.external-url": flags.externalUrl,
    // Without it, the path of the external URL would move the API from where the gate, the health check and every Prometheus ask.
    "web.route-prefix": flags.externalUrl && "/",
    "cluster.listen-address": `${flags.loopbackAddress}:${gossipPort}`,
    "cluster.advertise-address": `${flags.loopbackAddress}:${gossipPort}`,
    "cluster.label": flags.clusterLabel,
    "cluster.peer-name": flags.name,
    "cluster.peer-timeout": flags.peerTimeout,
    // A peer that came back under a new name is not looked for under its old one for six hours.
    "cluster.reconnect-timeout": "5m",
    "log.level": flags.logLevel,
  };
  const named = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  );
  return [...named, ...flags.peerAddresses.map((address) => `--cluster.peer=${address}:${gossipPort}`)];
}
