/** A certificate authority and a certificate from a signing request, as PrivateCA has them. */
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

const config = new pulumi.Config();
const hours = config.requireNumber("hours");
const early = config.requireNumber("early");

const key = new tls.PrivateKey("ca", {
  algorithm: config.require("algorithm"),
  ecdsaCurve: config.get("curve"),
});
const authority = new tls.SelfSignedCert("ca", {
  privateKeyPem: key.privateKeyPem,
  subject: { commonName: "test authority", organization: "ha-monitoring" },
  isCaCertificate: true,
  setSubjectKeyId: true,
  setAuthorityKeyId: true,
  allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
  validityPeriodHours: 87600,
});
const leaf = new tls.LocallySignedCert("leaf", {
  certRequestPem: config.require("request"),
  caPrivateKeyPem: key.privateKeyPem,
  caCertPem: authority.certPem,
  allowedUses: ["digital_signature", "key_agreement", "server_auth", "client_auth"],
  setSubjectKeyId: true,
  validityPeriodHours: hours,
  earlyRenewalHours: early,
});

export const caKey = key.privateKeyPem;
export const caKeyPkcs8 = key.privateKeyPemPkcs8;
export const caKeyOpenssh = key.privateKeyOpenssh;
export const publicKeyOpenssh = key.publicKeyOpenssh;
export const fingerprint = key.publicKeyFingerprintSha256;
export const caPem = authority.certPem;
export const leafPem = leaf.certPem;
export const start = leaf.validityStartTime;
export const end = leaf.validityEndTime;
