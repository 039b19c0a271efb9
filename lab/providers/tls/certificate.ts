import {
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  webcrypto,
  type KeyObject,
} from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** What goes into a certificate beside its keys. */
export interface CertificateContent {
  subject: x509.Name;
  dnsNames: string[];
  ipAddresses: string[];
  uris: string[];
  /** As in Terraform: `server_auth`, `digital_signature`, ... */
  allowedUses: string[];
  isCertificateAuthority: boolean;
  /** Left out if 0. */
  maxPathLength: number;
  setSubjectKeyId: boolean;
  setAuthorityKeyId: boolean;
  notBefore: Date;
  notAfter: Date;
}

/** Who signs. */
export interface Issuer {
  /** Undefined for a self-signed certificate. */
  certificate?: x509.X509Certificate;
  privateKey: KeyObject;
}

/** A certificate signing request, read. */
export interface CertificateRequest {
  subject: x509.Name;
  publicKey: KeyObject;
  dnsNames: string[];
  ipAddresses: string[];
  uris: string[];
}

const keyUsages: Record<string, number> = {
  digital_signature: x509.KeyUsageFlags.digitalSignature,
  content_commitment: x509.KeyUsageFlags.nonRepudiation,
  key_encipherment: x509.KeyUsageFlags.keyEncipherment,
  data_encipherment: x509.KeyUsageFlags.dataEncipherment,
  key_agreement: x509.KeyUsageFlags.keyAgreement,
  cert_signing: x509.KeyUsageFlags.keyCertSign,
  crl_signing: x509.KeyUsageFlags.cRLSign,
  encipher_only: x509.KeyUsageFlags.encipherOnly,
  decipher_only: x509.KeyUsageFlags.decipherOnly,
};

const extendedKeyUsages: Record<string, string> = {
  any_extended: "2.5.29.37.0",
  server_auth: "1.3.6.1.5.5.7.3.1",
  client_auth: "1.3.6.1.5.5.7.3.2",
  code_signing: "1.3.6.1.5.5.7.3.3",
  email_protection: "1.3.6.1.5.5.7.3.4",
  timestamping: "1.3.6.1.5.5.7.3.8",
  ocsp_signing: "1.3.6.1.5.5.7.3.9",
};

/** Uses that a certificate can have. */
export const knownUses: readonly string[] = [...Object.keys(keyUsages), ...Object.keys(extendedKeyUsages)];

/**
 * Signs a certificate the way Go's library does for the real plugin: same extensions, same key identifiers, hash by the curve.
 *
 * @returns the PEM text and the serial number in decimal.
 */
export async function signCertificate(
  content: CertificateContent,
  publicKey: KeyObject,
  issuer: Issuer,
): Promise<{ pem: string; serialNumber: string }> {
  const signing = signingAlgorithm(issuer.privateKey);
  const crypto = webcrypto as unknown as Crypto;
  // The first bit is kept clear: serial numbers are positive.
  const serial = randomBytes(16);
  serial.writeUInt8(serial.readUInt8(0) & 0x7f, 0);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial.toString("hex"),
      subject: content.subject,
      issuer: issuer.certificate?.subjectName ?? content.subject,
      ...{ notBefore: content.notBefore, notAfter: content.notAfter },
      publicKey: publicKey.export({ type: "spki", format: "der" }),
      signingKey: await webcrypto.subtle.importKey(
        "pkcs8",
        issuer.privateKey.export({ type: "pkcs8", format: "der" }),
        signing,
        false,
        ["sign"],
      ),
      signingAlgorithm: signing,
      extensions: extensions(content, publicKey, issuer),
    },
    crypto,
  );
  return {
    pem: `${certificate.toString("pem")}\n`,
    serialNumber: BigInt(`0x${serial.toString("hex")}`).toString(),
  };
}

/** @throws if the text is no certificate. */
export function readCertificate(pem: string): x509.X509Certificate {
  return readPem("certificate", pem, () => new x509.X509Certificate(pem));
}

/** @throws if the text is no signing request. */
export function readCertificateRequest(pem: string): CertificateRequest {
  const request = readPem("certificate request", pem, () => new x509.Pkcs10CertificateRequest(pem));
  const alternatives = request.extensions.find(
    (extension) => extension instanceof x509.SubjectAlternativeNameExtension,
  );
  const names = alternatives?.names.items ?? [];
  const ofType = (type: x509.GeneralNameType) =>
    names.filter((name) => name.type === type).map((name) => name.value);
  return {
    subject: rewriteName(request.subjectName),
    publicKey: createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: "der", type: "spki" }),
    dnsNames: ofType("dns"),
    ipAddresses: ofType("ip"),
    uris: ofType("url"),
  };
}

