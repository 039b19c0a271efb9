import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import {
  readCertificate,
  readPrivateKey,
  signCertificate,
  type CertificateContent,
} from "../../../lab/providers/tls/certificate";
import type { StateResource } from "./state";

/** As `pulumi stack export --show-secrets` writes one. */
interface Secret {
  plaintext: string;
}

/** What a TLS client or server shows, in PEM; nothing at all is possible as well. */
export interface Credentials {
  certificate?: string;
  key?: string;
}

/** In what a certificate differs from one that the library issues for a monitor. */
export interface Differences {
  dnsName?: string;
  validFromHours?: number;
  validForHours?: number;
  allowedUses?: string[];
  publicKey?: KeyObject;
}

/** Signs certificates for tests. */
export class TestAuthority {
  private constructor(
    private readonly privateKey: KeyObject,
    readonly certificatePem: string,
  ) {}

  /** The very authority of a stack, taken from its state with the secrets in the clear. */
  static ofStack(resources: StateResource[]): TestAuthority {
    const root = resources.find(({ type }) => type === "tls:index/selfSignedCert:SelfSignedCert");
    const output = (key: string) => {
      const value = root?.outputs?.[key];
      // A secret is kept as JSON text.
      return typeof value === "string" ? value : (JSON.parse((value as Secret).plaintext) as string);
    };
    return new TestAuthority(readPrivateKey(output("privateKeyPem")), output("certPem"));
  }

  /** An authority of this name. */
  static make(name: string): Promise<TestAuthority> {
    return TestAuthority.withSubject(new x509.Name([{ CN: [name] }]));
  }

  /** Another authority that bears the same name. */
  static impostorOf(other: TestAuthority): Promise<TestAuthority> {
    return TestAuthority.withSubject(readCertificate(other.certificatePem).subjectName);
  }

  private static async withSubject(subject: x509.Name): Promise<TestAuthority> {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
    const content = {
      ...contentFor(subject, {}),
      isCertificateAuthority: true,
      allowedUses: ["cert_signing", "crl_signing"],
    };
    return new TestAuthority(privateKey, (await signCertificate(content, publicKey, { privateKey })).pem);
  }

  /** A certificate for a name with a key of its own, like those of the library where nothing else is asked for. */
  async issue(name: string, differences: Differences = {}): Promise<Required<Credentials>> {
    const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const content = contentFor(new x509.Name([{ CN: [name] }]), { dnsName: name, ...differences });
    const issuer = { certificate: readCertificate(this.certificatePem), privateKey: this.privateKey };
    const { pem } = await signCertificate(content, differences.publicKey ?? pair.publicKey, issuer);
    return { certificate: pem, key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }
}

/** The public key of a certificate, in PEM. */
export function publicKeyOf(certificatePem: string): string {
  return createPublicKey(certificatePem).export({ type: "spki", format: "pem" }).toString();
}

function contentFor(subject: x509.Name, differences: Differences): CertificateContent {
  const hour = 3_600_000;
  const notBefore = new Date(Date.now() + (differences.validFromHours ?? -1) * hour);
  return {
    subject,
    dnsNames: differences.dnsName === undefined ? [] : [differences.dnsName],
    ipAddresses: [],
    uris: [],
    allowedUses: differences.allowedUses ?? ["digital_signature", "server_auth", "client_auth"],
    isCertificateAuthority: false,
    maxPathLength: 0,
    setSubjectKeyId: true,
    setAuthorityKeyId: false,
    notBefore,
    notAfter: new Date(notBefore.getTime() + (differences.validForHours ?? 24) * hour),
  };
}
