import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeRunDirectory, runDirectoryForSsh } from "../../../components/host/runDirectory";
import { renderKnownHosts, renderSshOptions, type SshEnd } from "../../../templates/host/sshOptions";
import { sharedSshServer } from "../../providers/sshServer";
import { execute } from "../../support/execute";
import { expectGolden, expectGoldensOf } from "../../support/goldens";
import { requireTool } from "../../support/tools";

const directory = "/tmp/ha-monitoring-%i/0123456789ab";
const socket = `${directory}/%C`;
const host: SshEnd = {
  alias: "monitor-a",
  address: "198.51.100.10",
  port: 22,
  user: "root",
  identityFile: `${directory}/host.key`,
  knownHostsFile: `${directory}/host.known_hosts`,
};
const bastion: SshEnd = {
  alias: "bastion-of-monitor-a",
  address: "bastion.example.com",
  port: 2222,
  user: "jump",
  identityFile: `${directory}/bastion.key`,
  knownHostsFile: `${directory}/bastion.known_hosts`,
};
const cases: Record<string, [host: SshEnd, bastion?: SshEnd]> = {
  direct: [host],
  ipv6: [{ ...host, address: "2001:db8::10", port: 2200, user: "admin" }],
  "through-a-bastion": [host, bastion],
  "any-host-key": [{ ...host, knownHostsFile: undefined }],
};
const goldenName = (name: string) => `sshOptions.${name}.txt`;
const options = ([end, through]: [SshEnd, SshEnd?]) => renderSshOptions(end, socket, through);

/** What the real ssh makes of options for one alias. */
function resolved(ssh: string, words: string[], alias: string): Record<string, string> {
  const { status, stdout, stderr } = execute(ssh, ["-G", ...words, alias]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const settings = [...stdout.matchAll(/^(\S+) (.*)$/gm)].map(
    ([, name, value]) => [name, value] as [string, string],
  );
  return Object.fromEntries(settings);
}

describe("the options of ssh for a host", () => {
  const sshServer = sharedSshServer();

  it.each(Object.entries(cases))("%s: the words are the golden's", (name, ends) => {
    expectGolden(goldenName(name), `${options(ends).join("\n")}\n`);
  });

  it("have a case for each golden", () => {
    expectGoldensOf("sshOptions", Object.keys(cases).map(goldenName));
  });

  it.for(Object.entries(cases))("%s: the real ssh reads what was meant", ([, ends], context) => {
    const ssh = requireTool(context, "ssh");
    const [end] = ends;
    expect(resolved(ssh, options(ends), end.alias)).toMatchObject({
      hostname: end.address,
      port: String(end.port),
      user: end.user,
      identitiesonly: "yes",
      identityagent: "none",
      batchmode: "yes",
      hostkeyalias: end.alias,
      stricthostkeychecking: end.knownHostsFile === undefined ? "false" : "true",
      globalknownhostsfile: "/dev/null",
    });
  });

  it("lead the real ssh to its files, also through a bastion, over one connection for all requests", async (context) => {
    const ssh = requireTool(context, "ssh");
    const server = await sshServer(context);
    const run = `test-${process.pid}`;
    const files = makeRunDirectory(run);
    const end = (alias: string, address = "127.0.0.1"): SshEnd => {
      writeFileSync(join(files, `${alias}.key`), server.privateKey, { mode: 0o600 });
      writeFileSync(join(files, alias), renderKnownHosts(alias, server.hostKey));
      const path = `${runDirectoryForSsh(run)}/${alias}`;
      const { port, user } = server;
      return { alias, address, port, user, identityFile: `${path}.key`, knownHostsFile: path };
    };
    const socketPath = `${runDirectoryForSsh(run)}/%C`;
    // Another name for the bastion, because a socket is for one name, port and user.
    for (const through of [undefined, end("bastion-of-x", "localhost")]) {
      const words = renderSshOptions(end("x"), socketPath, through);
      const before = server.connections();
      for (const word of ["one", "two"]) {
        const { status, stdout, stderr } = execute(ssh, [...words, "--", "x", "echo", word]);
        expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${word}\n`, stderr: "" });
      }
      expect(server.connections() - before).toBe(through ? 2 : 1);
      execute(ssh, [...words, "-O", "exit", "x"]);
    }
  });

  it("have paths of sockets that macOS takes, for every user", () => {
    const path = `${runDirectoryForSsh("0123456789ab").replace("%i", "4294967295")}/${"c".repeat(40)}`;
    // ssh adds 17 characters while it makes the socket; macOS takes 104 bytes with the final 0.
    expect(path.length + 17).toBeLessThan(104);
  });

  it.each(["root\n ProxyCommand touch /tmp/x", "a b", 'a"b', "a'b", "a#b", "a\\b", ""])(
    "refuse an address and a user that are not one word: %j",
    (text) => {
      for (const end of [
        { ...host, user: text },
        { ...host, address: text },
      ]) {
        expect(() => renderSshOptions(end, socket)).toThrow(RangeError);
        expect(() => renderSshOptions(host, socket, end)).toThrow(RangeError);
      }
    },
  );

  it("pin a host key under the alias, whatever blanks surround it", () => {
    expect(renderKnownHosts("monitor-a", " ssh-ed25519 AAAA comment\n")).toBe(
      "monitor-a ssh-ed25519 AAAA comment\n",
    );
  });
});
