/** What hosts and providers would answer, for runs without any: certificate requests, keys, ids and addresses that pass every check. */
import { createHash } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { readKeys } from "../../templates/host/hostBundle";

const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A resource that is to be answered. */
export interface AskedResource {
  type: string;
  name: string;
  /** Inputs with secrets taken out of their envelopes. */
  inputs: Record<string, unknown>;
}

/** Outputs that a real provider would add to the inputs; empty for resources of other kinds. They depend on names only. */
export async function standInOutputs({
  type,
  name,
  inputs,
}: AskedResource): Promise<Record<string, unknown>> {
  switch (type) {
    case "command:remote:Command":
      if (String(inputs["create"]).startsWith("sh -s -- make ")) {
        return { stdout: `${publicKeyOf(name)}\n`, stderr: "" };
      }
      return { stdout: await printedFacts(String(inputs["stdin"])), stderr: "" };
    case "tls:index/privateKey:PrivateKey":
      return {
        privateKeyPem: `private key ${name}`,
        privateKeyOpenssh: `private key ${name}\n`,
        publicKeyPem: `public key ${name}`,
        publicKeyOpenssh: `ecdsa-sha2-nistp256 ${Buffer.from(name).toString("base64")}\n`,
      };
    case "digitalocean:index/droplet:Droplet":
      return addressesOf(name);
    case "digitalocean:index/sshKey:SshKey":
      return { fingerprint: `fingerprint of ${name}` };
    case "tls:index/selfSignedCert:SelfSignedCert":
    case "tls:index/locallySignedCert:LocallySignedCert":
      return { certPem: `certificate ${name}\n` };
    default:
      return {};
  }
}

/** Names of the outputs that a real provider keeps secret. */
export const secretOutputs = ["privateKeyPem", "privateKeyOpenssh"];

/** The id of a resource. Ids of droplets are numbers. */
export function standInId({ type, name }: Pick<AskedResource, "type" | "name">): string {
  return type === "digitalocean:index/droplet:Droplet"
    ? String(1_000_000 + digestOf(name).readUIntBE(0, 3))
    : `${name}-id`;
}

/** A public key that OpenSSH accepts, another one for each name. */
export function publicKeyOf(name: string): string {
  const parts = [Buffer.from("ssh-ed25519"), digestOf(name)].flatMap((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return [length, part];
  });
  return `ssh-ed25519 ${Buffer.concat(parts).toString("base64")}`;
}

/** A public key of WireGuard, another one for each host. */
export function wireGuardKeyOf(host: string): string {
  return digestOf(host).toString("base64");
}

/**
 * A certificate request in PEM, as a host prints it.
 *
 * @param alternativeNames names as openssl writes them: `DNS:monitor-a`, `IP:198.51.100.10`.
 */
export async function makeRequest(
  commonName: string,
  alternativeNames: string[],
  changes: Partial<x509.Pkcs10CertificateRequestCreateParams> = {},
): Promise<string> {
  const names = alternativeNames.map((each): x509.JsonGeneralName => {
    const [type = "", ...rest] = each.split(":");
    return { type: type.toLowerCase() as "dns" | "ip", value: rest.join(":") };
  });
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys: await crypto.subtle.generateKey(keyAlgorithm, false, ["sign", "verify"]),
    signingAlgorithm: keyAlgorithm,
    extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)],
    ...changes,
  });
  return `${request.toString("pem")}\n`;
}

/** A certificate with its key, in PEM. */
export interface CertificateWithKey {
  certificate: string;
  key: string;
}

/** A throw-away self-signed certificate. */
export async function makeCertificate(
  commonName: string,
  dnsNames: string[] = [],
): Promise<CertificateWithKey> {
  const keys = await crypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
  const names = dnsNames.map((value) => ({ type: "dns" as const, value }));
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: keyAlgorithm,
    extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { certificate: certificate.toString("pem"), key: x509.PemConverter.encode(key, "PRIVATE KEY") };
}

const requests = new Map<string, Promise<string>>();

// A host makes its request once: the same names get the same bytes.
function requestFor(commonName: string, alternativeNames: string[]): Promise<string> {
  const key = [commonName, ...alternativeNames].join(" ");
  const request = requests.get(key) ?? makeRequest(commonName, alternativeNames);
  requests.set(key, request);
  return request;
}

/** What a host prints about a bundle; nothing about other text. */
async function printedFacts(text: string): Promise<string> {
  if (!text.startsWith("bundle ")) return "";
  const asked = readKeys(text);
  const users = [...text.matchAll(/^user (\S+)$/gm)].map(([, user]) => `user ${user} 991 992\n`);
  const printed = await Promise.all(
    asked.requests.map(({ commonName, alternativeNames }) => requestFor(commonName, alternativeNames)),
  );
  const wireGuardKeys = asked.wireGuardKeys.map(
    (path) => `wireguard ${path} ${wireGuardKeyOf(asked.host)}\n`,
  );
  return [...users, ...printed, ...wireGuardKeys].join("");
}

// Of 198.18.0.0/15 (RFC 2544) and 2001:db8::/32 (RFC 3849), which no public host has.
function addressesOf(name: string): Record<string, string> {
  const [first = 0, second = 0, third = 0] = digestOf(name);
  return {
    ipv4Address: `198.${18 + (first & 1)}.${second}.${third}`,
    ipv6Address: `2001:db8::${(first + 1).toString(16)}:${((second << 8) | third || 1).toString(16)}`,
  };
}

function digestOf(name: string): Buffer {
  return createHash("sha256").update(name).digest();
}
