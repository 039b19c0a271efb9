import "reflect-metadata";
import * as x509 from "@peculiar/x509";

export { makeRequest } from "../../components/host/standIns";

const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

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
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: keyAlgorithm,
    extensions:
      dnsNames.length === 0
        ? []
        : [
            new x509.SubjectAlternativeNameExtension(
              dnsNames.map((value) => ({ type: "dns" as const, value })),
            ),
          ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { certificate: certificate.toString("pem"), key: x509.PemConverter.encode(key, "PRIVATE KEY") };
}
