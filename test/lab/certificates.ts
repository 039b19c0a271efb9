import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import type { ConnectionOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabHost } from "../../lab/hosts/lab";
import { untilListening } from "../../lab/hosts/listening";
import { gossipPorts } from "../../lab/stack";
import { container, crossings, expectPromptCrossings, metric, output, untilWhole } from "./support/cluster";
import { GossipClient, tryDoor, type Door } from "./support/gossipClient";
import type { GossipStack } from "./support/gossipStack";
import { eventually, report } from "../../lab/polling";
import { publicKeyOf, TestAuthority, type Credentials } from "./support/testAuthority";

const unit = "ha-monitoring-gateway.service";
const certificatePath = "/etc/ha-monitoring/identity/peer.pem";
const keyPath = `${certificatePath}.key`;
const clusterLabel = "ha-monitoring/gossip/monitoring";
const day = 24 * 3_600_000;

/** Who may speak, and what a renewal changes; leaves a cluster with renewed certificates. */
export function describeCertificates(stack: GossipStack): void {
  const { lab } = stack;
  const [a, b] = ["monitor-a", "monitor-b"] as const;
  const cluster = { [a]: 1, [b]: 2 };
  let authority: TestAuthority;
  /** Certificates of the stack's authority, with keys of our own, for those who may speak. */
  let asA: Credentials;
  let asB: Credentials;

  beforeAll(async () => {
    authority = TestAuthority.ofStack(await stack.exportState());
    asA = await authority.issue(a);
    asB = await authority.issue(b);
  });

  /** Both ports of a monitor on both its addresses. */
  const doors = ({ name, address, address6 }: LabHost): Door[] =>
    [address, address6].flatMap((each) =>
      Object.values(gossipPorts).map((port) => ({ address: each, port, serverName: name })),
    );
  const hostNamed = (name: string) => stack.hosts.find((host) => host.name === name) as LabHost;
  const inboundDoor = (name: string, use: keyof typeof gossipPorts): Door => ({
    ...{ address: hostNamed(name).address, port: gossipPorts[use], serverName: name },
  });

  test("no private key of a monitor is in the state; on the monitor it is its gateway's alone", async () => {
    const state = JSON.stringify(await stack.exportState());
    for (const host of [a, b]) {
      expect(await output(lab, host, `stat --format '%a %U:%G' ${keyPath}`)).toBe(
        "600 ha-monitoring-gateway:ha-monitoring-gateway",
      );
      const pem = await output(lab, host, `cat ${keyPath}`);
      const key = createPrivateKey(pem);
      expect(
        createHash("sha256")
          .update(publicKeyOf(await output(lab, host, `cat ${certificatePath}`)))
          .digest(),
      ).toEqual(createHash("sha256").update(publicKeyOf(pem)).digest());
      const secret = Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url");
      expect(secret).toHaveLength(32);
      const forms = [
        ...[secret.toString("hex"), secret.toString("base64"), secret.toString("base64url")],
        ...pem.split("\n").slice(1, -1),
        ...["sec1", "pkcs8"].map((type) =>
          key.export({ type: type as "sec1", format: "der" }).toString("base64"),
        ),
      ];
      for (const form of forms) expect(state.includes(form)).toBe(false);
    }
  });

  describe("who may come in", () => {
    let impostor: TestAuthority;

    beforeAll(async () => {
      impostor = await TestAuthority.impostorOf(authority);
      // Nobody else speaks with monitor a meanwhile, so that every byte behind its gateway is ours.
      await lab.exec(b, `systemctl stop ${unit}`);
      await eventually(60, async () => expect(await open()).toBe(0));
    });

    afterAll(async () => {
      await lab.exec(b, `systemctl start ${unit}`);
      await untilWhole(lab, cluster);
    });

    /** Connections to the gossip ports that were refused, by each metric that counts them. */
    const refusals = async () => {
      const [connections, sessions, denied] = await Promise.all(
        ["connections_total", "sessions_total", "requests_denied_total"].map((name) =>
          metric(lab, a, "haproxy", `haproxy_frontend_${name}`, 'proxy="inbound-'),
        ),
      );
      return (connections ?? 0) - (sessions ?? 0) + (denied ?? 0);
    };

    /** What the gateway of monitor a has logged since a moment, an ISO text. */
    const logSince = (since: string) =>
      output(
        lab,
        a,
        `journalctl --sync; journalctl --unit ${unit} --since '${since}' --output cat --no-pager`,
      );

    /** Connections to the Alertmanager that have not ended. */
    const open = () => metric(lab, a, "haproxy", "haproxy_backend_current_sessions", 'proxy="inbound-');
    /** What HAProxy handed on to the Alertmanager: connections and bytes. */
    const handedOn = async () => {
      const sums = ["haproxy_backend_connection_attempts_total", "haproxy_backend_bytes_in_total"].map(
        (name) => metric(lab, a, "haproxy", name, 'proxy="inbound-'),
      );
      const [connections, bytes] = await Promise.all(sums);
      return { connections, bytes };
    };

    const server = { allowedUses: ["digital_signature", "server_auth"] };
    const closed = /^(closed|ECONNRESET|EPIPE)$/;
    interface Refused {
      who: string;
      reason: RegExp;
      /** What the gateway logs behind the source and the frontend. */
      logged: RegExp;
      show: () => Credentials | Promise<Credentials>;
      options?: ConnectionOptions;
      serverName?: string;
    }
    const refused: Refused[] = [
      {
        who: "somebody without a certificate",
        reason: /CERTIFICATE_REQUIRED/,
        logged: /refused: .*peer did not return a certificate/,
        show: () => ({}),
      },
      {
        who: "a certificate of another authority, all names the same",
        reason: /UNKNOWN_CA/,
        logged: /refused: SSL client certificate not trusted/,
        show: () => impostor.issue(b),
      },
      {
        who: "a peer's certificate that has expired",
        reason: /CERTIFICATE_EXPIRED/,
        logged: /refused: SSL client certificate not trusted .*certificate verify failed/,
        show: () => authority.issue(b, { validFromHours: -48, validForHours: 24 }),
      },
      {
        who: "a peer's certificate that is not valid yet",
        reason: /BAD_CERTIFICATE/,
        logged: /refused: SSL client certificate not trusted/,
        show: () => authority.issue(b, { validFromHours: 24 }),
      },
      {
        who: "a certificate of the authority for another name",
        reason: closed,
        logged: / PR .* "monitor-c"$/,
        show: () => authority.issue("monitor-c"),
      },
      {
        who: "another name that has a peer's among its DNS names",
        reason: closed,
        logged: / PR .* "monitor-c"$/,
        show: () => authority.issue("monitor-c", { dnsName: b }),
      },
      {
        who: "a name that begins with a peer's",
        reason: closed,
        logged: / PR .* "monitor-bb"$/,
        show: () => authority.issue(`${b}b`),
      },
      {
        who: "the gateway's own name",
        reason: closed,
        logged: / PR .* "monitor-a"$/,
        show: () => authority.issue(a),
      },
      {
        who: "a peer's certificate that is for servers only",
        reason: /UNSUPPORTED_CERTIFICATE/,
        logged: /refused: SSL client certificate not trusted/,
        show: () => authority.issue(b, server),
      },
      {
        who: "a peer that speaks TLS 1.2 only",
        reason: /PROTOCOL_VERSION/,
        logged: /refused: SSL handshake failure .*protocol/,
        show: () => asB,
        options: { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" },
      },
      {
        who: "a peer that asks for another name",
        reason: /UNRECOGNIZED_NAME/,
        logged: /refused: SSL handshake failure .*callback failed/,
        show: () => asB,
        serverName: "monitor-c",
      },
      {
        who: "a peer that asks for no name",
        reason: /UNRECOGNIZED_NAME/,
        logged: /refused: SSL handshake failure .*callback failed/,
        show: () => asB,
        serverName: "",
      },
    ];

    test.each(refused)("refused, without one byte handed on: $who", async (one) => {
      const before = await handedOn();
      const refusedBefore = await refusals();
      const since = await output(lab, a, "date '+%Y-%m-%d %H:%M:%S.%6N'");
      const credentials = await one.show();
      const outcomes = await Promise.all(
        doors(hostNamed(a)).map((door) =>
          tryDoor(
            { ...door, serverName: one.serverName ?? door.serverName },
            clusterLabel,
            credentials,
            one.options,
          ),
        ),
      );
      expect(outcomes).toHaveLength(4);
      for (const outcome of outcomes) expect(outcome).toMatch(one.reason);
      expect(await handedOn()).toEqual(before);
      await eventually(60, async () => expect((await refusals()) - refusedBefore).toBe(4));
      // What is counted may be logged a moment later.
      await eventually(30, async () => {
        const lines = (await logSince(since)).split("\n").filter((line) => one.logged.test(line));
        const sources = lines.map((line) =>
          /^(\S+):\d+ \[[^\]]+\] (inbound-\w+)~ /.exec(line)?.slice(1).join(" "),
        );
        const from = [...new Set(sources.map((source) => source?.split(" ")[0]))];
        expect(from, lines.join("\n")).toHaveLength(2);
        expect(sources.sort()).toEqual(
          from.flatMap((address) => [`${address} inbound-datagram`, `${address} inbound-stream`]).sort(),
        );
      });
    });

    test("refused, logged and counted: a connection in the clear", async () => {
      const before = await handedOn();
      const refusedBefore = await refusals();
      const since = await output(lab, a, "date '+%Y-%m-%d %H:%M:%S.%6N'");
      const { address } = hostNamed(a);
      await lab.exec(
        b,
        `for port in ${Object.values(gossipPorts).join(" ")}; do bash -c "exec 3<>/dev/tcp/${address}/$port; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"; done >/dev/null 2>&1; true`,
      );
      expect(await handedOn()).toEqual(before);
      await eventually(60, async () => expect((await refusals()) - refusedBefore).toBe(2));
      const source = hostNamed(b).address.replaceAll(".", "\\.");
      const refused = new RegExp(
        `^${source}:\\d+ .* inbound-(stream|datagram)~ refused: SSL handshake failure .*http request`,
      );
      await eventually(30, async () => {
        const lines = (await logSince(since)).split("\n").filter((line) => refused.test(line));
        expect(lines).toHaveLength(2);
      });
    });

    test("admitted at both ports of both address families: the peer, who sees a gateway that proves its name", async () => {
      const before = await handedOn();
      const proof = { ca: authority.certificatePem, rejectUnauthorized: true };
      for (const door of doors(hostNamed(a)))
        expect(await tryDoor(door, clusterLabel, asB, proof), JSON.stringify(door)).toBe("answered");
      // HAProxy counts the bytes of a stream when it ends.
      await eventually(30, async () => {
        const after = await handedOn();
        expect(after.connections).toBe((before.connections ?? 0) + 4);
        expect(after.bytes).toBeGreaterThan(before.bytes ?? 0);
      });
    });
  });

  describe("whom a gateway speaks to", () => {
    const directory = "/run/lab-impostor";

    beforeAll(async () => {
      await lab.exec(b, `systemctl stop ${unit}; mkdir -m 0700 ${directory}`);
    });

    afterAll(async () => {
      await lab.exec(b, `rm -rf ${directory}; systemctl start ${unit}`);
      await untilWhole(lab, cluster);
    });

    /** What somebody in the place of monitor b, who shows these credentials, gets to hear from monitor a. */
    async function overheard({ certificate, key }: Credentials, until: RegExp): Promise<string> {
      await lab.exec(b, `cat >${directory}/server.pem`, { stdin: `${certificate}${key}` });
      await lab.exec(b, `cat >${directory}/ca.pem`, { stdin: authority.certificatePem });
      const listen = `openssl s_server -accept 9094 -tls1_3 -quiet -cert ${directory}/server.pem -key ${directory}/server.pem -CAfile ${directory}/ca.pem -Verify 2`;
      await lab.exec(
        b,
        `: >${directory}/heard; systemd-run --quiet --collect --unit lab-impostor sh -c 'tail -f /dev/null | ${listen} >${directory}/heard 2>${directory}/said'`,
      );
      try {
        await untilListening(lab, b, 9094);
        const failures = () =>
          metric(
            lab,
            a,
            "haproxy",
            "haproxy_backend_connection_errors_total",
            `proxy="outbound-stream-${b}"`,
          );
        const before = await failures();
        await eventually(60, async () => {
          // Straight into the socket by which the Alertmanager reaches monitor b.
          await lab.exec(
            a,
            `curl --silent --max-time 2 --output /dev/null --unix-socket /run/ha-monitoring-gateway/sockets/outbound-stream-${b}.sock http://a-secret/; true`,
          );
          const heard = await output(lab, b, `cat ${directory}/heard`);
          expect(`${heard} after ${(await failures()) - before} failures`).toMatch(until);
        });
        return await output(lab, b, `tr -d '\\0' <${directory}/heard`);
      } finally {
        await lab.exec(b, "systemctl stop lab-impostor");
      }
    }

    const failedThrice = /after ([3-9]|\d\d+) failures/;

    test("not to a server with a certificate of the authority for another name", async () => {
      expect(await overheard(await authority.issue("monitor-c"), failedThrice)).toBe("");
    });

    test("not to a server with a certificate of another authority for the right name", async () => {
      const impostor = await TestAuthority.impostorOf(authority);
      expect(await overheard(await impostor.issue(b), failedThrice)).toBe("");
    });

    test("not to a server whose certificate has expired", async () => {
      const expired = await authority.issue(b, { validFromHours: -48, validForHours: 24 });
      expect(await overheard(expired, failedThrice)).toBe("");
    });

    test("to the server with the right name and authority, whose hearing proves the tests before", async () => {
      expect(await overheard(asB, /a-secret/)).toContain("a-secret");
    });
  });

  test("a monitor whose certificate is for another name drops out of the cluster, and is back when it has its own again", async () => {
    const own = await output(lab, b, `cat ${certificatePath}`);
    const { certificate } = await authority.issue("monitor-c", {
      publicKey: new X509Certificate(own).publicKey,
    });
    await lab.exec(b, `cp -p ${certificatePath} /root/own.pem && cat >${certificatePath}`, {
      stdin: certificate,
    });
    try {
      await lab.exec(b, `systemctl reload ${unit}`);
      const alone = await Promise.all([
        untilWhole(lab, { [a]: 1 }, { within: 60 }),
        untilWhole(lab, { [b]: 2 }, { within: 60 }),
      ]);
      report(`each alone after ${alone.map((seconds) => seconds.toFixed(1)).join(" and ")} s`);
    } finally {
      await lab.exec(b, `cp -p /root/own.pem ${certificatePath} && systemctl reload ${unit}`);
    }
    const seconds = await untilWhole(lab, cluster);
    report(`whole ${seconds.toFixed(1)} s after its own certificate was back`);
    await crossings(lab, [a, b]);
  });

  test("a reload leaves an open stream as it is", async () => {
    const client = await GossipClient.open(inboundDoor(a, "streams"), clusterLabel, asB);
    try {
      // Handed on before the reload; an Alertmanager answers one ping in a stream, and this is for afterwards.
      await eventually(60, async () =>
        expect(
          await metric(lab, a, "haproxy", "haproxy_backend_current_sessions", 'proxy="inbound-stream"'),
        ).toBeGreaterThan(0),
      );
      await lab.exec(a, `systemctl reload ${unit}`);
      await client.ping();
    } finally {
      client.close();
    }
  });

  test("certificates that are due are renewed by the next up: new connections get them, open ones go on, key and process stay", async () => {
    const names = [a, b] as const;
    const credentials = { [a]: asB, [b]: asA };
    const facts = async (name: string) => ({
      process: await output(
        lab,
        name,
        `systemctl show --property MainPID,ExecMainStartTimestampMonotonic ${unit}`,
      ),
      container: await output(
        lab,
        name,
        `docker inspect --format '{{.Id}} {{.State.StartedAt}}' ${container}`,
      ),
      key: await output(lab, name, `sha256sum ${keyPath}; stat --format '%a %U:%G %i %Y' ${keyPath}`),
    });
    const served = async (name: (typeof names)[number]) =>
      Promise.all(
        doors(hostNamed(name)).map(async (door) => {
          const client = await GossipClient.open(door, clusterLabel, credentials[name]);
          await client.ping();
          const { serialNumber } = client;
          client.close();
          return serialNumber;
        }),
      );
    const before = {
      facts: await Promise.all(names.map(facts)),
      served: await Promise.all(names.map(served)),
    };
    const held = await Promise.all(
      names.map((name) => GossipClient.open(inboundDoor(name, "datagrams"), clusterLabel, credentials[name])),
    );
    // The gateway ends a connection that says nothing for 60 s, which a deployment on a busy computer takes, too.
    const kept = setInterval(() => {
      for (const client of held) client.ping().catch(() => undefined);
    }, 20_000);
    try {
      for (const client of held) await client.ping();

      const planned = await stack.preview();
      const work = planned.steps
        .filter(({ operation }) => !["same", "delete-replaced"].includes(operation))
        .map(({ operation, name }) => `${operation} ${name}`);
      expect(work.sort()).toEqual(
        names
          .flatMap((name) => [
            `replace monitoring-ca-${name}`,
            `update monitoring-${name}-gateway-certificates`,
          ])
          .sort(),
      );
      const { changes } = await stack.up();
      expect(changes).toMatchObject({ create: 0, update: 2, replace: 2, delete: 0 });

      clearInterval(kept);
      for (const client of held) await client.ping();
    } finally {
      clearInterval(kept);
      for (const client of held) client.close();
    }
    const after = {
      facts: await Promise.all(names.map(facts)),
      served: await Promise.all(names.map(served)),
    };
    expect(after.facts).toEqual(before.facts);
    for (const [index, name] of names.entries()) {
      const pem = await output(lab, name, `cat ${certificatePath}`);
      const { serialNumber, validTo, publicKey } = new X509Certificate(pem);
      expect(after.served[index]).toEqual(Array(4).fill(serialNumber));
      expect(before.served[index]).not.toContain(serialNumber);
      expect((Date.parse(validTo) - Date.now()) / day).toBeGreaterThan(89);
      expect(publicKey.export({ type: "spki", format: "pem" }).toString()).toBe(
        publicKeyOf(await output(lab, name, `cat ${keyPath}`)),
      );
    }
    await untilWhole(lab, cluster);
    await expectPromptCrossings(lab, names.slice());
  });

  test("once they are renewed, a further up changes nothing", async () => {
    const { changes } = await stack.up();
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });
}
