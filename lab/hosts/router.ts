import { randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../polling";
import { readCapture, type SeenPacket } from "./capture";
import { run } from "./command";
import type { HostFile } from "./host";
import { buildRouterImage } from "./images";
import { contentHash, labels } from "./labels";
import { withMachineLock } from "./machineLock";
import { passBridgedPackets } from "./bridge";
import { readNetwork, type LabNetwork } from "./network";
import { hostAddresses, routerNumber } from "./subnets";

export { describePacket, type SeenPacket } from "./capture";

/** Node.js as the project's own packages bring it, whatever runs this program. */
const nodeProgram = realpathSync(join(__dirname, "..", "..", "node_modules", "node", "bin", "node"));
/** Seconds within which a packet that was sent on this machine must be in the router's record, however busy the machine is. */
const secondsToRecord = 60;
const discardPort = 9;

/**
 * The default route of all hosts of a lab. It forwards nothing, accepts every connection, answers every request of HTTP with 200 and
 * every datagram with itself, and records what it gets.
 */
export class LabRouter {
  private forgotten = 0;

  constructor(private readonly lab: string) {}

  /** Every packet that hosts sent to the router since the last `reset`, or since it was started. */
  async seen(): Promise<SeenPacket[]> {
    const packets = await this.recorded();
    if (packets.length < this.forgotten)
      throw new Error(`The router of ${this.lab} was started anew, and its record with it`);
    return packets.slice(this.forgotten);
  }

  /** Forgets what was seen. */
  async reset(): Promise<void> {
    this.forgotten = (await this.recorded()).length;
  }

  /** All packets until now: a mark is sent behind them, and waited for. */
  private async recorded(): Promise<SeenPacket[]> {
    const network = await readNetwork(this.lab);
    if (!network) throw new Error(`The lab ${this.lab} has no network; start hosts first`);
    const mark = `mark ${randomUUID()}`;
    const isMark = ({ data }: SeenPacket) => data === mark;
    const socket = createSocket("udp4");
    socket.send(mark, discardPort, hostAddresses(network, routerNumber).address);
    const { value } = await eventually(secondsToRecord, async () => {
      const packets = await this.capture();
      if (!packets.some(isMark)) throw new Error(`The router of ${this.lab} does not record what it gets`);
      return packets;
    }).finally(() => socket.close());
    return value.filter(({ data }) => !/^mark [0-9a-f-]{36}$/.test(data));
  }

  private async capture(): Promise<SeenPacket[]> {
    const container = routerContainer(this.lab);
    const { stdout } = await run("docker", ["exec", container, "base64", "/seen.pcap"]);
    return readCapture(Buffer.from(stdout, "base64"));
  }
}

/** Starts the lab's router unless it runs. */
export async function ensureRouter(network: LabNetwork, log: (line: string) => void): Promise<void> {
  const image = await buildRouterImage(log);
  await withMachineLock(`router-${network.name}`, async () => {
    await passBridgedPackets(network.name, log);
    const container = routerContainer(network.name);
    const flags = routerFlags(network);
    const recipe = contentHash([image, ...flags]);
    const format = `{{index .Config.Labels "${labels.recipe}"}} {{.State.Status}}`;
    const state = await run("docker", ["inspect", "--format", format, container], { allowFailure: true });
    if (state.stdout.trim() === `${recipe} running`) return;
    if (state.status === 0) await run("docker", ["rm", "--force", container]);
    await run("docker", ["run", "--detach", ...flags, "--label", `${labels.recipe}=${recipe}`, image]);
  });
}

/** Tells a host where its default route leads. */
export function defaultRouteFile(network: LabNetwork): HostFile {
  const { address, address6 } = hostAddresses(network, routerNumber);
  return {
    path: "/etc/default/lab-router",
    content: `ROUTER=${address}\nROUTER6=${address6}\n`,
    mode: 0o644,
  };
}

/** No host can have this name. */
function routerContainer(lab: string): string {
  return `${lab}.router`;
}

function routerFlags(network: LabNetwork): string[] {
  const { address, address6 } = hostAddresses(network, routerNumber);
  return [
    ...["--name", routerContainer(network.name), "--hostname", "router", "--init"],
    ...["--network", network.name, "--ip", address, "--ip6", address6],
    ...["--restart", "unless-stopped", "--cap-add", "NET_ADMIN"],
    ...["--sysctl", "net.ipv4.ip_forward=0", "--sysctl", "net.ipv6.conf.all.forwarding=0"],
    ...["--volume", `${nodeProgram}:/opt/router/node:ro`],
    ...["--label", `${labels.lab}=${network.name}`, "--label", `${labels.router}=1`],
  ];
}
