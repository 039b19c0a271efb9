import { connect, type Socket } from "node:net";
import type { LabHost } from "../../../lab/hosts/lab";
import { gossipPorts } from "../../../lab/stack";

/** Connections to the gossip ports of hosts that say nothing, or one byte a second. Each is opened again a while after the gateway has closed it. */
export class Flood {
  /** Connections that were opened, and that the gateway closed. */
  readonly counts = { opened: 0, closed: 0 };
  private readonly sockets = new Set<Socket>();
  private isRunning = true;
  private readonly trickle: NodeJS.Timeout;

  /**
   * @param silent connections that say nothing, over all hosts, ports and families.
   * @param trickling connections that send one byte of a TLS record each second.
   */
  constructor(hosts: LabHost[], silent: number, trickling: number) {
    const listeners = hosts.flatMap(({ address, address6 }) =>
      [address, address6].flatMap((each) => Object.values(gossipPorts).map((port) => ({ host: each, port }))),
    );
    for (let index = 0; index < silent + trickling; index += 1)
      this.open(listeners[index % listeners.length]!, index < trickling);
    this.trickle = setInterval(() => {
      for (const socket of this.sockets) if (talkative.has(socket)) socket.write("\x16");
    }, 1000);
  }

  stop(): void {
    this.isRunning = false;
    clearInterval(this.trickle);
    for (const socket of this.sockets) socket.destroy();
  }

  private open(listener: { host: string; port: number }, trickles: boolean): void {
    const socket = connect(listener);
    this.sockets.add(socket);
    if (trickles) talkative.add(socket);
    socket.on("connect", () => (this.counts.opened += 1));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.counts.closed += 1;
      this.sockets.delete(socket);
      if (this.isRunning) setTimeout(() => this.isRunning && this.open(listener, trickles), 3000);
    });
  }
}

const talkative = new WeakSet<Socket>();
