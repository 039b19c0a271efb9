import { randomBytes, type KeyObject } from "node:crypto";

/** The public key in the form of authorized_keys and known_hosts, without comment: `ssh-ed25519 AAAA...`. Undefined for P-224, which SSH lacks. */
export function encodeOpenSshPublicKey(key: KeyObject): string | undefined {
  const parts = publicParts(key);
  return parts && `${parts.type} ${parts.blob.toString("base64")}`;
}

/** The public key's bytes, of which fingerprints are made. Undefined for P-224. */
export function publicKeyBlob(key: KeyObject): Buffer | undefined {
  return publicParts(key)?.blob;
}

/**
 * A private key in OpenSSH's own format, not encrypted.
 *
 * @throws for a key that SSH does not know.
 */
export function encodeOpenSshPrivateKey(key: KeyObject, comment: string): string {
  const parts = publicParts(key);
  if (!parts) throw new Error(`keys of type ${key.asymmetricKeyType} have no OpenSSH form`);
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, privateParts(key, parts.type), field(comment)]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...[field("none"), field("none"), field(""), number(1), field(parts.blob)],
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

const sshCurves: Record<string, string> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

function publicParts(key: KeyObject): { type: string; blob: Buffer } | undefined {
  const numbers = jwk(key);
  if (key.asymmetricKeyType === "ed25519") {
    return { type: "ssh-ed25519", blob: Buffer.concat([field("ssh-ed25519"), field(bytes(numbers.x))]) };
  }
  if (key.asymmetricKeyType === "rsa") {
    const blob = Buffer.concat([field("ssh-rsa"), integer(bytes(numbers.e)), integer(bytes(numbers.n))]);
    return { type: "ssh-rsa", blob };
  }
  const curve = sshCurves[numbers.crv ?? ""];
  if (!curve) return undefined;
  const type = `ecdsa-sha2-${curve}`;
  return { type, blob: Buffer.concat([field(type), field(curve), field(curvePoint(numbers))]) };
}

function privateParts(key: KeyObject, type: string): Buffer {
  const numbers = jwk(key);
  if (type === "ssh-ed25519") {
    const point = bytes(numbers.x);
    return Buffer.concat([field(type), field(point), field(Buffer.concat([bytes(numbers.d), point]))]);
  }
  if (type === "ssh-rsa") {
    const { n, e, d, qi, p, q } = numbers;
    return Buffer.concat([field(type), ...[n, e, d, qi, p, q].map((value) => integer(bytes(value)))]);
  }
  const curve = sshCurves[numbers.crv ?? ""] ?? "";
  return Buffer.concat([field(type), field(curve), field(curvePoint(numbers)), integer(bytes(numbers.d))]);
}

interface KeyNumbers {
  crv?: string;
  x?: string;
  y?: string;
  d?: string;
  n?: string;
  e?: string;
  p?: string;
  q?: string;
  qi?: string;
}

// JSON Web Keys do not know P-224; SSH does not either.
function jwk(key: KeyObject): KeyNumbers {
  if (key.asymmetricKeyDetails?.namedCurve === "secp224r1") return {};
  return key.export({ format: "jwk" });
}

function curvePoint({ x, y }: KeyNumbers): Buffer {
  return Buffer.concat([Buffer.from([4]), bytes(x), bytes(y)]);
}

function bytes(value: string | undefined): Buffer {
  return Buffer.from(value ?? "", "base64url");
}

function number(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

function field(value: string | Buffer): Buffer {
  const content = Buffer.from(value as string);
  return Buffer.concat([number(content.length), content]);
}

// A positive number has no leading zero bytes, except one where its first bit is set.
function integer(value: Buffer): Buffer {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start += 1;
  const trimmed = value.subarray(start);
  return field((trimmed[0] ?? 0) >= 128 ? Buffer.concat([Buffer.from([0]), trimmed]) : trimmed);
}
