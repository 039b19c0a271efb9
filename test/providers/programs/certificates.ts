/** Certificate authorities and a certificate that each of them signs for one request, as PrivateCA has them. */
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

interface Authority {
  name: string;
  algorithm: string;
  ecdsaCurve?: string;
}

const config = new pulumi.Config();
const hours = config.requireNumber("hours");
const early = config.requireNumber("early");

function certify({ name, ...kind }: Authority) {
  const key = new tls.PrivateKey(name, kind);
  const authority = new tls.SelfSignedCert(name, {
    privateKeyPem: key.privateKeyPem,
    subject: { commonName: `authority ${name}`, organization: "ha-monitoring" },
    isCaCertificate: true,
    setSubjectKeyId: true,
    setAuthorityKeyId: true,
    allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
    validityPeriodHours: 87600,
  });
  const leaf = new tls.LocallySignedCert(`${name}-leaf`, {
    certRequestPem: config.require("request"),
    caPrivateKeyPem: key.privateKeyPem,
    caCertPem: authority.certPem,
    allowedUses: ["digital_signature", "key_agreement", "server_auth", "client_auth"],
    setSubjectKeyId: true,
    validityPeriodHours: hours,
    earlyRenewalHours: early,
  });
  return {
    key: key.privateKeyPem,
    publicKey: key.publicKeyOpenssh,
    authority: authority.certPem,
    leaf: leaf.certPem,
  };
}

module.exports = Object.fromEntries(
  config.requireObject<Authority[]>("authorities").map((authority) => [authority.name, certify(authority)]),
);
