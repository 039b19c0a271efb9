import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import {
  algorithmName,
  knownUses,
  readCertificate,
  readCertificateRequest,
  readPrivateKey,
  signCertificate,
  type CertificateContent,
} from "./certificate";
import { encodeOpenSshPrivateKey, encodeOpenSshPublicKey, publicKeyBlob } from "../../ssh/opensshKey";
import { changedKeys } from "../../properties/diff";
import { toText, unknownMarker, type PropertyMap, type PropertyValue } from "../../properties/values";
import {
  refuseUnsupported,
  requireText,
  type Created,
  type Instance,
  type ProviderContext,
  type ProviderDiff,
  type ResourceProvider,
} from "../provider";

const privateKeyType = "tls:index/privateKey:PrivateKey";
const selfSignedType = "tls:index/selfSignedCert:SelfSignedCert";
const locallySignedType = "tls:index/locallySignedCert:LocallySignedCert";

const commonInputs = [
  "allowedUses",
  "earlyRenewalHours",
  "isCaCertificate",
  "maxPathLength",
  "setSubjectKeyId",
  "validityPeriodHours",
];
const supported: Record<string, readonly string[]> = {
  [privateKeyType]: ["algorithm", "ecdsaCurve", "rsaBits"],
  [selfSignedType]: [
    ...commonInputs,
    ...["privateKeyPem", "subject", "dnsNames", "ipAddresses", "uris", "setAuthorityKeyId"],
  ],
  [locallySignedType]: [...commonInputs, "caCertPem", "caPrivateKeyPem", "certRequestPem"],
};

/**
 * Keys and certificates. As with the real plugin every change replaces, but for `earlyRenewalHours`, which is only noted; and a certificate
 * that is due for renewal (now >= end - early) is replaced by every run.
 */
export const tlsProvider: ResourceProvider = {
  types: [privateKeyType, selfSignedType, locallySignedType],
  secretOutputs: {
    [privateKeyType]: ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"],
    [selfSignedType]: ["privateKeyPem"],
    [locallySignedType]: ["caPrivateKeyPem"],
  },

  check(inputs, _old, context) {
    refuseUnsupported(context.type, inputs, supported[context.type] ?? []);
    if (context.type !== privateKeyType) checkCertificateInputs(inputs);
    return inputs;
  },

  diff(old, inputs, context): ProviderDiff {
    const changed = changedKeys(old.inputs, inputs);
    const replace = changed.filter((key) => key !== "earlyRenewalHours");
    if (isDue(old, inputs, context)) replace.push("readyForRenewal");
    return { changed, replace, deleteBeforeReplace: false };
  },

  async create(inputs, context) {
    if (context.type === privateKeyType) return createKey(inputs);
    if (context.type === selfSignedType) return createSelfSigned(inputs, context);
    return createLocallySigned(inputs, context);
  },

  update: (old, inputs) =>
    Promise.resolve({ ...old.outputs, earlyRenewalHours: inputs["earlyRenewalHours"] ?? 0 }),
  delete: () => Promise.resolve(),
  outputsUnknownInUpdate: () => [],

  read: ({ inputs, outputs }, context) => {
    const due = context.type !== privateKeyType && isDue({ outputs }, inputs, context);
    return Promise.resolve({ inputs, outputs: due ? { ...outputs, readyForRenewal: true } : outputs });
  },
};

function createKey(inputs: PropertyMap): Created {
  const algorithm = requireText(inputs, "algorithm");
  const curve = (inputs["ecdsaCurve"] as string | undefined) ?? "P224";
  const bits = (inputs["rsaBits"] as number | undefined) ?? 2048;
  const key = generateKey(algorithm, curve, bits);
  const publicKey = createPublicKey(key);
  const pkcs8 = pem(key, "pkcs8");
  const traditional: Record<string, () => string> = {
    RSA: () => pem(key, "pkcs1"),
    ECDSA: () => pem(key, "sec1"),
  };
  const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const openSsh = encodeOpenSshPublicKey(publicKey);
  const blob = publicKeyBlob(publicKey);
  const hash = (name: string) => createHash(name).update(blob ?? "");
  return {
    id: createHash("sha1")
      .update(publicKey.export({ type: "spki", format: "der" }))
      .digest("hex"),
    outputs: {
      ...{ algorithm, ecdsaCurve: curve, rsaBits: bits },
      privateKeyPem: traditional[algorithm]?.() ?? pkcs8,
      privateKeyPemPkcs8: pkcs8,
      privateKeyOpenssh: openSsh ? encodeOpenSshPrivateKey(key, "") : "",
      publicKeyPem: publicPem,
      publicKeyOpenssh: openSsh ? `${openSsh}\n` : "",
      publicKeyFingerprintMd5: blob ? (hash("md5").digest("hex").match(/../g) ?? []).join(":") : "",
      publicKeyFingerprintSha256: blob ? `SHA256:${hash("sha256").digest("base64").replace(/=+$/, "")}` : "",
    },
  };
}

function generateKey(algorithm: string, curve: string, bits: number): KeyObject {
  if (algorithm === "ED25519") return generateKeyPairSync("ed25519").privateKey;
  if (algorithm === "RSA") return generateKeyPairSync("rsa", { modulusLength: bits }).privateKey;
  const curves: Record<string, string> = {
    P224: "secp224r1",
    P256: "prime256v1",
    P384: "secp384r1",
    P521: "secp521r1",
  };
  const namedCurve = curves[curve];
  if (algorithm === "ECDSA" && namedCurve) return generateKeyPairSync("ec", { namedCurve }).privateKey;
  if (algorithm === "ECDSA") {
    throw new Error(`ecdsaCurve: ${curve} is not known; allowed are ${Object.keys(curves).join(", ")}`);
  }
  throw new Error(`algorithm: ${algorithm} is not known; allowed are RSA, ECDSA, ED25519`);
}

