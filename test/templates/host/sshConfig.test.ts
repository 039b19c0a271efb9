import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderKnownHosts, renderSshConfig, type SshConfigHost } from "../../../templates/host/sshConfig";
import { inTemporaryDirectory, writeFiles } from "../../support/files";
import { execute } from "../../support/execute";
import { expectGolden, expectGoldensOf } from "../../support/goldens";
import { requireTool } from "../../support/tools";

const directory = "/tmp/ha-monitoring-0/0123456789ab";
const host: SshConfigHost = {
  alias: "monitor-a",
  address: "198.51.100.10",
  port: 22,
  user: "root",
  identityFile: `${directory}/host.key`,
  knownHostsFile: `${directory}/host.known_hosts`,
};
const bastion: SshConfigHost = {
  alias: "bastion-of-monitor-a",
  address: "bastion.example.com",
  port: 2222,
  user: "jump",
  identityFile: `${directory}/bastion.key`,
  knownHostsFile: `${directory}/bastion.known_hosts`,
};
const cases: Record<string, SshConfigHost[]> = {
  direct: [host],
  ipv6: [{ ...host, address: "2001:db8::10", port: 2200, user: "admin" }],
  "through-a-bastion": [bastion, { ...host, proxyJump: bastion.alias }],
  "any-host-key": [{ ...host, knownHostsFile: undefined }],
  "blanks-in-paths": [{ ...host, identityFile: "/tmp/my key", knownHostsFile: "/tmp/my hosts" }],
};
const goldenName = (name: string) => `sshConfig.${name}.conf`;

/** What the real ssh makes of a configuration for one alias. */
function resolved(ssh: string, hosts: SshConfigHost[], alias: string): Record<string, string> {
  return inTemporaryDirectory((temporary) => {
    writeFiles(temporary, { config: renderSshConfig(hosts, `${directory}/%C`) });
    const { status, stdout, stderr } = execute(ssh, ["-G", "-F", join(temporary, "config"), alias]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const settings = [...stdout.matchAll(/^(\S+) (.*)$/gm)].map(
      ([, name, value]) => [name, value] as [string, string],
    );
    return Object.fromEntries(settings);
  });
}

describe("the ssh configuration of a run", () => {
  it.each(Object.entries(cases))("%s: the text is the golden's", (name, hosts) => {
    expectGolden(goldenName(name), renderSshConfig(hosts, `${directory}/%C`));
  });

  it("has a case for each golden", () => {
    expectGoldensOf("sshConfig", Object.keys(cases).map(goldenName));
  });

  it.for(Object.entries(cases))("%s: the real ssh reads what was meant", ([, hosts], context) => {
    const ssh = requireTool(context, "ssh");
    for (const each of hosts) {
      expect(resolved(ssh, hosts, each.alias)).toMatchObject({
        hostname: each.address,
        port: String(each.port),
        user: each.user,
        identityfile: each.identityFile,
        identitiesonly: "yes",
        identityagent: "none",
        batchmode: "yes",
        hostkeyalias: each.alias,
        stricthostkeychecking: each.knownHostsFile === undefined ? "false" : "true",
        userknownhostsfile: each.knownHostsFile ?? "/dev/null",
        globalknownhostsfile: "/dev/null",
      });
    }
    const last = hosts.at(-1) as SshConfigHost;
    expect(resolved(ssh, hosts, last.alias).proxyjump).toBe(last.proxyJump);
  });

  it.each(["root\n ProxyCommand touch /tmp/x", "a b", 'a"b', "a#b", "a\\b", ""])(
    "refuses an address and a user that are not one word: %j",
    (text) => {
      expect(() => renderSshConfig([{ ...host, user: text }], undefined)).toThrow(RangeError);
      expect(() => renderSshConfig([{ ...host, address: text }], undefined)).toThrow(RangeError);
    },
  );

  it("pins a host key under the alias, whatever blanks surround it", () => {
    expect(renderKnownHosts("monitor-a", " ssh-ed25519 AAAA comment\n")).toBe(
      "monitor-a ssh-ed25519 AAAA comment\n",
    );
  });
});
