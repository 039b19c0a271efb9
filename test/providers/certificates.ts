import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { TestContext } from "vitest";
import { execute } from "../support/execute";

/** Skips a test, and says why, where there is no openssl; fails where CI is set. */
export function requireOpenssl(context: TestContext): void {
  try {
    execute("openssl", ["version"]);
  } catch (error) {
    if (process.env["CI"]) throw error;
    context.skip("openssl is not on this machine; install Debian's package openssl");
  }
}

/** A signing request with names of every kind, as a machine's openssl makes it. */
export function makeRequest(directory: string): string {
  const settings = [
    ...["[req]", "distinguished_name = name", "prompt = no", "req_extensions = extensions"],
    ...["[name]", "CN = monitor-a", "O = ha-monitoring"],
    "[extensions]",
    "subjectAltName = DNS:monitor-a.test, IP:192.0.2.1, IP:2001:db8::1, URI:spiffe://test/monitor-a",
  ];
  const path = join(directory, "request.conf");
  writeFileSync(path, `${settings.join("\n")}\n`);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null"];
  const { status, stdout, output } = execute("openssl", ["req", "-new", "-config", path, ...key]);
  if (status !== 0) throw new Error(output);
  return stdout;
}

/** All of a certificate that is the same whoever makes it, and when. */
export function describeCertificate(pem: string, issuerPem: string): string {
  const certificate = new x509.X509Certificate(pem);
  const ids = { "own id": keyId(certificate), "issuer's id": keyId(new x509.X509Certificate(issuerPem)) };
  const value = (bytes: ArrayBuffer) =>
    Object.entries(ids).reduce(
      (text, [name, id]) => text.replace(id, `(${name})`),
      Buffer.from(bytes).toString("hex"),
    );
  const hours = (certificate.notAfter.getTime() - certificate.notBefore.getTime()) / 3_600_000;
  const form =
    /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]{64}\n)+([A-Za-z0-9+/=]{1,63}\n)?-----END CERTIFICATE-----\n$/;
  return [
    `subject ${certificate.subject}, in bytes ${Buffer.from(certificate.subjectName.toArrayBuffer()).toString("hex")}`,
    `issuer ${certificate.issuer}`,
    `signature ${JSON.stringify(certificate.signatureAlgorithm)}`,
    `hours ${hours}`,
    `text ${form.test(pem) ? "in lines of 64" : "in another form"}`,
    ...certificate.extensions.map(
      (extension) => `${extension.type}${extension.critical ? " critical" : ""} ${value(extension.value)}`,
    ),
    "",
  ].join("\n");
}

// As Go's library and, for ED25519, the plugin's own code make it.
function keyId(certificate: x509.X509Certificate): string {
  const spki = Buffer.from(certificate.publicKey.rawData);
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  return createHash("sha1").update(keyBits(key, spki)).digest("hex");
}

function keyBits(key: KeyObject, spki: Buffer): Buffer {
  if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "der" });
  if (key.asymmetricKeyType === "ed25519") return Buffer.concat([Buffer.from([4, 32]), spki.subarray(-32)]);
  const coordinate = Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url").length;
  return spki.subarray(-(2 * coordinate + 1));
}
