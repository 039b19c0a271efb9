import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, utils } from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { importInventory, type Imported } from "../../cli/import/ansibleInventory";
import { haMonitoring } from "../render/support";
import { execute } from "../support/execute";
import { fencedBlocks } from "../support/markdown";
import { hostKey } from "../support/monitors";

const root = join(__dirname, "../..");
const directory = mkdtempSync(join(tmpdir(), "ha-monitoring-import-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Writes an inventory; returns its path. */
function inventory(text: string, name = "hosts"): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const hostsIn = ({ output }: Imported) => {
  const { config } = parse(output) as { config: Record<string, object[]> };
  return { monitors: config["ha-monitoring:monitors"], targets: config["ha-monitoring:targets"] };
};
const convert = (path: string, ...more: string[]) =>
  importInventory(["ansible-inventory", path, "--monitors", "monitors", ...more]);

const secrets = ["hunter1", "hunter2", "hunter3"];
const ini = `
[monitors]
mon[1:2].example.com ansible_user=root
[monitors:vars]
ansible_password=${secrets[0]}
[web]
web_1 ansible_host=198.51.100.21 ansible_port=2222
web-2 ansible_host=2001:db8::22 ansible_ssh_common_args='-J ops@203.0.113.1:2200 -o StrictHostKeyChecking=no'
[web:vars]
ansible_user=deploy
ansible_become_pass=${secrets[1]}
app_note=${secrets[2]}
[other]
198.51.100.30 ansible_user=root
windows ansible_connection=winrm
templated ansible_host="{{ address }}"
`;

describe("an inventory", () => {
  it("becomes the hosts of a stack: names, addresses, users, ports and bastions", async () => {
    const imported = await convert(inventory(ini), "--targets", "web,198.51.100.30");
    expect(hostsIn(imported)).toEqual({
      monitors: [
        { name: "mon1", address: "mon1.example.com", connection: { user: "root" } },
        { name: "mon2", address: "mon2.example.com", connection: { user: "root" } },
      ],
      targets: [
        { name: "web-1", address: "198.51.100.21", connection: { user: "deploy", port: 2222 } },
        {
          ...{ name: "web-2", address: "2001:db8::22" },
          connection: { user: "deploy", bastion: { host: "203.0.113.1", port: 2200, user: "ops" } },
        },
        { name: "host-198-51-100-30", address: "198.51.100.30", connection: { user: "root" } },
      ],
    });
    expect(imported.status).toBe(0);
  });

  it("differs from what was not converted: host and variable, and no secret anywhere", async () => {
    const { output, remarks, status } = await convert(inventory(ini));
    const told = remarks.join("\n");
    for (const each of [
      /^mon1\.example\.com, mon2\.example\.com: ansible_password: a secret/m,
      /^web_1, web-2: ansible_become_pass: a secret/m,
      /^web_1, web-2: app_note: not converted/m,
      /^web-2: ansible_ssh_common_args: not converted: -o StrictHostKeyChecking$/m,
      /^windows: ansible_connection: it is not reached by SSH; the host is left out$/m,
      /^templated: ansible_host: it is a template/m,
      /^templated: ansible_host: .* the host is left out$/m,
    ]) {
      expect(told).toMatch(each);
    }
    for (const secret of secrets) expect(output + told).not.toContain(secret);
    // A host that is missing must not go unnoticed.
    expect(status).toBe(1);
  });

  it("gives the same in YAML and as ansible-inventory --list prints it", async () => {
    const hosts = {
      a: { ansible_host: "198.51.100.1", ansible_user: "root" },
      b: { ansible_host: "198.51.100.2", ansible_user: "root" },
      c: { ansible_host: "198.51.100.3", ansible_user: "root", ansible_port: 2222 },
    };
    const { a, b, c } = hosts;
    const yaml = inventory(
      JSON.stringify({ all: { children: { monitors: { hosts: { a, b } }, web: { hosts: { c } } } } }),
      "hosts.yml",
    );
    const written = inventory(readFileSync(yaml, "utf8"), "written.json");
    const json = inventory(
      JSON.stringify({
        _meta: { hostvars: hosts },
        all: { children: ["monitors", "web"] },
        ...{ monitors: { hosts: ["a", "b"] }, web: { hosts: ["c"] } },
      }),
      "inventory.json",
    );
    const [one, other] = [await convert(yaml), await convert(json)];
    expect(hostsIn(one).targets).toEqual([
      { name: "c", address: "198.51.100.3", connection: { user: "root", port: 2222 } },
    ]);
    expect(other).toEqual(one);
    expect(await convert(written)).toEqual(one);
    const list = readFileSync(json, "utf8");
    const piped = execute(
      join(root, "node_modules/.bin/tsx"),
      [join(root, "cli/main.ts"), "import", "ansible-inventory", "-", "--monitors", "monitors"],
      { input: list },
    );
    expect(piped.stdout).toBe(one.output);
  });

  it("says that variables in files beside it are not read", async () => {
    mkdirSync(join(directory, "group_vars"));
    const { remarks } = await convert(inventory(ini));
    expect(remarks.at(-1)).toMatch(/group_vars is not read; import what "ansible-inventory --list" prints/);
    rmSync(join(directory, "group_vars"), { recursive: true });
  });

  it.each([
    [["--monitors", "nobody"], /no group and no host nobody; its groups are .*monitors/],
    [[], /--monitors is needed/],
    [["--monitors", "monitors", "--scan"], /--scan/],
  ])("is refused with %j", async (given, says) => {
    await expect(importInventory(["ansible-inventory", inventory(ini), ...given])).rejects.toThrow(says);
  });

  it("that is no file, or no JSON, ends with one line that shows nothing of it", () => {
    const refused = (path: string) => haMonitoring("import", "ansible-inventory", path, "--monitors", "a");
    expect(refused(join(directory, "none"))).toMatchObject({ status: 1, stdout: "" });
    const broken = refused(inventory('{"all": hunter2', "broken.json"));
    expect(broken.stderr).toBe("error: the inventory cannot be read as JSON: it is no JSON\n");
  });
});

describe("with --scan-host-keys", () => {
  const servers: Server[] = [];
  const ends: { port: number; key: string }[] = [];
  beforeAll(async () => {
    for (const _ of [1, 2, 3]) {
      const { private: privateKey, public: publicKey } = utils.generateKeyPairSync("ed25519");
      const server = new Server({ hostKeys: [privateKey] }, (client) => client.on("error", () => undefined));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      servers.push(server);
      ends.push({ port: (server.address() as AddressInfo).port, key: publicKey });
    }
  });
  afterAll(() => servers.forEach((server) => server.close()));

  it("the keys that real servers show are in the configuration, marked as unverified, and render accepts all of it", async () => {
    const lines = ends.map(
      ({ port }, index) => `host-${index} ansible_host=127.0.0.1 ansible_port=${port} ansible_user=root`,
    );
    const [a, b, c] = lines;
    const path = inventory(
      `[monitors]\n${a}\n${b}\n[web]\n${c}\nsilent ansible_host=127.0.0.1 ansible_port=1\n`,
    );
    const imported = await convert(path, "--scan-host-keys", "--targets", "web");
    const { monitors = [], targets = [] } = hostsIn(imported);
    const keys = [...monitors, ...targets].map(
      (host) => (host as { connection: { hostKey?: string } }).connection.hostKey,
    );
    expect(keys).toEqual([...ends.map(({ key }) => key), undefined]);
    expect(imported.output.match(/# UNVERIFIED: /g)).toHaveLength(3);
    expect(imported.remarks.join("\n")).toContain("silent: host key: ssh-keyscan had no answer");
    // One address for several hosts is this test's; the stack wants them to differ.
    let count = 0;
    const apart = imported.output.replaceAll("address: 127.0.0.1", () => `address: 198.51.100.${++count}`);
    expectRendered(withKeys(apart));
  });
});

it("render accepts the configuration once the host keys are written in the places that its comments name", async () => {
  const { output } = await convert(inventory(ini), "--targets", "web");
  expect(output.match(/# hostKey: the key that "ssh-keyscan/g)).toHaveLength(5);
  expectRendered(withKeys(output));
});

it("the inventory that docs/from-ansible-roles.md shows becomes the configuration that it shows", async () => {
  const blocks = fencedBlocks(readFileSync(join(root, "docs/from-ansible-roles.md"), "utf8"));
  const text = (info: string) => blocks.find((block) => block.info === info)?.text ?? "";
  expect(text("ini inventory")).toContain("[monitors]");
  const { output } = await convert(inventory(text("ini inventory")));
  expect(output).toContain(text("yaml imported"));
});

/** The configuration as a user completes it: a key where a comment asks for one. */
function withKeys(configuration: string): string {
  return configuration.replaceAll(/# hostKey: .*/g, `hostKey: ${hostKey}`);
}

function expectRendered(configuration: string): void {
  writeFileSync(join(directory, "Pulumi.yaml"), readFileSync(join(root, "Pulumi.yaml")));
  writeFileSync(join(directory, "Pulumi.prod.yaml"), configuration);
  const rendered = haMonitoring(
    "render",
    "--stack",
    join(directory, "Pulumi.prod.yaml"),
    "--out",
    join(directory, "rendered"),
  );
  expect(rendered.output).toMatch(/: \d{2,} written/);
  expect(rendered.status).toBe(0);
}
