import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** One request that a webhook got. */
export interface Delivery {
  /** When it had arrived, in milliseconds since 1970 on the clock of this machine and of all its lab hosts. */
  time: number;
  path: string;
  /** The header Authorization. */
  authorization?: string;
  /** What Alertmanager sent, or whatever else it was. */
  body: unknown;
}

/** A receiver of notifications on this machine that keeps everything it gets: hosts of a lab reach nobody else. */
export class WebhookReceiver {
  /** In the order of arrival. */
  readonly deliveries: Delivery[] = [];
  private readonly server: Server = createServer((request, response) => void this.take(request, response));

  private constructor(private readonly address: string) {}

  /** @param host any of the lab's hosts: all of them reach this machine in their network. */
  static async start(host: { address: string }): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(host.address.replace(/\d+$/, "1"));
    await new Promise<void>((resolve, reject) => {
      receiver.server.once("error", reject).listen(0, receiver.address, resolve);
    });
    return receiver;
  }

  /** Where it is reached. */
  url(path = "/"): string {
    return `http://${this.address}:${(this.server.address() as AddressInfo).port}${path}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const content = await text(request);
      const { authorization } = request.headers;
      this.deliveries.push({
        ...{ time: Date.now(), path: request.url ?? "/" },
        ...(authorization === undefined ? {} : { authorization }),
        body: parsed(content),
      });
      response.writeHead(200).end();
    } catch {
      // Cut off by the sender, who will try again.
      response.destroy();
    }
  }
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content) as unknown;
  } catch {
    return content;
  }
}
