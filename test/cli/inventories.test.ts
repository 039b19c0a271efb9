import { describe, expect, it } from "vitest";
import { expandHosts } from "../../cli/import/hostRanges";
import { readIniInventory } from "../../cli/import/iniInventory";
import { vault } from "../../cli/import/inventory";
import { readSshArguments } from "../../cli/import/sshArguments";
import { readJsonInventory, readYamlInventory } from "../../cli/import/yamlInventory";

describe("a pattern of hosts", () => {
  it.each([
    ["web", ["web"]],
    ["web[1:3]", ["web1", "web2", "web3"]],
    ["web[08:10].example.com", ["web08.example.com", "web09.example.com", "web10.example.com"]],
    ["web[001:003]", ["web001", "web002", "web003"]],
    ["web[0:2]", ["web0", "web1", "web2"]],
    ["web[:2]", ["web0", "web1", "web2"]],
    ["web[1:7:3]", ["web1", "web4", "web7"]],
    ["db-[a:c]", ["db-a", "db-b", "db-c"]],
    ["r[1:2]-[a:b]", ["r1-a", "r1-b", "r2-a", "r2-b"]],
    ["2001:db8::1", ["2001:db8::1"]],
  ])("%s is expanded as Ansible does", (pattern, hosts) => {
    expect(expandHosts(pattern)).toEqual(hosts);
  });

  it.each(["web[3:1]", "web[a:2]", "web[1:3:0]"])("%s is refused", (pattern) => {
    expect(() => expandHosts(pattern)).toThrow(/range|step/);
  });
});

const ini = `
; a comment
alone ansible_host=198.51.100.9
[web]
web[01:02] ansible_port=2222   # behind a host
quoted:2200 note='a b # c' other="it's"
[2001:db8::7]:2201
[db]
db1 level=host
[eu:children]
web
db
[eu:vars]
level = parent
region='fra 1'
[db:vars]
level=child
[all:vars]
level=all
count=3
yes=True
`;

const yaml = `
all:
  vars: { level: all, count: 3, yes: true }
  hosts:
    alone: { ansible_host: 198.51.100.9 }
  children:
    eu:
      vars: { level: parent, region: fra 1 }
      children:
        web:
          hosts:
            web[01:02]: { ansible_port: 2222 }
            quoted: { ansible_port: 2200, note: "a b # c", other: it's }
            "2001:db8::7": { ansible_port: 2201 }
        db:
          vars: { level: child }
          hosts:
            db1: { level: host }
`;

describe.each([
  ["INI", readIniInventory(ini)],
  ["YAML", readYamlInventory(yaml)],
])("an inventory in %s", (_, inventory) => {
  it("has its groups with the hosts of the groups in them", () => {
    const web = ["web01", "web02", "quoted", "2001:db8::7"];
    expect(inventory.members("web")).toEqual(web);
    expect(inventory.members("eu")).toEqual([...web, "db1"]);
    expect(inventory.members("all")?.sort()).toEqual([...web, "db1", "alone"].sort());
    expect(inventory.members("none")).toBeUndefined();
  });

  it("merges variables as Ansible does: all, parents, children, host", () => {
    const all = { level: "all", count: 3, yes: true };
    const eu = { ...all, level: "parent", region: "fra 1" };
    expect(inventory.variablesOf("alone")).toEqual({ ...all, ansible_host: "198.51.100.9" });
    expect(inventory.variablesOf("web02")).toEqual({ ...eu, ansible_port: 2222 });
    expect(inventory.variablesOf("db1")).toEqual({ ...eu, level: "host" });
    expect(inventory.variablesOf("quoted")).toEqual({
      ...eu,
      ...{ ansible_port: 2200, note: "a b # c", other: "it's" },
    });
  });
});

