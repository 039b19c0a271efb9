import { generateKeyPairSync, webcrypto } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { describe, expect, it } from "vitest";
import { certificateRequestProblem } from "../../model/certificateRequest";
import { makeRequest } from "../support/certificates";
import { execute } from "../support/execute";
import { requireTool } from "../support/tools";

const names = ["DNS:monitor-a", "IP:198.51.100.10", "IP:2001:db8::10"];
const problemOf = (pem: string) => certificateRequestProblem(pem, "monitor-a", names);
const request = (changes: Partial<x509.Pkcs10CertificateRequestCreateParams>) =>
  makeRequest("monitor-a", names, changes);
const keysOf = async (algorithm: object) =>
  await webcrypto.subtle.generateKey(algorithm as EcKeyGenParams, false, ["sign", "verify"]);
const sans = (more: x509.JsonGeneralName[]) =>
  new x509.SubjectAlternativeNameExtension([
    { type: "dns", value: "monitor-a" },
    { type: "ip", value: "198.51.100.10" },
    { type: "ip", value: "2001:db8::10" },
    ...more,
  ]);
const only = "only DNS:monitor-a, IP:198.51.100.10, IP:2001:db8::10 is expected";

/** The request with other bytes. */
async function changed(change: (bytes: Buffer) => Buffer): Promise<string> {
  const bytes = Buffer.from(x509.PemConverter.decodeFirst(await request({})));
  return x509.PemConverter.encode(new Uint8Array(change(bytes)), "CERTIFICATE REQUEST");
}

describe("a certificate request from a host", () => {
  it("is as it should be", async () => {
    expect(await problemOf(await request({}))).toBeUndefined();
  });

  it("may list its names in another order, and an address in another form", async () => {
    const other = ["IP:2001:db8:0:0::10", "DNS:monitor-a", "IP:198.51.100.10"];
    expect(await certificateRequestProblem(await request({}), "monitor-a", other)).toBeUndefined();
  });

  it("may be the one of openssl, which hosts use", async (context) => {
    const openssl = requireTool(context, "openssl");
    const directory = mkdtempSync(join(tmpdir(), "request-"));
    try {
      const configuration = join(directory, "request.cnf");
      writeFileSync(
        configuration,
        `[req]\ndistinguished_name=name\nprompt=no\nreq_extensions=extensions\n[name]\nCN=monitor-a\n[extensions]\nsubjectAltName=${names.join(",")}\n`,
      );
      const key = join(directory, "key");
      writeFileSync(
        key,
        generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
          type: "pkcs8",
          format: "pem",
        }),
      );
      const { status, stdout } = execute(openssl, [
        "req",
        "-new",
        "-sha256",
        "-key",
        key,
        "-config",
        configuration,
      ]);
      expect(status).toBe(0);
      expect(await problemOf(stdout)).toBeUndefined();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each<[string, () => Promise<string>, string]>([
    [
      "another host's name",
      () => makeRequest("monitor-b", names),
      'its subject is "CN=monitor-b", but "CN=monitor-a" is expected',
    ],
    [
      "a second name in its subject",
      () => request({ name: [{ CN: ["monitor-a"] }, { CN: ["monitor-b"] }] }),
      'its subject is "CN=monitor-a, CN=monitor-b", but "CN=monitor-a" is expected',
    ],
    [
      "a second name in the same part of its subject",
      () => request({ name: [{ CN: ["monitor-a", "monitor-b"] }] }),
      'its subject is "CN=monitor-a+CN=monitor-b", but "CN=monitor-a" is expected',
    ],
    [
      "an organisation",
      () => request({ name: [{ CN: ["monitor-a"] }, { O: ["x"] }] }),
      'its subject is "CN=monitor-a, O=x", but "CN=monitor-a" is expected',
    ],
    ["no subject", () => request({ name: [] }), 'its subject is "", but "CN=monitor-a" is expected'],
    [
      "a further DNS name",
      () => request({ extensions: [sans([{ type: "dns", value: "monitor-b" }])] }),
      `it asks for DNS:monitor-b, but ${only}`,
    ],
    [
      "a further address",
      () => request({ extensions: [sans([{ type: "ip", value: "198.51.100.11" }])] }),
      `it asks for IP:198.51.100.11, but ${only}`,
    ],
    [
      "a URI",
      () => request({ extensions: [sans([{ type: "url", value: "spiffe://x/monitor-b" }])] }),
      `it asks for url:spiffe://x/monitor-b, but ${only}`,
    ],
    [
      "an e-mail address",
      () => request({ extensions: [sans([{ type: "email", value: "a@example.com" }])] }),
      `it asks for email:a@example.com, but ${only}`,
    ],
    ["fewer names", () => makeRequest("monitor-a", names.slice(0, 2)), "it does not ask for IP:2001:db8::10"],
    ["no names", () => makeRequest("monitor-a", []), `it does not ask for ${names.join(", ")}`],
    [
      "the rights of an authority",
      () => request({ extensions: [sans([]), new x509.BasicConstraintsExtension(true)] }),
      "it asks for more than names: 2.5.29.19",
    ],
    [
      "names twice",
      () => request({ extensions: [sans([]), sans([{ type: "dns", value: "monitor-b" }])] }),
      "it asks for more than names: 2.5.29.17",
    ],
    [
      "a password of its own",
      () => request({ attributes: [new x509.ChallengePasswordAttribute("x")] }),
      "it asks for more than names: 1.2.840.113549.1.9.7, 1.2.840.113549.1.9.14",
    ],
    [
      "a key on another curve",
      async () => {
        const algorithm = { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" };
        return request({ keys: await keysOf(algorithm), signingAlgorithm: algorithm });
      },
      "its key is ECDSA P-384, but ECDSA P-256 is expected",
    ],
    [
      "a key of RSA",
      async () => {
        const algorithm = {
          ...{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048 },
          publicExponent: new Uint8Array([1, 0, 1]),
        };
        return request({ keys: await keysOf(algorithm), signingAlgorithm: algorithm });
      },
      "its key is RSASSA-PKCS1-v1_5, but ECDSA P-256 is expected",
    ],
    [
      "the signature of another key",
      async () => {
        const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
        const [mine, other] = [await keysOf(algorithm), await keysOf(algorithm)];
        return request({ keys: { publicKey: other.publicKey, privateKey: mine.privateKey } });
      },
      "its signature is not that of its own key",
    ],
    [
      "a broken signature",
      () =>
        changed((bytes) => {
          bytes[bytes.length - 1]! ^= 1;
          return bytes;
        }),
      "its signature is not that of its own key",
    ],
    [
      "bytes at its end",
      () => changed((bytes) => Buffer.concat([bytes, Buffer.from([0x05, 0x00])])),
      "it cannot be read as PKCS#10",
    ],
    ["half a request", () => changed((bytes) => bytes.subarray(0, 100)), "it cannot be read as PKCS#10"],
    ["nothing", () => Promise.resolve(""), "it cannot be read as PKCS#10"],
  ])("is refused with %s", async (_, make, problem) => {
    expect(await problemOf(await make())).toBe(problem);
  });
});
