import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { Credentials } from "./testAuthority";

/** A port of a gateway, and how it is addressed. */
export interface Door {
  address: string;
  port: number;
  /** The name that is asked for; an empty one is not sent. */
  serverName: string;
}

/** Against hanging only: a refusal is an error message, or closes the connection. */
const millisecondsOfSilence = 60_000;

/** A connection through a gateway to the Alertmanager behind it. */
export class GossipClient {
  private constructor(
    private readonly socket: TLSSocket,
    private readonly clusterLabel: string,
  ) {}

  /** Opens a connection. In TLS 1.3 this succeeds before the server has seen the client's certificate. */
  static open(
    door: Door,
    clusterLabel: string,
    credentials: Credentials,
    options: ConnectionOptions = {},
  ): Promise<GossipClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        ...{ host: door.address, port: door.port, servername: door.serverName },
        ...{ cert: credentials.certificate, key: credentials.key },
        rejectUnauthorized: false,
        ...options,
      });
      socket.setTimeout(millisecondsOfSilence, () => socket.destroy(new Error("silent")));
      socket.once("error", reject);
      socket.once("secureConnect", () => {
        socket.off("error", reject);
        // Between two questions nobody waits; the next one finds the connection gone.
        socket.on("error", () => undefined);
        resolve(new GossipClient(socket, clusterLabel));
      });
    });
  }

  /** The serial number of the server's certificate. */
  get serialNumber(): string {
    return this.socket.getPeerCertificate().serialNumber;
  }

  /**
   * Sends a ping as memberlist does and waits for the answer, which only the Alertmanager behind the gateway can give.
   *
   * @throws with the TLS alert, or `closed`, where there is none.
   */
  async ping(): Promise<void> {
    const { socket } = this;
    // It ended between two questions: no event will come any more.
    if (socket.destroyed) throw new Error("closed");
    // Kept alive for as long as the test holds it.
    socket.setTimeout(millisecondsOfSilence);
    await new Promise<void>((resolve, reject) => {
      socket.once("data", () => resolve());
      socket.once("end", () => reject(new Error("closed")));
      socket.once("close", () => reject(new Error("closed")));
      socket.once("error", (error: NodeJS.ErrnoException) => reject(new Error(error.code ?? error.message)));
      socket.write(pingMessage(this.clusterLabel));
    });
    socket.setTimeout(0);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** What comes of one ping through a door: `answered`, or why not. */
export async function tryDoor(...argumentsOfOpen: Parameters<typeof GossipClient.open>): Promise<string> {
  try {
    const client = await GossipClient.open(...argumentsOfOpen);
    try {
      await client.ping();
      return "answered";
    } finally {
      client.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code ?? message;
  }
}

/** A ping of memberlist in a packet or stream of a labelled cluster: label header, type, and a map in MessagePack. */
function pingMessage(clusterLabel: string): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([0xa0 | value.length]), Buffer.from(value)]);
  const hasLabel = 244;
  const ping = 0;
  return Buffer.concat([
    Buffer.from([hasLabel, clusterLabel.length]),
    Buffer.from(clusterLabel),
    Buffer.from([ping, 0x82]),
    ...[text("SeqNo"), Buffer.from([0xce, 0, 0, 0x30, 0x39])],
    // No name: whoever listens answers.
    ...[text("Node"), text("")],
  ]);
}
