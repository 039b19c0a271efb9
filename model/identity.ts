import type { CertificateArgs, CertificateHolderArgs, PrivateCAArgs } from "../components/identity/privateCA";

import { anyText, dnsLabel, hostAddress, oneOf, repeated, wholeNumber } from "./checks";
import { RootCurve } from "./choices";
import { certificateDefaults, gatewayUser, withDefaults } from "./defaults";
import { list, section } from "./fields";
import { host } from "./hosts";
import { problemAt, type Problem } from "./problem";

/** Lifetimes with their defaults. */
export function settledCertificates<T extends CertificateArgs>(args: T) {
  const settled = withDefaults(certificateDefaults, args);
  const third = Math.max(1, Math.floor(settled.lifetimeHours / 3));
  return withDefaults({ earlyRenewalHours: third, keyUser: gatewayUser }, settled);
}

/** Lifetimes of certificates. */
export const certificates = section<CertificateArgs>(
  {
    curve: oneOf(Object.values(RootCurve)),
    rootLifetimeHours: wholeNumber("hours", 2),
    lifetimeHours: wholeNumber("hours", 2),
    earlyRenewalHours: wholeNumber("hours", 1),
  },
  {},
  lifetimeProblems,
);

function lifetimeProblems(args: CertificateArgs): Problem[] {
  const {
    rootLifetimeHours: root,
    lifetimeHours: life,
    earlyRenewalHours: early,
  } = settledCertificates(args);
  return [
    ...problemAt(
      ["earlyRenewalHours"],
      early >= life && life >= 2
        ? `${early} is not below lifetimeHours, ${life}: every run would renew every certificate`
        : undefined,
    ),
    ...problemAt(
      ["rootLifetimeHours"],
      root < life
        ? `${root} is below lifetimeHours, ${life}: certificates would outlive their root`
        : undefined,
    ),
  ];
}

const holder = section<CertificateHolderArgs>(
  {
    name: dnsLabel(),
    host,
    alternativeNames: list(hostAddress),
  },
  { name: true, host: true },
);

/** A certificate authority. */
export const authority = section<PrivateCAArgs>(
  {
    ...certificates.fields,
    holders: list(holder, (holders) =>
      repeated(holders.map(({ name }) => name)).flatMap((name) =>
        problemAt([], `"${name}" is there twice; each name gets one certificate`),
      ),
    ),
    commonName: anyText,
    keyUser: anyText,
  },
  { holders: true },
  lifetimeProblems,
);
