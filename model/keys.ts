/** Types of public keys, and the lengths in bytes of the parts of each after its name: numbers that may have any length are undefined. */
const parts: Record<string, (number | undefined)[]> = {
  "ssh-ed25519": [32],
  "ecdsa-sha2-nistp256": [8, 65],
  "ecdsa-sha2-nistp384": [8, 97],
  "ecdsa-sha2-nistp521": [8, 133],
  "ssh-rsa": [undefined, undefined],
};

// Go's SSH client offers a pinned RSA key as `ssh-rsa` with SHA-1 only, which OpenSSH refuses since 8.8.
const unpinnable = "ssh-rsa";

/** Reads what is wrong with a public key on one line, as OpenSSH writes it; RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4. */
export function publicKeyProblem(text: string): string | undefined {
  const [type = "", encoded = "", next = ""] = text.trim().split(/\s+/);
  const known = Object.keys(parts);
  if (/[\r\n]/.test(text.trim())) return "it has more than one line; give one key";
  if (!Object.hasOwn(parts, type)) {
    if (known.includes(encoded))
      return `an address stands before the key; leave it out and begin with ${encoded}`;
    if (next !== "" || encoded !== "") return `"${type}" is not a type of key; use ${known.join(", ")}`;
    return `it is not a public key of OpenSSH, e.g. "ssh-ed25519 AAAA..."`;
  }
  const bytes = Buffer.from(encoded, "base64");
  if (encoded === "" || bytes.toString("base64") !== encoded) {
    return "its second word is not in base64, or is cut off; copy the whole line";
  }
  const found = readStrings(bytes);
  if (found?.[0]?.toString("latin1") !== type) {
    return `its second word does not hold a key of type ${type}, or is cut off; copy the whole line`;
  }
  const lengths = (parts[type] as (number | undefined)[]).map((length, index) => {
    const part = found[index + 1];
    return part !== undefined && part.length > 0 && (length === undefined || part.length === length);
  });
  return found.length === lengths.length + 1 && lengths.every(Boolean)
    ? undefined
    : `its second word has the wrong length for a key of type ${type}; copy the whole line`;
}

/** Reads what is wrong with a public host key to which connections are pinned. */
export function hostKeyProblem(text: string): string | undefined {
  if (text.trim().startsWith(`${unpinnable} `)) {
    return "a host key of RSA cannot be pinned: the SSH client of @pulumi/command offers it with SHA-1 only, which sshd refuses; give the host's ed25519 or ecdsa key";
  }
  return publicKeyProblem(text);
}

/** Reads what is wrong with a private key, in words that do not show it. */
export function privateKeyProblem(text: string): string | undefined {
  if (text.trim() === "") return "a private key in PEM is needed";
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----|PRIVATE KEY/.test(text)) {
    return "the text is not a private key in PEM; give the content of the key's file, not its path";
  }
  return isEncrypted(text)
    ? "the key is encrypted, and there is nobody to type its passphrase; give a key without one (ssh-keygen -p -N '' -f COPY removes it)"
    : undefined;
}

// PKCS#8 says it in the first line, PKCS#1 and SEC1 in a header (RFC 1421), OpenSSH by the name of the cipher (PROTOCOL.key).
function isEncrypted(text: string): boolean {
  if (/BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: *4, *ENCRYPTED/m.test(text)) return true;
  const [, body = ""] = /BEGIN OPENSSH PRIVATE KEY-----([^-]*)/.exec(text) ?? [];
  const bytes = Buffer.from(body, "base64");
  const magic = "openssh-key-v1\0";
  if (bytes.subarray(0, magic.length).toString("latin1") !== magic) return false;
  const length = bytes.length >= magic.length + 4 ? bytes.readUInt32BE(magic.length) : 0;
  return bytes.subarray(magic.length + 4, magic.length + 4 + length).toString("latin1") !== "none";
}

/** Reads what is wrong with a public key of WireGuard: 32 bytes in base64, as `wg pubkey` writes them. */
export function wireGuardKeyProblem(text: string): string | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === 32 && bytes.toString("base64") === text
    ? undefined
    : `"${text}" is not 32 bytes in base64, 44 characters with one "=" at the end`;
}

/** Strings of SSH's wire format (RFC 4251 section 5); undefined when the bytes end within one. */
function readStrings(bytes: Buffer): Buffer[] | undefined {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    found.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return found;
}
