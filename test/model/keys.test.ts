import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { hostKeyProblem, privateKeyProblem, publicKeyProblem } from "../../model/keys";
import { publicKeyOf } from "../support/deployment";

const wire = (...parts: (string | Buffer)[]) =>
  Buffer.concat(
    parts.map((part) => {
      const bytes = Buffer.from(part as string);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    }),
  ).toString("base64");
const ecdsa = `ecdsa-sha2-nistp256 ${wire("ecdsa-sha2-nistp256", "nistp256", Buffer.alloc(65, 4))}`;
const rsa = `ssh-rsa ${wire("ssh-rsa", Buffer.from([1, 0, 1]), Buffer.alloc(257, 1))}`;

describe("a public key", () => {
  it.each([publicKeyOf("a"), `  ${publicKeyOf("b")} a comment\n`, ecdsa, rsa])("%s is one", (text) => {
    expect(publicKeyProblem(text)).toBeUndefined();
  });

  it.each([
    ["hello world", '"hello" is not a type of key'],
    ["AAAA", "it is not a public key of OpenSSH"],
    ["ssh-dss AAAA", '"ssh-dss" is not a type of key'],
    ["ssh-ed25519 AAAA", "does not hold a key of type ssh-ed25519"],
    ["ssh-ed25519", "is not in base64"],
    [publicKeyOf("a").slice(0, -4), "does not hold a key of type ssh-ed25519"],
    [publicKeyOf("a").replace("ssh-ed25519", "ssh-rsa"), "does not hold a key of type ssh-rsa"],
    [`ssh-ed25519 ${wire("ssh-ed25519", Buffer.alloc(31))}`, "wrong length"],
    [`ssh-ed25519 ${wire("ssh-ed25519", Buffer.alloc(32), "more")}`, "wrong length"],
    [`198.51.100.10 ${publicKeyOf("a")}`, "an address stands before the key"],
    [`${publicKeyOf("a")}\n${publicKeyOf("b")}`, "more than one line"],
  ])("%s is none", (text, reason) => {
    expect(publicKeyProblem(text)).toContain(reason);
  });

  it("of RSA cannot be pinned as that of a host", () => {
    expect(hostKeyProblem(rsa)).toContain("RSA cannot be pinned");
    expect(hostKeyProblem(ecdsa)).toBeUndefined();
  });
});

describe("a private key", () => {
  const encrypted = { cipher: "aes-256-cbc", passphrase: "hunter2" };
  const pem = (type: "pkcs8" | "pkcs1", more: object = {}) =>
    generateKeyPairSync("rsa", {
      modulusLength: 1024,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type, format: "pem", ...more },
    }).privateKey;
  const openssh = (cipher: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(cipher.length);
    const body = Buffer.concat([Buffer.from("openssh-key-v1\0"), length, Buffer.from(cipher)]);
    return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString("base64")}\n-----END OPENSSH PRIVATE KEY-----\n`;
  };

  it.each([
    ["PKCS#8", pem("pkcs8")],
    ["PKCS#1", pem("pkcs1")],
    ["OpenSSH", openssh("none")],
  ])("of %s is taken", (_, text) => expect(privateKeyProblem(text)).toBeUndefined());

  it.each([
    ["PKCS#8", pem("pkcs8", encrypted)],
    ["PKCS#1", pem("pkcs1", encrypted)],
    ["OpenSSH", openssh("aes256-ctr")],
  ])("of %s is refused when it is encrypted", (_, text) => {
    expect(privateKeyProblem(text)).toContain("the key is encrypted");
  });
});
