import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { tlsProvider } from "../../lab/providers/tls/provider";
import type { Instance } from "../../lab/providers/provider";
import { toText, type PropertyMap } from "../../lab/properties/values";
import { execute, type Executed } from "../support/execute";
import { makeRequest, requireOpenssl } from "./certificates";
import { makeDirectory, makeScene } from "./helpers";
import { resourceOf } from "./providers";
import { requireSshServer } from "./sshServer";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const start = new Date("2026-03-01T12:00:00.700Z");
const hour = 3_600_000;
const keys = resourceOf(tlsProvider, "tls:index/privateKey:PrivateKey");
const authorities = resourceOf(tlsProvider, "tls:index/selfSignedCert:SelfSignedCert", { now: start });
const leaves = resourceOf(tlsProvider, "tls:index/locallySignedCert:LocallySignedCert", { now: start });

const kinds: (Record<string, string | number> & { kind: string })[] = [
  { kind: "ED25519", algorithm: "ED25519" },
  { kind: "ECDSA P256", algorithm: "ECDSA", ecdsaCurve: "P256" },
  { kind: "ECDSA P384", algorithm: "ECDSA", ecdsaCurve: "P384" },
  { kind: "ECDSA P521", algorithm: "ECDSA", ecdsaCurve: "P521" },
  { kind: "RSA", algorithm: "RSA", rsaBits: 2048 },
];

const authorityInputs = {
  ...{ subject: { commonName: "authority" }, isCaCertificate: true, validityPeriodHours: 1000 },
  ...{ setSubjectKeyId: true, allowedUses: ["cert_signing"] },
};
const leafInputs = {
  ...{ validityPeriodHours: 100, earlyRenewalHours: 10 },
  ...{ allowedUses: ["digital_signature", "server_auth", "client_auth"] },
};

/** An authority, and the inputs for what it signs. */
async function certify(kind: PropertyMap, request: string) {
  const key = await keys.create(kind);
  const privateKeyPem = key.outputs["privateKeyPem"]!;
  const authority = await authorities.create({ ...authorityInputs, privateKeyPem });
  const inputs: PropertyMap = {
    ...leafInputs,
    certRequestPem: request,
    caPrivateKeyPem: privateKeyPem,
    caCertPem: authority.outputs["certPem"]!,
  };
  return { authority, inputs };
}

function pemOf(instance: Instance): string {
  return toText(instance.outputs["certPem"]);
}

/** What openssl makes of a certificate some hours after it was made. */
function verify(authority: Instance, leaf: Instance, hours: number, ...more: string[]): Executed {
  const scene = makeScene(directory);
  const file = (name: string, instance: Instance) => {
    const path = join(scene.directory, name);
    writeFileSync(path, pemOf(instance));
    return path;
  };
  const time = Math.floor(start.getTime() / 1000) + hours * 3600;
  const options = ["-x509_strict", "-attime", String(time), "-CAfile", file("authority.pem", authority)];
  return execute("openssl", ["verify", ...options, ...more, file("leaf.pem", leaf)]);
}

