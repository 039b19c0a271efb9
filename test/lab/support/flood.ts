import { connect, type Socket } from "node:net";
import type { LabHost } from "../../../lab/hosts/lab";
import { gossipPorts } from "../../../lab/stack";

interface Listener {
  host: string;
  port: number;
}

/**
 * Connections to the gossip ports of hosts that say nothing, or one byte a second. A thousand are opened in a second, each again 10 s after
 * the gateway has closed it: all at once would take the processor from the hosts.
 */
export class Flood {
  /** Connections that the gateway holds now, and how many it has refused or closed. */
  readonly counts = { held: 0, closed: 0 };
  private readonly sockets = new Set<Socket>();
  private isRunning = true;
  private readonly trickle: NodeJS.Timeout;

  /**
   * @param silent connections that say nothing, over all hosts and ports, by IPv4: IPv6 leads to no lab host from here.
   * @param trickling connections that send one byte of a TLS record each second.
   */
  constructor(hosts: LabHost[], silent: number, trickling: number) {
    const listeners = hosts.flatMap(({ address }) =>
      Object.values(gossipPorts).map((port) => ({ host: address, port })),
    );
    for (let index = 0; index < silent + trickling; index += 1)
      this.openAfter(index, listeners[index % listeners.length]!, index < trickling);
    this.trickle = setInterval(() => {
      for (const socket of this.sockets) if (talkative.has(socket)) socket.write("\x16");
    }, 1000);
  }

  stop(): void {
    this.isRunning = false;
    clearInterval(this.trickle);
    for (const socket of this.sockets) socket.destroy();
  }

  private openAfter(milliseconds: number, listener: Listener, trickles: boolean): void {
    setTimeout(() => this.isRunning && this.open(listener, trickles), milliseconds);
  }

  private open(listener: Listener, trickles: boolean): void {
    const socket = connect(listener);
    this.sockets.add(socket);
    if (trickles) talkative.add(socket);
    let isHeld = false;
    socket.on("connect", () => {
      isHeld = true;
      this.counts.held += 1;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.counts.closed += 1;
      if (isHeld) this.counts.held -= 1;
      this.sockets.delete(socket);
      if (this.isRunning) this.openAfter(10_000, listener, trickles);
    });
  }
}

const talkative = new WeakSet<Socket>();
