import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { isIpAddress } from "../../model/addresses";
import { gatewayLayout } from "../../templates/gateway/gatewayLayout";
import { applyBundle } from "../host/bundle";
import type { CertificateBundle, Host } from "../shapes";
import { addressProblems, checked, isPlain, labelProblems, refuse } from "../validation";

/** Curve of the root's key. */
export const RootCurve = { P256: "P256", P384: "P384" } as const;
export type RootCurve = (typeof RootCurve)[keyof typeof RootCurve];

/** One holder of a certificate. */
export interface CertificateHolderArgs {
  /** Common name and DNS name of the certificate: a DNS label, unique in the authority. */
  name: string;
  /** The machine on which the private key is made, and which it never leaves. */
  host: pulumi.Input<Host>;
  /** Further DNS names and IP addresses. The host's address is always included. */
  alternativeNames?: pulumi.Input<string>[];
}

/** Arguments of PrivateCA. */
export interface PrivateCAArgs {
  /** Who gets a certificate. */
  holders: CertificateHolderArgs[];
  /** Common name of the root. Default: the component's name and "CA". */
  commonName?: string;
  /** Curve of the root's ECDSA key. Default P384. Holders' keys are P-256, the fastest in OpenSSL. */
  curve?: RootCurve;
  /** Life of the root in hours. Default 87600, ten years. */
  rootLifetimeHours?: number;
  /** Life of a certificate in hours. Default 2160, 90 days. */
  lifetimeHours?: number;
  /** Hours before its end at which a certificate is renewed by the next `pulumi up`. Default a third of its life. */
  earlyRenewalHours?: number;
  /** System user that owns the private keys on their machines. Default: the gateway's. */
  keyUser?: string;
}

const directory = "/etc/ha-monitoring/identity";
const privateKeyPath = `${directory}/peer.pem.key`;

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
    refuse(this, privateCAProblems(args));

    const lifetime = lifetimes(args);
    const user = args.keyUser ?? gatewayLayout.user;
    const child = { parent: this };

    const rootKey = new tls.PrivateKey(
      `${name}-root`,
      { algorithm: "ECDSA", ecdsaCurve: args.curve ?? RootCurve.P384 },
      child,
    );
    const root = new tls.SelfSignedCert(
      `${name}-root`,
      {
        privateKeyPem: rootKey.privateKeyPem,
        subject: { commonName: args.commonName ?? `${name} CA` },
        isCaCertificate: true,
        setSubjectKeyId: true,
        validityPeriodHours: lifetime.rootHours,
        allowedUses: ["cert_signing", "crl_signing"],
      },
      child,
    );

    const issue = (holder: CertificateHolderArgs): pulumi.Output<CertificateBundle> => {
      const names = holderNames(this, holder);
      const identity = applyBundle(
        `${name}-${holder.name}-identity`,
        holder.host,
        "identity",
        names.apply((alternativeNames) => ({
          commands: [{ name: "openssl", packages: ["openssl"] }],
          users: [user],
          directories: [
            { path: "/etc/ha-monitoring", mode: "0755", owner: "root:root" },
            { path: directory, mode: "0750", owner: `root:${user}` },
          ],
          keys: [
            {
              path: privateKeyPath,
              mode: "0600",
              owner: `${user}:${user}`,
              commonName: holder.name,
              alternativeNames,
            },
          ],
        })),
        child,
      );
      const certificate = new tls.LocallySignedCert(
        `${name}-${holder.name}`,
        {
          certRequestPem: identity.facts.apply(({ certificateRequests: [request] }) => request ?? ""),
          caPrivateKeyPem: rootKey.privateKeyPem,
          caCertPem: root.certPem,
          validityPeriodHours: lifetime.hours,
          earlyRenewalHours: lifetime.earlyRenewalHours,
          setSubjectKeyId: true,
          // A peer is the server of what it receives and the client of what it sends.
          allowedUses: ["digital_signature", "server_auth", "client_auth"],
        },
        child,
      );
      return pulumi.output({
        name: holder.name,
        certificatePem: certificate.certPem,
        trustBundlePem: root.certPem,
        privateKeyPath,
        user,
        uid: identity.facts.apply(({ users }) => users[user]?.uid ?? -1),
        gid: identity.facts.apply(({ users }) => users[user]?.gid ?? -1),
      });
    };

    this.trustBundle = root.certPem;
    this.certificates = Object.fromEntries(args.holders.map((holder) => [holder.name, issue(holder)]));
    this.registerOutputs({ trustBundle: this.trustBundle, certificates: this.certificates });
  }
}

/** What is wrong with the arguments of an authority, one sentence each. */
export function privateCAProblems(
  args: Omit<PrivateCAArgs, "holders"> & { holders: Omit<CertificateHolderArgs, "host">[] },
): string[] {
  const { rootHours, hours, earlyRenewalHours } = lifetimes(args);
  const problems = args.holders.flatMap((holder, index) => [
    ...labelProblems(`holders[${index}].name`, holder.name),
    ...(holder.alternativeNames ?? [])
      .filter(isPlain)
      .flatMap((name) => addressProblems(`holders[${index}].alternativeNames`, name)),
  ]);
  const names = args.holders.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  problems.push(...twice.map((name) => `holders: "${name}" is there twice; each name gets one certificate`));
  if (args.curve !== undefined && !Object.values(RootCurve).includes(args.curve)) {
    problems.push(
      `curve: "${String(args.curve)}" is unknown; ${Object.values(RootCurve).join(" and ")} are allowed`,
    );
  }
  if (!(Number.isInteger(hours) && hours >= 2)) {
    problems.push(
      `lifetimeHours: ${hours} is too short to be renewed in time; a whole number of hours from 2 is needed`,
    );
    return problems;
  }
  if (!(Number.isInteger(earlyRenewalHours) && earlyRenewalHours >= 1)) {
    problems.push(
      `earlyRenewalHours: ${earlyRenewalHours} would let certificates expire; a whole number of hours above 0 is needed`,
    );
  }
  if (earlyRenewalHours >= hours) {
    problems.push(
      `earlyRenewalHours: ${earlyRenewalHours} is not below lifetimeHours, ${hours}: every run would renew every certificate`,
    );
  }
  if (rootHours < hours) {
    problems.push(
      `rootLifetimeHours: ${rootHours} is below lifetimeHours, ${hours}: certificates would outlive their root`,
    );
  }
  return problems;
}

function lifetimes(args: Omit<PrivateCAArgs, "holders">): {
  rootHours: number;
  hours: number;
  earlyRenewalHours: number;
} {
  const hours = args.lifetimeHours ?? 2160;
  return {
    rootHours: args.rootLifetimeHours ?? 87600,
    hours,
    earlyRenewalHours: args.earlyRenewalHours ?? Math.max(1, Math.floor(hours / 3)),
  };
}

function holderNames(component: pulumi.Resource, holder: CertificateHolderArgs): pulumi.Output<string[]> {
  // The address is no secret, though the connection that is part of a host makes it one.
  const address = pulumi.unsecret(pulumi.output(holder.host).address);
  const names = pulumi.all([holder.name, address, ...(holder.alternativeNames ?? [])]);
  return checked(component, names, (values) =>
    values.flatMap((value) => addressProblems(`holders, ${holder.name}`, value)),
  ).apply((values) =>
    [...new Set(values)].map((value) => (isIpAddress(value) ? `IP:${value}` : `DNS:${value}`)),
  );
}
