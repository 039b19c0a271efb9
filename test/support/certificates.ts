import "reflect-metadata";
import * as x509 from "@peculiar/x509";

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
