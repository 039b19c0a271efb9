import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { LabHost } from "../../../lab/hosts/lab";
import { machineAddress } from "../../../lab/hosts/webhook";

/** What a target may answer to do harm to the Prometheus that scrapes it. */
const answers = {
  /** 300 MB of a comment, in 0.3 MB. */
  "/bomb": () => gzipSync(Buffer.alloc(300 * 2 ** 20, `# ${"x".repeat(1021)}\n`)),
  "/series": () =>
    gzipSync(Array.from({ length: 150_000 }, (_, index) => `hostile_series{number="${index}"} 1\n`).join("")),
  "/labels": () =>
    gzipSync(`hostile_labels{${Array.from({ length: 100 }, (_, index) => `l${index}="x"`).join()}} 1\n`),
  "/long": () => gzipSync(`hostile_value{value="${"x".repeat(5000)}"} 1\n`),
};

/** An exporter on this machine that answers every path of `answers` with what it says, and redirects all others to `elsewhere`. */
export class HostileExporter {
  /** Paths that were asked for. */
  readonly asked = new Set<string>();
  private readonly bodies = new Map(Object.entries(answers).map(([path, make]) => [path, make()]));
  private readonly server: Server = createServer((request, response) => {
    const path = request.url ?? "/";
    this.asked.add(path);
    const body = this.bodies.get(path);
    if (body === undefined) response.writeHead(302, { Location: this.elsewhere }).end();
    else response.writeHead(200, { "Content-Type": "text/plain", "Content-Encoding": "gzip" }).end(body);
  });

  private constructor(
    readonly address: string,
    private readonly elsewhere: string,
  ) {}

  static async start(host: LabHost, elsewhere: string): Promise<HostileExporter> {
    const exporter = new HostileExporter(machineAddress(host), elsewhere);
    await new Promise<void>((resolve, reject) => {
      exporter.server.once("error", reject).listen(0, exporter.address, resolve);
    });
    return exporter;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
