import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** A certificate with its key, in PEM. */
export interface CertificateWithKey {
  certificate: string;
  key: string;
}

/** A throw-away self-signed certificate. */
export async function makeCertificate(commonName: string): Promise<CertificateWithKey> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: algorithm,
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { certificate: certificate.toString("pem"), key: x509.PemConverter.encode(key, "PRIVATE KEY") };
}
