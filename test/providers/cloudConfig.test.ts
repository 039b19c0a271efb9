import { expect, test } from "vitest";
import { readUserData } from "../../lab/digitalocean/cloudConfig";

const empty = { authorizedKeys: [], deletesKeys: true, files: [], script: "", errors: [] };

test("user data of ours is read whole", () => {
  const plan = readUserData(`#cloud-config
ssh_deletekeys: true
ssh_pwauth: false
disable_root: false
package_update: false
ssh_authorized_keys: [ssh-ed25519 BBBB somebody]
ssh_keys:
  ed25519_private: |
    -----BEGIN OPENSSH PRIVATE KEY-----
    AAAA
    -----END OPENSSH PRIVATE KEY-----
  ed25519_public: ssh-ed25519 AAAA
write_files:
  - path: /etc/a b
    content: |
      one
    permissions: "0600"
    owner: root:adm
  - path: /etc/empty
runcmd:
  - echo one >/tmp/one
  - [touch, "it's", "a b"]
`);
  expect(plan).toEqual({
    ...empty,
    authorizedKeys: ["ssh-ed25519 BBBB somebody"],
    hostKey: {
      kind: "ed25519",
      privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
      publicKey: "ssh-ed25519 AAAA",
    },
    files: [
      { path: "/etc/a b", content: "one\n", permissions: "0600", owner: "root:adm" },
      { path: "/etc/empty", content: "", permissions: "0644", owner: "root:root" },
    ],
    script: "#!/bin/sh\necho one >/tmp/one\n'touch' 'it'\\''s' 'a b'\n",
  });
});

test("no user data, and a configuration without anything in it, ask for nothing", () => {
  for (const text of ["", "\n", "#cloud-config", "#cloud-config\n", "#cloud-config\n# nothing\n"])
    expect(readUserData(text)).toEqual(empty);
});

test("what is not known is named, and what is known is done all the same", () => {
  const plan = readUserData("#cloud-config\npackages: [nginx]\nusers: []\nruncmd: [date]\n");
  expect(plan.script).toBe("#!/bin/sh\ndate\n");
  expect(plan.errors).toEqual([expect.stringMatching(/^packages, users: not known to the lab's cloud-init/)]);
});

test.each([
  ["ssh_deletekeys: maybe", /^ssh_deletekeys: "maybe" must be true or false$/],
  ["ssh_pwauth: true", /^ssh_pwauth: true is not possible in the lab; false is$/],
  ["disable_root: true", /^disable_root: true is not possible/],
  ["package_update: true", /^package_update: true is not possible/],
  ["ssh_keys: {ecdsa_private: a}", /^ssh_keys must have the texts ecdsa_private and ecdsa_public$/],
  ["ssh_authorized_keys: AAAA", /^ssh_authorized_keys must be a list/],
  ["ssh_keys: {}", /^ssh_keys must have the texts KIND_private and KIND_public/],
  ["ssh_keys: {ed25519_private: a}", /^ssh_keys must have the texts ed25519_private and ed25519_public$/],
  ["ssh_keys: {ed25519_private: a, ed25519_public: b, rsa_private: c}", /^ssh_keys\.rsa_private: not known/],
  ["write_files: {}", /^write_files must be a list$/],
  ["write_files: [{path: /a, encoding: b64}]", /^write_files\[0\]\.encoding is not known/],
  ["write_files: [{path: a}]", /^write_files\[0\]\.path must be an absolute path$/],
  [
    "write_files: [{path: /a, permissions: 420}]",
    /^write_files\[0\]\.permissions must be octal digits in quotes$/,
  ],
  ["write_files: [{path: /a, owner: 'a b'}]", /^write_files\[0\]\.owner must be user:group$/],
  ["runcmd: date", /^runcmd must be a list/],
  ["runcmd: [[1]]", /^runcmd must be a list/],
  ["- a", /no mapping/],
  ["a: [", /^user data is no YAML: /],
])("%s is an error", (line, message) => {
  expect(readUserData(`#cloud-config\n${line}\n`).errors).toEqual([expect.stringMatching(message)]);
});

test("anything but a cloud configuration is refused", () => {
  expect(readUserData("#!/bin/sh\ndate\n").errors).toEqual([
    expect.stringContaining("must begin with the line"),
  ]);
});
