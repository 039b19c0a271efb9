import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute } from "./execute";

/** A certificate with its key, in PEM. */
export interface CertificateWithKey {
  certificate: string;
  key: string;
}

/** A throw-away self-signed certificate. */
export function makeCertificate(openssl: string, commonName: string): CertificateWithKey {
  return inTemporaryDirectory((directory) => {
    const [key, certificate] = [join(directory, "key.pem"), join(directory, "certificate.pem")];
    const made = execute(openssl, [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"],
      ...["-subj", `/CN=${commonName}`, "-keyout", key, "-out", certificate],
    ]);
    if (made.status !== 0) throw new Error(`openssl could not make a certificate: ${made.output}`);
    return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
  });
}

/** Calls with a directory that lives as long as the call. */
export function inTemporaryDirectory<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), "ha-monitoring-test-"));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Writes files into a directory, by name. */
export function writeFiles(directory: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
}
