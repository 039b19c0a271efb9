import { join } from "node:path";
import { beforeAll, describe, expect, it, type TestContext } from "vitest";
import { renderHaproxyCfg, type HaproxyCfg, type HaproxyPeer } from "../../../templates/gateway/haproxyCfg";
import { makeCertificate, type CertificateWithKey } from "../../support/certificates";
import { execute, type Executed } from "../../support/execute";
import { inTemporaryDirectory, writeFiles } from "../../support/files";
import { expectGolden, expectGoldensOf } from "../../support/goldens";
import { requireTool } from "../../support/tools";

const certificatePath = "/etc/ha-monitoring/identity/peer.pem";
const trustBundlePath = "/etc/ha-monitoring/identity/trust-bundle.pem";

function peer(name: string, address: string): HaproxyPeer {
  return { name, address, streamPort: 9094, datagramPort: 9095 };
}

function cfg(peers: HaproxyPeer[], changes: Partial<HaproxyCfg> = {}): HaproxyCfg {
  return {
    peers,
    bindAddresses: ["0.0.0.0", "::"],
    streamPort: 9094,
    datagramPort: 9095,
    apiPort: 9093,
    metricsPort: 8405,
    certificatePath,
    trustBundlePath,
    apiNames: ["monitor-a"],
    drainSeconds: 15,
    ...changes,
  };
}

const [monitorB, monitorC] = [peer("monitor-b", "198.51.100.11"), peer("monitor-c", "198.51.100.12")];
const cases: Record<string, HaproxyCfg> = {
  "one-monitor": cfg([], { overlay: { address: "fd5e:1::1", readers: [] } }),
  "two-monitors": cfg([monitorB]),
  "three-monitors": cfg([monitorB, monitorC]),
  "seven-monitors": cfg(
    ["b", "c", "d", "e", "f", "g"].map((letter, index) =>
      peer(`monitor-${letter}`, `203.0.113.${11 + index}`),
    ),
  ),
  "ipv6-peers": cfg([peer("monitor-b", "2001:db8::11"), peer("monitor-c", "2001:db8::12")]),
  "overlay-ipv6": cfg([monitorB], { overlay: { address: "fd5e:1::1", readers: ["fd5e:1::2", "fd5e:1::3"] } }),
  "peer-by-name": cfg([peer("monitor-b", "monitor-b.example.com"), monitorC]),
  "own-ports-and-addresses": cfg([{ ...monitorB, streamPort: 7001, datagramPort: 7002 }], {
    bindAddresses: ["198.51.100.10", "2001:db8::10"],
    streamPort: 7001,
    datagramPort: 7002,
    apiPort: 7003,
    overlay: { address: "10.99.0.1", readers: ["10.99.0.2"] },
    metricsPort: 7004,
    drainSeconds: 60,
  }),
};

const goldenName = (name: string) => `haproxyCfg.${name}.cfg`;

let own: CertificateWithKey;

beforeAll(async () => {
  own = await makeCertificate("monitor-a");
});

/** What the real haproxy says of a text, with certificates where it looks for them. */
function check(context: TestContext, text: string): Executed {
  const haproxy = requireTool(context, "haproxy");
  return inTemporaryDirectory((directory) => {
    writeFiles(directory, {
      "peer.pem": own.certificate,
      "peer.pem.key": own.key,
      "trust-bundle.pem": own.certificate,
      "haproxy.cfg": text.replaceAll("/etc/ha-monitoring/identity", directory),
    });
    return execute(haproxy, ["-c", "-q", "-f", join(directory, "haproxy.cfg")]);
  });
}