describe("certificates of the tls provider", () => {
  let request: string;
  beforeEach((context) => {
    requireOpenssl(context);
    request ??= makeRequest(directory);
  });

  test.each(kinds)(
    "openssl accepts what an authority with a key of kind $kind signs",
    async ({ kind: _, ...kind }) => {
      const { authority, inputs } = await certify(kind, request);
      const leaf = await leaves.create(inputs);
      for (const purpose of ["sslserver", "sslclient"]) {
        const names = ["-verify_hostname", "monitor-a.test"];
        expect(verify(authority, leaf, 1, "-purpose", purpose, ...names).output).toMatch(/leaf\.pem: OK/);
      }
      expect(verify(authority, leaf, 101).output).toMatch(/certificate has expired/);
      expect(verify(authority, leaf, 1, "-verify_hostname", "other.test").output).toMatch(
        /hostname mismatch/i,
      );
    },
  );

  test("a certificate has the names, the key and the lifetime that were asked for", async () => {
    const leaf = await leaves.create((await certify({ algorithm: "ED25519" }, request)).inputs);
    const certificate = new X509Certificate(pemOf(leaf));
    expect(certificate.subjectAltName).toBe(
      "DNS:monitor-a.test, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1, URI:spiffe://test/monitor-a",
    );
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect(certificate.validFromDate).toEqual(new Date("2026-03-01T12:00:00Z"));
    expect(certificate.validToDate).toEqual(new Date("2026-03-05T16:00:00Z"));
    expect(BigInt(`0x${certificate.serialNumber}`).toString()).toBe(leaf.id);
    expect(certificate.ca).toBe(false);
  });

  test("a certificate is due from its end minus earlyRenewalHours on, not before", async () => {
    const { inputs } = await certify({ algorithm: "ED25519" }, request);
    const leaf = await leaves.create(inputs);
    const at = (hours: number) => new Date(Math.floor(start.getTime() / 1000) * 1000 + hours * hour);
    expect(leaves.diff(leaf, inputs, at(89.99))).toMatchObject({ changed: [], replace: [] });
    expect(leaves.diff(leaf, inputs, at(90))).toMatchObject({ replace: ["readyForRenewal"] });
    expect(leaves.diff(leaf, { ...inputs, earlyRenewalHours: 50 }, at(49))).toMatchObject({
      ...{ changed: ["earlyRenewalHours"], replace: [] },
    });
    expect(leaves.diff(leaf, { ...inputs, earlyRenewalHours: 50 }, at(50))).toMatchObject({
      replace: ["readyForRenewal"],
    });
    const kept = await leaves.update(leaf, { ...inputs, earlyRenewalHours: 50 });
    expect(kept.outputs).toEqual({ ...leaf.outputs, earlyRenewalHours: 50 });
  });

  test.each(["validityPeriodHours", "allowedUses", "caCertPem", "caPrivateKeyPem", "certRequestPem"])(
    "another %s is another certificate",
    async (name) => {
      const { inputs } = await certify({ algorithm: "ED25519" }, request);
      const leaf = await leaves.create(inputs);
      const other = { validityPeriodHours: 101, allowedUses: ["server_auth"] }[name] ?? "other";
      expect(leaves.diff(leaf, { ...inputs, [name]: other }).replace).toEqual([name]);
    },
  );

  test.each([
    ["a request that is none", { certRequestPem: "nonsense" }, /"nonsense" is not a certificate request/],
    ["an unknown use", { allowedUses: ["flying"] }, /allowedUses: flying not known/],
    ["an input that it does not support", { uris: ["x:y"] }, /uris is not supported by the lab's provider/],
    ["a negative lifetime", { validityPeriodHours: -1 }, /validityPeriodHours: -1 is not allowed/],
  ])("%s is refused in plain words", async (_, change, message) => {
    const { inputs } = await certify({ algorithm: "ED25519" }, request);
    await expect(
      Promise.resolve().then(() => leaves.create({ ...inputs, ...(change as PropertyMap) })),
    ).rejects.toThrow(message);
  });

  test("a private key in a certificate's place is not repeated in the message", async () => {
    const { inputs } = await certify({ algorithm: "ED25519" }, request);
    const caCertPem = inputs["caPrivateKeyPem"]!;
    await expect(leaves.create({ ...inputs, caCertPem })).rejects.toThrow(
      /^a private key is not a certificate in PEM(?!.*PRIVATE)/s,
    );
  });
});

describe("keys of the tls provider", () => {
  // The package of the server brings ssh-keygen.
  beforeEach(requireSshServer);

  test.each(kinds)(
    "all forms of a key of kind $kind are one key, which ssh-keygen reads",
    async ({ kind: _, ...kind }) => {
      const { outputs } = await keys.create(kind);
      const text = (name: string) => toText(outputs[name]);
      const publicPem = (pem: string) =>
        createPublicKey(createPrivateKey(pem)).export({ type: "spki", format: "pem" }).toString();
      expect(publicPem(text("privateKeyPem"))).toBe(text("publicKeyPem"));
      expect(publicPem(text("privateKeyPemPkcs8"))).toBe(text("publicKeyPem"));
      const file = join(makeScene(directory).directory, "key");
      writeFileSync(file, text("privateKeyOpenssh"), { mode: 0o600 });
      const sshKeygen = (...words: string[]) => execute("ssh-keygen", [...words, "-f", file]).stdout;
      expect(sshKeygen("-y").trim()).toBe(text("publicKeyOpenssh").trim());
      expect(sshKeygen("-l", "-E", "sha256").split(" ")[1]).toBe(text("publicKeyFingerprintSha256"));
      expect(sshKeygen("-l", "-E", "md5").split(" ")[1]).toBe(`MD5:${text("publicKeyFingerprintMd5")}`);
    },
  );

  test("another algorithm, curve or length is another key; the same is the same for ever", async () => {
    const inputs = { algorithm: "ECDSA", ecdsaCurve: "P256" };
    const key = await keys.create(inputs);
    expect(keys.diff(key, { ...inputs, ecdsaCurve: "P384" }).replace).toEqual(["ecdsaCurve"]);
    expect(keys.diff(key, inputs, new Date("2999-01-01"))).toMatchObject({ changed: [], replace: [] });
  });

  test("an unknown algorithm or curve is refused in plain words", async () => {
    const attempt = (inputs: PropertyMap) =>
      expect(Promise.resolve().then(() => keys.create(inputs))).rejects;
    await attempt({ algorithm: "DSA" }).toThrow(
      /algorithm: DSA is not known; allowed are RSA, ECDSA, ED25519/,
    );
    await attempt({ algorithm: "ECDSA", ecdsaCurve: "P1" }).toThrow(
      /ecdsaCurve: P1 is not known; allowed are/,
    );
  });
});
