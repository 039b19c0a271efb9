import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, request, type Server as HttpServer } from "node:http";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gatewayLayout } from "../../../templates/gateway/gatewayLayout";
import { renderHaproxyCfg } from "../../../templates/gateway/haproxyCfg";
import { makeCertificate, type CertificateWithKey } from "../../support/certificates";
import { findTool, requireTool } from "../../support/tools";

const directory = mkdtempSync(join(tmpdir(), "haproxy-"));
const sockets = join(directory, "sockets");

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A name server that answers every question for an address of IPv4 with 127.0.0.1 (RFC 1035 section 4), and counts them. */
function answerDns(server: DatagramSocket, count: () => void): void {
  server.on("message", (query, { port, address }) => {
    const end = query.indexOf(0, 12) + 5;
    const isIpv4 = query.readUInt16BE(end - 4) === 1;
    const head = Buffer.from([query[0]!, query[1]!, 0x81, 0x80, 0, 1, 0, isIpv4 ? 1 : 0, 0, 0, 0, 0]);
    const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0, 0, 1]);
    count();
    server.send(Buffer.concat([head, query.subarray(12, end), ...(isIpv4 ? [record] : [])]), port, address);
  });
}

// The configuration as it is rendered, in the real program; an Alertmanager and a peer that count what reaches them.
describe("a HAProxy with the configuration of a gateway", () => {
  const haproxy = findTool("haproxy");
  let process_: ChildProcess;
  let alertmanager: HttpServer;
  let peer: Server;
  let log = "";
  let asked: string[] = [];
  let received = "";
  let resolved = 0;
  let silentSince = 0;
  const nameServer = createSocket("udp4");
  const ports = { streamPort: 0, datagramPort: 0, apiPort: 0, metricsPort: 0, peer: 0 };
  let peers: Record<"named" | "other", CertificateWithKey>;

  beforeAll(async () => {
    if (haproxy === undefined) return;
    mkdirSync(sockets);
    for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
    const own = await makeCertificate("monitor-a");
    peers = {
      named: await makeCertificate("monitor-b", ["monitor-b"]),
      other: await makeCertificate("monitor-c", ["monitor-b"]),
    };
    const path = (name: string) => join(directory, name);
    writeFileSync(path("peer.pem"), own.certificate);
    writeFileSync(path("peer.pem.key"), own.key);
    writeFileSync(path("trust.pem"), `${peers.named.certificate}\n${peers.other.certificate}\n`);
    const { streamPort, datagramPort, apiPort, metricsPort } = ports;
    const text = renderHaproxyCfg({
      ...{ streamPort, datagramPort, apiPort, metricsPort, bindAddresses: ["127.0.0.1"], drainSeconds: 1 },
      peers: [
        { name: "monitor-b", address: "127.0.0.1", streamPort: ports.peer, datagramPort: ports.peer },
        { name: "by-name", address: "localhost", streamPort: ports.peer, datagramPort: ports.peer },
      ],
      apiNames: ["monitor-a"],
      certificatePath: path("peer.pem"),
      trustBundlePath: path("trust.pem"),
    });
    nameServer.bind(0, "127.0.0.1");
    await once(nameServer, "listening");
    answerDns(nameServer, () => (resolved += 1));
    writeFileSync(
      path("haproxy.cfg"),
      text
        .replaceAll(gatewayLayout.socketDirectory, sockets)
        .replace("parse-resolv-conf", `nameserver test 127.0.0.1:${nameServer.address().port}`),
    );

    alertmanager = createHttpServer((message, response) => {
      asked.push(`${message.method} ${message.url}`);
      response.end("alertmanager");
    }).listen(join(sockets, gatewayLayout.api));
    const answer = (socket: Socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (data) => {
        received += data.toString();
        socket.write("answer");
      });
    };
    peer = createTlsServer(
      { SNICallback: (_, done) => done(null), requestCert: true, rejectUnauthorized: false },
      answer,
    ).listen(ports.peer, "127.0.0.1");
    showAs("named");

    process_ = spawn(haproxy, ["-db", "-f", path("haproxy.cfg")], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [process_.stdout, process_.stderr])
      stream?.on("data", (data) => (log += String(data)));
    for (let tries = 0; ; tries += 1) {
      if ((await ask("/").catch(() => 0)) === 200) break;
      if (tries === 100) throw new Error(`haproxy does not answer:\n${log}`);
      await sleep(100);
    }
    asked = [];
    while (resolved < 4) await sleep(100);
    // From here on DNS does not answer.
    nameServer.removeAllListeners("message");
    silentSince = performance.now();
  });

  afterAll(async () => {
    if (process_?.exitCode === null) {
      process_.kill("SIGKILL");
      await once(process_, "exit");
    }
    alertmanager?.close();
    peer?.close();
    nameServer.close();
    rmSync(directory, { recursive: true });
  });

  function showAs(which: keyof typeof peers): void {
    const { certificate, key } = peers[which];
    (peer as ReturnType<typeof createTlsServer>).setSecureContext({ cert: certificate, key });
  }

  /** The status of an answer of the API. */
  function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: "127.0.0.1", port: ports.apiPort, path, method, headers, agent: false, timeout: 2000 },
        (response) => {
          response.resume();
          response.on("end", () => resolve(response.statusCode ?? 0));
        },
      );
      sent.on("timeout", () => sent.destroy(new Error("no answer within 2 s")));
      sent.on("error", reject);
      sent.end();
    });
  }

  const at = (host: string) => `${host}:${ports.apiPort}`;

  it.each([
    ["localhost", {}],
    ["LOCALHOST", {}],
    ["127.0.0.1", {}],
    ["[::1]", {}],
    ["[fd5e:1::1]", {}],
    ["198.51.100.10", {}],
    ["monitor-a", {}],
    ["localhost", { origin: "http://localhost:PORT" }],
    ["[fd5e:1::1]", { origin: "http://[fd5e:1::1]:PORT" }],
  ])("serves the API at %s with %j", async (host, headers) => {
    const own = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace("PORT", String(ports.apiPort))]),
    );
    expect(haproxy === undefined || (await ask("/api/v2/silences", { host: at(host), ...own }, "POST"))).toBe(
      haproxy === undefined || 200,
    );
  });

  it("serves the API through a tunnel with another port, whatever it is there", async (context) => {
    requireTool(context, "haproxy");
    expect(await ask("/", { host: "localhost:1234", origin: "http://localhost:1234" })).toBe(200);
  });

  it("refuses names that lead here (DNS rebinding), and pages of other origins: the Alertmanager hears nothing", async (context) => {
    requireTool(context, "haproxy");
    asked = [];
    for (const host of [
      "evil.example",
      at("evil.example"),
      at("localhost.evil.example"),
      at("1.2.3.4.evil.example"),
    ])
      expect(await ask("/api/v2/silences", { host }, "POST"), host).toBe(421);
    for (const origin of [
      ...["https://evil.example", "null", "http://localhost", `http://${at("localhost.evil.example")}`],
      ...[`http://${at("127.0.0.1")}`, "file://", "http://localhost:1", `x://${at("localhost")}`, ""],
    ])
      expect(await ask("/api/v2/silences", { host: at("localhost"), origin }, "POST"), origin).toBe(403);
    expect(asked).toEqual([]);
  });

  it("serves no profile of the process, however its path is written", async (context) => {
    requireTool(context, "haproxy");
    asked = [];
    for (const path of [
      ...[
        "/debug/pprof/",
        "/debug/pprof/heap?debug=1",
        "//debug/pprof/",
        "/%64ebug/pprof/",
        "/x/../debug/pprof/",
      ],
      ...["/debug%2fpprof/", "/debug", "/%2564ebug/../debug/"],
    ])
      expect(await ask(path, { host: at("localhost") }), path).toBe(404);
    expect(asked).toEqual([]);
  });

  it("gives one source 256 connections that say nothing, closes them, and serves the API meanwhile", async (context) => {
    requireTool(context, "haproxy");
    const begun = performance.now();
    let closed = 0;
    const silent = Array.from({ length: 1000 }, () => {
      const socket = connect(ports.streamPort, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.on("close", () => (closed += 1));
      return socket;
    });
    try {
      while (closed < 700 && performance.now() - begun < 10_000) {
        expect(await ask("/", { host: at("localhost") })).toBe(200);
        await sleep(50);
      }
      expect(closed).toBeGreaterThanOrEqual(700);
      expect(closed).toBeLessThanOrEqual(1000 - 250);
      // 5 s for a handshake, or 12 s with a HAProxy before 3.0.
      while (closed < 1000 && performance.now() - begun < 20_000) await sleep(100);
      expect(closed).toBe(1000);
    } finally {
      for (const socket of silent) socket.destroy();
    }
  });

  /** What comes back from a peer. */
  const speak = async () => {
    const socket = connect(join(sockets, "outbound-stream-monitor-b.sock"));
    let answer = "";
    socket.on("data", (data) => (answer += data.toString()));
    socket.on("error", () => undefined);
    socket.write("question");
    await Promise.race([once(socket, "data"), once(socket, "close"), sleep(5000)]).catch(() => undefined);
    socket.destroy();
    return answer;
  };

  it("takes an answer from the peer by its common name, and not from another one that has the peer's DNS name", async (context) => {
    requireTool(context, "haproxy");
    expect(await speak()).toBe("answer");
    received = "";
    showAs("other");
    expect(await speak()).toBe("");
    expect(received, "the other one was reached").toBe("question");
  });

  it("keeps the address of a peer by name 40 s after DNS has gone silent", async (context) => {
    requireTool(context, "haproxy");
    // HAProxy gives up an address after 30 s by default.
    await sleep(Math.max(0, silentSince + 40_000 - performance.now()));
    const answer = await fetch(`http://127.0.0.1:${ports.metricsPort}/metrics`);
    const states = (await answer.text()).match(
      /^haproxy_server_status\{proxy="outbound-stream-by-name",server="by-name",state="[A-Z]+"\} 1$/gm,
    );
    expect(states).toEqual([
      // Without a health check there is none of "UP" or "DOWN"; without an address it is "MAINT".
      'haproxy_server_status{proxy="outbound-stream-by-name",server="by-name",state="UP"} 1',
    ]);
  });
});
