import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderWireGuardConf, type WireGuardConf } from "../../../templates/overlay/wireGuardConf";
import { inTemporaryDirectory, writeFiles } from "../../support/files";
import { execute } from "../../support/execute";
import { expectGolden, expectGoldensOf } from "../../support/goldens";
import { requireTool } from "../../support/tools";

const peer = (name: string, number: number, endpoint: string, port = 51820) => ({
  ...{ name, endpoint, port },
  publicKey: `${Buffer.alloc(32, number).toString("base64")}`,
  overlayAddress: `fd12:3456:789a:1::${number}`,
});
const hub: WireGuardConf = {
  name: "hub-a",
  overlayAddress: "fd12:3456:789a:1::1",
  networks: ["FD12:3456:789A:1:0::/064"],
  listenPort: 51820,
  mtu: 1420,
  keepaliveSeconds: 25,
  peers: [
    peer("spoke-a", 3, "spoke-a.example.com", 51821),
    peer("hub-b", 2, "2001:db8::11"),
    peer("spoke-b", 4, "198.51.100.13"),
  ],
};
const cases: Record<string, WireGuardConf> = {
  hub,
  alone: { ...hub, peers: [] },
  "ipv4-without-keepalive": {
    ...hub,
    name: "spoke-a",
    overlayAddress: "10.9.0.10",
    networks: ["10.9.0.0/24"],
    keepaliveSeconds: 0,
    peers: [{ ...peer("hub-a", 1, "198.51.100.10"), overlayAddress: "10.9.0.1" }],
  },
};
const goldenName = (name: string) => `wireGuardConf.${name}.conf`;

describe("the readable configuration of an interface", () => {
  it.each(Object.entries(cases))("%s: the text is the golden's", (name, conf) => {
    expectGolden(goldenName(name), renderWireGuardConf(conf));
  });

  it("has a case for each golden", () => {
    expectGoldensOf("wireGuardConf", Object.keys(cases).map(goldenName));
  });

  it.for(Object.entries(cases))("%s: the real wg-quick reads it", ([, conf], context) => {
    const wgQuick = requireTool(context, "wg-quick");
    const text = renderWireGuardConf(conf);
    const { status, stdout } = inTemporaryDirectory((directory) => {
      writeFiles(directory, { "wg0.conf": text });
      expect(readFileSync(join(directory, "wg0.conf"), "utf8")).toBe(text);
      return execute(wgQuick, ["strip", join(directory, "wg0.conf")]);
    });
    expect(status).toBe(0);
    const content = (lines: string) =>
      lines
        .split("\n")
        .map((line) => line.replace(/ *#.*/, ""))
        .filter((line) => line !== "");
    // What only wg-quick knows is taken out, and nothing else.
    expect(content(stdout)).toEqual(content(text).filter((line) => !/^(Address|MTU) /.test(line)));
  });

  it("is the same whatever the order of the peers", () => {
    expect(renderWireGuardConf({ ...hub, peers: [...hub.peers].reverse() })).toBe(renderWireGuardConf(hub));
  });

  it("allows each peer its own address and nothing else", () => {
    const allowed = [...renderWireGuardConf(hub).matchAll(/^AllowedIPs = (.*)$/gm)].map(([, ips]) => ips);
    expect(allowed).toEqual([
      "fd12:3456:789a:1::2/128",
      "fd12:3456:789a:1::3/128",
      "fd12:3456:789a:1::4/128",
    ]);
  });
});
