import "reflect-metadata";
import { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } from "@peculiar/x509";
import { isIpAddress } from "./addresses";
import { canonicalAddress } from "./networks";

const extensionRequest = "1.2.840.113549.1.9.14"; // RFC 2985 section 5.4.2
const alternativeNamesId = "2.5.29.17"; // RFC 5280 section 4.2.1.6

/**
 * Reads what is wrong with a certificate request (PKCS#10, RFC 2986) that a host made. A CA copies the names of a request, so a request is
 * signed only if it holds exactly the expected names, a P-256 key, a valid signature of that key, and nothing else.
 *
 * @param commonName the only allowed subject.
 * @param alternativeNames the expected names as openssl writes them: `DNS:monitor-a`, `IP:198.51.100.10`.
 */
export async function certificateRequestProblem(
  pem: string,
  commonName: string,
  alternativeNames: string[],
): Promise<string | undefined> {
  const request = readRequest(pem);
  if (request === undefined) return "it cannot be read as PKCS#10";
  const subject = request.subjectName.toJSON();
  if (JSON.stringify(subject) !== JSON.stringify([{ CN: [commonName] }])) {
    return `its subject is "${request.subjectName.toString()}", but "CN=${commonName}" is expected`;
  }
  const others = [
    ...request.attributes.filter(({ type }) => type !== extensionRequest),
    ...request.attributes.slice(1),
    ...request.extensions.filter(({ type }) => type !== alternativeNamesId),
    ...request.extensions.slice(1),
  ];
  if (others.length > 0) {
    return `it asks for more than names: ${[...new Set(others.map(({ type }) => type))].join(", ")}`;
  }
  const asked = namesOf(request);
  const expected = alternativeNames.map(canonicalName);
  const [more, missing] = [asked.filter((name) => !expected.includes(name)), without(expected, asked)];
  if (more.length > 0) return `it asks for ${more.join(", ")}, but only ${expected.join(", ")} is expected`;
  if (missing.length > 0) return `it does not ask for ${missing.join(", ")}`;
  const { name, namedCurve } = request.publicKey.algorithm as { name: string; namedCurve?: string };
  if (name !== "ECDSA" || namedCurve !== "P-256") {
    return `its key is ${[name, namedCurve].filter(Boolean).join(" ")}, but ECDSA P-256 is expected`;
  }
  return (await isSigned(request)) ? undefined : "its signature is not that of its own key";
}

function without(names: string[], others: string[]): string[] {
  return names.filter((name) => !others.includes(name));
}

function readRequest(pem: string): Pkcs10CertificateRequest | undefined {
  try {
    const request = new Pkcs10CertificateRequest(pem);
    return isOneValue(Buffer.from(request.rawData)) ? request : undefined;
  } catch {
    return undefined;
  }
}

// X.690 section 8.1.3: a request has more than 127 and less than 65536 bytes. This library skips bytes after it, another reader may not.
function isOneValue(der: Buffer): boolean {
  const inLongForm = { 0x81: () => 3 + der.readUInt8(2), 0x82: () => 4 + der.readUInt16BE(2) };
  return inLongForm[der[1] as keyof typeof inLongForm]?.() === der.length;
}

function namesOf(request: Pkcs10CertificateRequest): string[] {
  return request.extensions
    .filter((extension) => extension instanceof SubjectAlternativeNameExtension)
    .flatMap(({ names }) => names.toJSON())
    .map(({ type, value }) =>
      canonicalName(`${type === "dns" || type === "ip" ? type.toUpperCase() : type}:${value}`),
    );
}

function canonicalName(name: string): string {
  const address = name.slice("IP:".length);
  return name.startsWith("IP:") && isIpAddress(address) ? `IP:${canonicalAddress(address)}` : name;
}

async function isSigned(request: Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    return false;
  }
}