/** @throws if the text is no private key. */
export function readPrivateKey(pem: string): KeyObject {
  return readPem("private key", pem, () => createPrivateKey(pem));
}

/** The key's algorithm in the plugin's words. */
export function algorithmName(key: KeyObject): string {
  const names: Record<string, string> = { rsa: "RSA", ec: "ECDSA", ed25519: "ED25519" };
  return names[key.asymmetricKeyType ?? ""] ?? "unknown";
}

// Go's library keeps the attributes that it knows, one after the other in this order, whatever the order in the request.
const keptAttributes = ["C", "O", "OU", "L", "ST", "2.5.4.9", "2.5.4.17", "CN", "2.5.4.5"];

function rewriteName(name: x509.Name): x509.Name {
  const attributes = name.toJSON();
  const values = (type: string) => attributes.flatMap((attribute) => attribute[type] ?? []);
  return new x509.Name(
    keptAttributes
      .map((type) => ({ [type]: values(type) }))
      .filter((attribute) => Object.values(attribute).flat().length > 0),
  );
}

function extensions(content: CertificateContent, publicKey: KeyObject, issuer: Issuer): x509.Extension[] {
  const usage = content.allowedUses.reduce((flags, use) => flags | (keyUsages[use] ?? 0), 0);
  const extended = content.allowedUses
    .map((use) => extendedKeyUsages[use])
    .filter((use) => use !== undefined);
  const pathLength =
    content.isCertificateAuthority && content.maxPathLength > 0 ? content.maxPathLength : undefined;
  const ownId =
    content.isCertificateAuthority || content.setSubjectKeyId ? subjectKeyId(publicKey) : undefined;
  const issuerId = authorityKeyId(content, issuer, ownId);
  const alternatives: x509.JsonGeneralNames = [
    ...content.dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...content.ipAddresses.map((value) => ({ type: "ip" as const, value })),
    ...content.uris.map((value) => ({ type: "url" as const, value })),
  ];
  return [
    ...(usage ? [new x509.KeyUsagesExtension(usage, true)] : []),
    ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended, false)] : []),
    new x509.BasicConstraintsExtension(content.isCertificateAuthority, pathLength, true),
    ...(ownId ? [new x509.SubjectKeyIdentifierExtension(ownId, false)] : []),
    ...(issuerId ? [new x509.AuthorityKeyIdentifierExtension(issuerId, false)] : []),
    ...(alternatives.length > 0
      ? [new x509.SubjectAlternativeNameExtension(alternatives, content.subject.toString() === "")]
      : []),
  ];
}

function authorityKeyId(
  content: CertificateContent,
  issuer: Issuer,
  ownId: string | undefined,
): string | undefined {
  if (!issuer.certificate) return content.setAuthorityKeyId ? ownId : undefined;
  return issuer.certificate.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
}

function subjectKeyId(key: KeyObject): string {
  return createHash("sha1").update(publicKeyBits(key)).digest("hex");
}

function publicKeyBits(key: KeyObject): Buffer {
  if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "der" });
  const der = key.export({ type: "spki", format: "der" });
  // The plugin hashes an ED25519 key with the header of an octet string before it.
  if (key.asymmetricKeyType === "ed25519") return Buffer.concat([Buffer.from([4, 32]), der.subarray(-32)]);
  const coordinate = Math.ceil(curveBits(key) / 8);
  return der.subarray(-(2 * coordinate + 1));
}

function curveBits(key: KeyObject): number {
  const bits: Record<string, number> = { secp224r1: 224, prime256v1: 256, secp384r1: 384, secp521r1: 521 };
  return bits[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? 0;
}

function signingAlgorithm(key: KeyObject): webcrypto.EcKeyImportParams & { hash: string } {
  if (key.asymmetricKeyType === "ed25519") return { name: "Ed25519", hash: "", namedCurve: "" };
  if (key.asymmetricKeyType === "rsa") return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", namedCurve: "" };
  const curves: Record<number, string> = { 256: "SHA-256", 384: "SHA-384", 521: "SHA-512" };
  const bits = curveBits(key);
  const hash = curves[bits];
  if (!hash)
    throw new Error("the signing key's curve is not supported by the lab's provider; use P256, P384 or P521");
  return { name: "ECDSA", namedCurve: `P-${bits}`, hash };
}

function readPem<T>(what: string, pem: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const start = pem.includes("PRIVATE KEY") ? "a private key" : JSON.stringify(pem.slice(0, 40));
    throw new Error(`${start} is not a ${what} in PEM: ${(error as Error).message}`, { cause: error });
  }
}
