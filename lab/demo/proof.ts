import { connect } from "node:tls";
import type { Lab, LabHost } from "../hosts/lab";
import { alertmanagerApi as api, curl, makeSilenceCommand, silenceOf } from "./alerts";

/** What one Alertmanager says about its cluster. */
export interface ClusterStatus {
  status: string;
  /** Members that it sees, itself included, as loopback addresses and ports. */
  members: string[];
}

/** Asks the Alertmanager of a monitor for its cluster, through the API that its gateway serves on its loopback. */
export async function clusterStatus(lab: Lab, host: string): Promise<ClusterStatus> {
  const { stdout } = await lab.exec(host, `${curl} ${api}/api/v2/status`);
  const { cluster } = JSON.parse(stdout) as { cluster: { status: string; peers?: { address: string }[] } };
  return { status: cluster.status, members: (cluster.peers ?? []).map(({ address }) => address).sort() };
}

/**
 * Makes a silence at one monitor and waits until another one has it.
 *
 * @param size characters of its comment: above some 700 bytes Alertmanager sends streams instead of datagrams.
 * @returns milliseconds between the two. Both clocks are this machine's.
 * @throws if it is not there after 1000 looks, which take 20 s and more.
 */
export async function silenceLatency(lab: Lab, from: string, to: string, size = 20): Promise<number> {
  const marker = `proof-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;
  const stdin = silenceOf(marker, marker.padEnd(size, "."), 600);
  const watch = lab.exec(
    to,
    `n=0; until curl --silent --max-time 20 '${api}/api/v2/silences?filter=alertname%3D%22${marker}%22' | grep -q ${marker}; do` +
      ` n=$((n + 1)); [ $n -lt 1000 ] || exit 1; sleep 0.01; done; date +%s%N`,
    { allowFailure: true },
  );
  const made = await lab.exec(from, `${makeSilenceCommand} --output /dev/null && date +%s%N`, { stdin });
  const seen = await watch;
  if (seen.status !== 0) throw new Error(`the silence that was made at ${from} did not appear at ${to}`);
  return Number(BigInt(seen.stdout.trim()) - BigInt(made.stdout.trim())) / 1e6;
}

/** What a TLS client experiences at a port: `accepted`, or the reason why not. */
export async function knock(
  host: Pick<LabHost, "name"> & { address: string },
  port: number,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({
      host: host.address,
      port,
      servername: host.name,
      rejectUnauthorized: false,
      minVersion: "TLSv1.3",
    });
    const finish = (outcome: string) => {
      socket.destroy();
      resolve(outcome);
    };
    // In TLS 1.3 a client learns only after its own handshake that its certificate was missed.
    socket.setTimeout(20_000, () => finish("accepted"));
    socket.once("data", () => finish("accepted"));
    socket.once("end", () => finish("closed"));
    socket.once("error", (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}