it("a child's variables win over its parent's, and a circle of groups ends", () => {
  const inventory = readIniInventory(
    "[a:children]\nb\n[b:children]\na\n[b]\nh\n[a:vars]\nx=1\ny=1\n[c:vars]\nx=2\n",
  );
  expect(inventory.members("a")).toEqual(["h"]);
  expect(inventory.variablesOf("h")).toMatchObject({ x: 1, y: 1 });
});

it("what ansible-inventory --list prints is read, with what Vault encrypts as encrypted", () => {
  const inventory = readJsonInventory(
    JSON.stringify({
      _meta: {
        hostvars: {
          web1: { ansible_host: "198.51.100.1", ansible_user: { __ansible_vault: "$ANSIBLE_VAULT;1.1" } },
          web2: { ansible_user: { __ansible_unsafe: "deploy" } },
        },
      },
      all: { children: ["ungrouped", "web"] },
      web: { hosts: ["web1", "web2"] },
      list: ["web2"],
    }),
  );
  expect(inventory.members("web")).toEqual(["web1", "web2"]);
  expect(inventory.members("list")).toEqual(["web2"]);
  expect(inventory.variablesOf("web1")).toEqual({ ansible_host: "198.51.100.1", ansible_user: vault });
  expect(inventory.variablesOf("web2")).toEqual({ ansible_user: "deploy" });
});

it("YAML with a vault is read, and its cipher is no value", () => {
  const inventory = readYamlInventory(
    "all:\n  hosts:\n    a:\n      ansible_host: !vault |\n        $ANSIBLE_VAULT;1.1;AES256\n        62\n",
  );
  expect(inventory.variablesOf("a")).toEqual({ ansible_host: vault });
});

describe("what cannot be read is refused with its line and without its text, which may be secret", () => {
  it.each([
    ["[web\n", /^line 1:/],
    ["[web]\nweb1 ansible_password='hunter2\n", /^line 2: a quote/],
    ["[web]\nweb1 hunter2\n", /^line 2: .*NAME=VALUE/],
    ["[web:hunter2]\n", /^line 1: .*no section/],
    ["[web:vars]\nhunter2\n", /^line 2: .*NAME=VALUE/],
    ["[web:children]\na hunter2\n", /^line 2:/],
  ])("%j", (text, says) => {
    expect(() => readIniInventory(text)).toThrow(says);
  });

  it("YAML", () => {
    const text = 'all:\n  hosts: "hunter2\n';
    expect(() => readYamlInventory(text)).toThrow(/^line \d+: it is no YAML/);
    expect(() => readYamlInventory(text)).not.toThrow(/hunter2/);
  });
});

describe("options of ssh", () => {
  const jump = { host: "bastion.example.com" };
  it.each([
    ["-J bastion.example.com", { jump, others: [] }],
    ["-Jops@bastion.example.com:2200", { jump: { ...jump, user: "ops", port: 2200 }, others: [] }],
    [
      "-o ProxyJump=ops@[2001:db8::1]:2200",
      { jump: { host: "2001:db8::1", user: "ops", port: 2200 }, others: [] },
    ],
    [
      "-oProxyJump=bastion.example.com -o 'User=deploy' -p 2222",
      { jump, user: "deploy", port: 2222, others: [] },
    ],
    [
      '-o ProxyCommand="ssh -W %h:%p -q ops@bastion.example.com"',
      { jump: { ...jump, user: "ops" }, others: [] },
    ],
    [
      "-o ProxyCommand='ssh -p 2200 -W %h:%p bastion.example.com'",
      { jump: { ...jump, port: 2200 }, others: [] },
    ],
    ["-o StrictHostKeyChecking=no -C", { others: ["-o StrictHostKeyChecking", "-C"] }],
    ["-J a.example.com,b.example.com", { others: ["-J"] }],
    ["-o ProxyCommand='nc -X 5 %h %p'", { others: ["-o ProxyCommand"] }],
    ["-o 'ProxyJump", { others: ["all of it: a quote is not closed"] }],
  ])("%s", (text, read) => {
    expect(readSshArguments(text)).toEqual(read);
  });
});