function pem(key: KeyObject, type: "pkcs8" | "pkcs1" | "sec1"): string {
  return key.export({ type, format: "pem" } as { type: "pkcs8"; format: "pem" }).toString();
}

async function createSelfSigned(inputs: PropertyMap, context: ProviderContext): Promise<Created> {
  const privateKey = readPrivateKey(requireText(inputs, "privateKeyPem"));
  const content = certificateContent(inputs, context, {
    subject: subjectName((inputs["subject"] ?? {}) as PropertyMap),
    dnsNames: texts(inputs["dnsNames"]),
    ipAddresses: texts(inputs["ipAddresses"]),
    uris: texts(inputs["uris"]),
  });
  if (content.isCertificateAuthority && content.subject.toString() === "") {
    throw new Error("subject: a certificate authority must have at least one name in it");
  }
  if (content.setAuthorityKeyId && !content.isCertificateAuthority && !content.setSubjectKeyId) {
    throw new Error(
      "setAuthorityKeyId: the certificate has no key identifier of its own; set setSubjectKeyId too",
    );
  }
  const signed = await signCertificate(content, createPublicKey(privateKey), { privateKey });
  return certificateOutputs(inputs, content, signed, { keyAlgorithm: algorithmName(privateKey) });
}

async function createLocallySigned(inputs: PropertyMap, context: ProviderContext): Promise<Created> {
  const { publicKey, ...names } = readCertificateRequest(requireText(inputs, "certRequestPem"));
  const privateKey = readPrivateKey(requireText(inputs, "caPrivateKeyPem"));
  const certificate = readCertificate(requireText(inputs, "caCertPem"));
  const content = certificateContent(inputs, context, names);
  const signed = await signCertificate(content, publicKey, { certificate, privateKey });
  return certificateOutputs(inputs, content, signed, { caKeyAlgorithm: algorithmName(privateKey) });
}

function certificateContent(
  inputs: PropertyMap,
  context: ProviderContext,
  names: Pick<CertificateContent, "subject" | "dnsNames" | "ipAddresses" | "uris">,
): CertificateContent {
  // Certificates know whole seconds.
  const notBefore = new Date(Math.floor(context.now.getTime() / 1000) * 1000);
  const hours = inputs["validityPeriodHours"] as number;
  return {
    ...names,
    allowedUses: texts(inputs["allowedUses"]),
    isCertificateAuthority: inputs["isCaCertificate"] === true,
    maxPathLength: (inputs["maxPathLength"] as number | undefined) ?? 0,
    setSubjectKeyId: inputs["setSubjectKeyId"] === true,
    setAuthorityKeyId: inputs["setAuthorityKeyId"] === true,
    notBefore,
    notAfter: new Date(notBefore.getTime() + hours * 3_600_000),
  };
}

function certificateOutputs(
  inputs: PropertyMap,
  content: CertificateContent,
  signed: { pem: string; serialNumber: string },
  algorithm: PropertyMap,
): Created {
  return {
    id: signed.serialNumber,
    outputs: {
      ...algorithm,
      earlyRenewalHours: inputs["earlyRenewalHours"] ?? 0,
      isCaCertificate: content.isCertificateAuthority,
      setSubjectKeyId: content.setSubjectKeyId,
      certPem: signed.pem,
      readyForRenewal: false,
      validityStartTime: content.notBefore.toISOString(),
      validityEndTime: content.notAfter.toISOString(),
    },
  };
}

function isDue(old: Pick<Instance, "outputs">, inputs: PropertyMap, context: ProviderContext): boolean {
  const end = Date.parse(toText(old.outputs["validityEndTime"]));
  const earlyHours = Number(inputs["earlyRenewalHours"] ?? 0);
  return context.now.getTime() >= end - earlyHours * 3_600_000;
}

function checkCertificateInputs(inputs: PropertyMap): void {
  const unknownUses = texts(inputs["allowedUses"]).filter(
    (use) => use !== unknownMarker && !knownUses.includes(use),
  );
  if (unknownUses.length > 0) {
    throw new Error(
      `allowedUses: ${unknownUses.join(", ")} not known to the lab's provider; known are ${knownUses.join(", ")}`,
    );
  }
  const hours = inputs["validityPeriodHours"];
  if (hours !== unknownMarker && !(typeof hours === "number" && hours >= 0)) {
    throw new Error(
      `validityPeriodHours: ${JSON.stringify(hours)} is not allowed; a number of hours from 0 up is`,
    );
  }
}

// In the order in which Go's library writes them.
const subjectAttributes = {
  country: "C",
  organization: "O",
  organizationalUnit: "OU",
  locality: "L",
  province: "ST",
  postalCode: "2.5.4.17",
  commonName: "CN",
  serialNumber: "2.5.4.5",
};

function subjectName(subject: PropertyMap): x509.Name {
  refuseUnsupported("subject", subject, Object.keys(subjectAttributes));
  const parts = Object.entries(subjectAttributes).filter(
    ([key]) => subject[key] !== undefined && subject[key] !== "",
  );
  return new x509.Name(parts.map(([key, type]) => ({ [type]: [toText(subject[key])] })));
}

function texts(value: PropertyValue | undefined): string[] {
  return Array.isArray(value) ? value.map(toText) : [];
}