describe("haproxy.cfg", () => {
  it.each(Object.entries(cases))("%s: the text is the golden's", (name, data) => {
    expectGolden(goldenName(name), renderHaproxyCfg(data));
  });

  it("has a case for each golden", () => {
    expectGoldensOf("haproxyCfg", Object.keys(cases).map(goldenName));
  });

  it.for(Object.entries(cases))("%s: the real haproxy takes it without a word", ([, data], context) => {
    expect(check(context, renderHaproxyCfg(data))).toMatchObject({ status: 0, output: "" });
  });

  it.for(["strict-sni", "sni str", "v6only", "resolvers system"])(
    'the real haproxy refuses a text in which "%s" is misspelt',
    (word, context) => {
      const text = renderHaproxyCfg(cases["peer-by-name"] as HaproxyCfg);
      expect(text).toContain(word);
      expect(check(context, text.replace(word, `x-${word}`)).status).toBe(1);
    },
  );

  it("has room for a peer's name of 39 characters in the paths of sockets, and for no longer one", (context) => {
    const named = (length: number) =>
      check(context, renderHaproxyCfg(cfg([peer("m".repeat(length), "198.51.100.11")])));
    expect(named(39)).toMatchObject({ status: 0, output: "" });
    expect(named(40).status).toBe(1);
  });

  it("lets in certificates by the name of a peer, and of no one else", () => {
    const text = renderHaproxyCfg(cases["three-monitors"] as HaproxyCfg);
    const rules = text.split("\n").filter((line) => line.includes("tcp-request content reject"));
    expect(rules).toEqual([
      "    tcp-request content reject unless { ssl_c_s_dn(CN) -m str monitor-b monitor-c }",
      "    tcp-request content reject unless { ssl_c_s_dn(CN) -m str monitor-b monitor-c }",
    ]);
  });

  it("lets in readers of the API by their address on the overlay, and nobody else", () => {
    const text = renderHaproxyCfg(cases["overlay-ipv6"] as HaproxyCfg);
    const [, section] = /frontend api-overlay\n([^]*?)\n\n/.exec(text) ?? [];
    expect(
      section
        ?.split("\n")
        .map((line) => line.trim())
        .slice(0, 4),
    ).toEqual([
      "bind [fd5e:1::1]:9093 transparent",
      "mode http",
      "maxconn 512",
      "tcp-request connection reject unless { src fd5e:1::1 fd5e:1::2 fd5e:1::3 }",
    ]);
  });

  it("has no regular expression, for which HAProxy makes machine code: the unit's MemoryDenyWriteExecute forbids that", () => {
    for (const data of Object.values(cases))
      expect(renderHaproxyCfg(data)).not.toMatch(/ -m reg |regsub|_reg |map_reg/);
  });

  it("gives every frontend its own limit, and the process as many as all of them together", () => {
    for (const data of Object.values(cases)) {
      const text = renderHaproxyCfg(data);
      const limits = [...text.matchAll(/^frontend [^]*?\n\n/gm)].map(([section]) =>
        [...section.matchAll(/^ {4}maxconn (\d+)$/gm)].map(([, most]) => Number(most)),
      );
      const [, all] = /^global\n[^]*?^ {4}maxconn (\d+)$/m.exec(text) ?? [];
      expect(limits.every((each) => each.length === 1)).toBe(true);
      expect(limits.flat().reduce((sum, most) => sum + most)).toBe(Number(all));
      // Two file descriptors each, of the unit's 16384.
      expect(2 * Number(all)).toBeLessThan(12_000);
    }
  });

  it("asks for a client certificate on every port that is neither on loopback nor on the overlay", () => {
    for (const data of Object.values(cases)) {
      const binds = renderHaproxyCfg(data)
        .split("\n")
        .filter((line) => line.startsWith("    bind "));
      const open = binds.filter(
        (line) => !/bind (unix@|127\.|(10\.99\.0\.1:7003|\[fd5e:1::1\]:9093) transparent$)/.test(line),
      );
      expect(open).toHaveLength(data.peers.length === 0 ? 0 : 2 * data.bindAddresses.length);
      for (const line of open) expect(line).toContain("verify required strict-sni");
    }
  });
});
