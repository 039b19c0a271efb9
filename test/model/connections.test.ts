import { describe, expect, it } from "vitest";
import type { MonitoringStackArgs, StackConnectionArgs, StackHostArgs } from "../../components";
import { sentences } from "../../model/problem";
import { resolve } from "../../model/stack";
import { hostKey, privateKey, stackArgs } from "../support/monitors";

const address = "198.51.100.21";
const bastion = { host: "bastion.example.com", hostKey };
const common = { user: "operator", port: 2222, privateKey, bastion, acceptAnyHostKey: true };
const resolved = (args: Partial<MonitoringStackArgs>) => resolve(stackArgs(2, args), "project/stack/name");
const withTarget = (own: StackHostArgs["connection"], shared: StackConnectionArgs = common) =>
  resolved({ connection: shared, targets: [{ name: "target-a", address, connection: own }] });
const unknownKey = (host: string) =>
  `the host key is needed, or anybody who answers at ${host} gets root's commands; ask for it with "ssh-keyscan -t ed25519 ${host}" and compare it on the host, or set acceptAnyHostKey: true`;

describe("of the connection that all hosts of a stack share", () => {
  it.each<[string, StackHostArgs["connection"], object]>([
    ["has all of it where it says nothing", undefined, { ...common, host: address }],
    ["takes a key without a value for nothing said", { user: null as never }, { ...common, host: address }],
    [
      "wins field by field",
      { hostKey, user: "root", acceptAnyHostKey: false },
      { ...common, user: "root", acceptAnyHostKey: false, hostKey, host: address },
    ],
    [
      "replaces the bastion as a whole",
      { hostKey, bastion: { host: "198.51.100.1", hostKey } },
      { ...common, bastion: { host: "198.51.100.1", hostKey }, hostKey, host: address },
    ],
  ])("a host %s", (_, own, expected) => {
    const { model, problems } = withTarget(own);
    expect(problems).toEqual([]);
    const origin = model?.targets[0]?.origin;
    expect(origin?.kind === "existing" && origin.host.connection).toEqual(expected);
  });

  it("a droplet has the private key only: its port of SSH is its own", () => {
    const { model, problems } = resolved({
      connection: { ...common, port: 9100 },
      droplets: { sshKeys: ["1"] },
      targets: [{ name: "web", region: "fra1" }],
    });
    // Port 9100 is that of node_exporter; only the monitors, which exist, have it for SSH.
    expect(problems.map(({ path }) => path[0])).not.toContain("targets");
    expect(model?.targets[0]?.origin).toEqual({
      kind: "droplet",
      droplet: { sshKeys: ["1"], name: "web", region: "fra1", privateKey },
    });
  });

  it.each<[string, StackConnectionArgs, string[]]>([
    [
      "a wrong port is refused once, where it is written",
      { ...common, port: 0 },
      ["connection.port: 0 is not a port; use 1 to 65535"],
    ],
    [
      "a bastion without a host key is refused once, where it is written",
      { privateKey, bastion: { host: "198.51.100.1" } },
      [
        `targets[0].connection.hostKey: ${unknownKey(address)}`,
        `connection.bastion.hostKey: ${unknownKey("198.51.100.1")}`,
      ],
    ],
    [
      "a text that is no private key is refused, and not shown",
      { ...common, privateKey: "topsecret" },
      [
        "connection.privateKey: the text is not a private key in PEM; give the content of the key's file, not its path",
      ],
    ],
    [
      "a private key that nobody gives is missed at the host",
      { user: "operator" },
      [
        "targets[0].connection.privateKey: this is needed, and was not given; give it here, or once for all hosts in connection.privateKey",
      ],
    ],
    [
      "a value of another kind is refused where it is written",
      { ...common, port: "22" as never },
      ["connection.port: a text was given; write a number, without quotes"],
    ],
    [
      "a port of SSH that gossip has is refused at each monitor",
      { ...common, port: 9095 },
      ["monitors[0]", "monitors[1]"].map(
        (path) => `${path}: port 9095 of SSH is gossip.datagramPort already; each needs a port of its own`,
      ),
    ],
  ])("%s", (_, shared, expected) => {
    const said = sentences(withTarget(undefined, shared).problems);
    expect(said.sort()).toEqual([...expected].sort());
    expect(said.join()).not.toContain("topsecret");
  });
});
