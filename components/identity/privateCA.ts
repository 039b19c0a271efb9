import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { hostAddress } from "../../model/checks";
import type { RootCurve } from "../../model/choices";
import { list, problemsOf } from "../../model/fields";
import { authority, settledCertificates } from "../../model/identity";
import { identityBundle, identityKeyPath } from "../../templates/identity/identityBundle";
import { applyBundle } from "../host/bundle";
import { knownHost } from "../host/knownHost";
import type { CertificateBundle, Host } from "../shapes";
import { checked, refuse } from "../validation";

/** One holder of a certificate. */
export interface CertificateHolderArgs {
  /** Common name and DNS name of the certificate: a DNS label, unique in the authority. */
  name: string;
  /** The machine on which the private key is made, and which it never leaves. */
  host: pulumi.Input<Host>;
  /** Further DNS names and IP addresses. The host's address is always included. */
  alternativeNames?: pulumi.Input<string>[];
}

/** Lifetimes of the certificates. */
export interface CertificateArgs {
  /** Curve of the root's ECDSA key. Default P384. Holders' keys are P-256, the fastest in OpenSSL. */
  curve?: RootCurve;
  /** Life of the root in hours. Default 87600, ten years. */
  rootLifetimeHours?: number;
  /** Life of a holder's certificate in hours. Default 2160, 90 days. */
  lifetimeHours?: number;
  /** Hours before its end at which a certificate is renewed by the next `pulumi up`. Default a third of its life. */
  earlyRenewalHours?: number;
}

/** Arguments of PrivateCA. */
export interface PrivateCAArgs extends CertificateArgs {
  /** Who gets a certificate. */
  holders: CertificateHolderArgs[];
  /** Common name of the root. Default: the component's name and "CA". */
  commonName?: string;
  /** System user that owns the private keys on their machines. Default: the gateway's. */
  keyUser?: string;
}

/**
 * A certificate authority of one stack: says who may speak. The root's key is in Pulumi's state, as a secret; every other private key is
 * made on its own machine (mode 0600) and never leaves it: only a certificate request does.
 */
export class PrivateCA extends pulumi.ComponentResource {
  /** The root's certificate in PEM. */
  public readonly trustBundle: pulumi.Output<string>;
  /** Each holder's certificate, by the holder's name. */
  public readonly certificates: Record<string, pulumi.Output<CertificateBundle>>;

  constructor(name: string, args: PrivateCAArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ha-monitoring:index:PrivateCA", name, {}, opts);
    refuse(this, problemsOf(authority, args));
    const { curve, rootLifetimeHours, commonName = `${name} CA`, ...settings } = settledCertificates(args);
    const child = { parent: this };

    const rootKey = new tls.PrivateKey(`${name}-root`, { algorithm: "ECDSA", ecdsaCurve: curve }, child);
    const root = new tls.SelfSignedCert(
      `${name}-root`,
      {
        privateKeyPem: rootKey.privateKeyPem,
        subject: { commonName },
        isCaCertificate: true,
        setSubjectKeyId: true,
        validityPeriodHours: rootLifetimeHours,
        allowedUses: ["cert_signing", "crl_signing"],
      },
      child,
    );
    this.trustBundle = root.certPem;
    this.certificates = Object.fromEntries(
      args.holders.map((holder) => [
        holder.name,
        issueCertificate(this, `${name}-${holder.name}`, holder, { rootKey, root }, settings),
      ]),
    );
    this.registerOutputs({ trustBundle: this.trustBundle, certificates: this.certificates });
  }
}

/** Has a host make a key, and signs its request. */
function issueCertificate(
  parent: PrivateCA,
  name: string,
  { name: holder, host, alternativeNames = [] }: CertificateHolderArgs,
  { rootKey, root }: { rootKey: tls.PrivateKey; root: tls.SelfSignedCert },
  settings: { keyUser: string; lifetimeHours: number; earlyRenewalHours: number },
): pulumi.Output<CertificateBundle> {
  const user = settings.keyUser;
  const names = checked(
    parent,
    list(hostAddress),
    [holder, knownHost(host).address, ...alternativeNames],
    [`holders, ${holder}`],
  );
  const identity = applyBundle(
    `${name}-identity`,
    host,
    "identity",
    names.apply((known) => identityBundle(holder, known, user)),
    { parent },
  );
  const certificate = new tls.LocallySignedCert(
    name,
    {
      // The provider copies the names of the request and does not verify it: the facts have been.
      certRequestPem: identity.facts.apply(({ certificateRequests: [request] }) => request ?? ""),
      caPrivateKeyPem: rootKey.privateKeyPem,
      caCertPem: root.certPem,
      validityPeriodHours: settings.lifetimeHours,
      earlyRenewalHours: settings.earlyRenewalHours,
      setSubjectKeyId: true,
      // A peer is the server of what it receives and the client of what it sends.
      allowedUses: ["digital_signature", "server_auth", "client_auth"],
    },
    { parent },
  );
  return pulumi.output({
    name: holder,
    certificatePem: certificate.certPem,
    trustBundlePem: root.certPem,
    privateKeyPath: identityKeyPath,
    user,
    uid: identity.facts.apply(({ users }) => users[user]?.uid ?? -1),
    gid: identity.facts.apply(({ users }) => users[user]?.gid ?? -1),
  });
}
