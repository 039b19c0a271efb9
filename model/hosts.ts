import type { Input } from "@pulumi/pulumi";
import type { DropletHostArgs, DropletSettings } from "../components/hosts/dropletHost";
import type { SshHostArgs } from "../components/hosts/sshHost";
import type { Host, SshBastion, SshConnection } from "../components/shapes";
import { AddressFamily, DropletImage } from "./choices";
import {
  anyText,
  dnsLabel,
  flag,
  hostAddress,
  hostKey,
  oneOf,
  port,
  privateKey,
  publicKey,
  userName,
} from "./checks";
import { leaf, list, section } from "./fields";
import { isKnown } from "./known";
import { placed, problemAt, under, type Path, type Problem } from "./problem";

/** A bastion. */
export const bastion = section<SshBastion>(
  {
    host: hostAddress,
    port,
    user: userName,
    privateKey,
    hostKey: publicKey,
  },
  { host: true },
);

/** How a host is reached over SSH. */
export const connection = section<SshConnection>(
  { ...bastion.fields, hostKey, acceptAnyHostKey: flag, bastion },
  { privateKey: true },
  (args) => [
    ...endProblems(args, args),
    ...(args.bastion && isKnown(args.bastion) ? under(["bastion"], endProblems(args.bastion, args)) : []),
  ],
);

function endProblems(
  end: Pick<SshBastion, "hostKey"> & { host?: Input<string> },
  { acceptAnyHostKey }: SshConnection,
): Problem[] {
  const problems = problemAt(["host"], end.host === undefined ? "an address is needed" : undefined);
  if (end.hostKey || acceptAnyHostKey === true) return problems;
  const at = typeof end.host === "string" ? end.host : "the address";
  return [
    ...problems,
    ...problemAt(
      ["hostKey"],
      `the host key is needed, or anybody who answers at ${at} gets root's commands;` +
        ` ask for it with "ssh-keyscan -t ed25519 ${at}" and compare it on the host, or set acceptAnyHostKey: true`,
    ),
  ];
}

/** The connection with the host's own address where no other one is given for SSH. */
export function connectionTo(address: Input<string>, given: SshConnection): SshConnection {
  return { ...given, host: given.host ?? address };
}

/** A host as components take it: from SshHost, DropletHost, or as data from elsewhere. */
export const host = section<Host>(
  { name: dnsLabel(), address: hostAddress, connection },
  { name: true, address: true, connection: true },
);

/** A host that exists; `connection` has its host already. */
export const sshHost = section<SshHostArgs>(
  { name: dnsLabel(), address: hostAddress, connection },
  { address: true, connection: true },
);

/**
 * The problems of a host that exists, by the paths that the user wrote: where no other address is given for SSH, a wrong one is told once.
 *
 * @param path where the host stands in the arguments.
 * @param elsewhere paths of what stands elsewhere, by name in the host.
 */
export function sshHostProblems(
  problems: Problem[],
  path: Path,
  { host: given }: Pick<SshConnection, "host">,
  elsewhere: Record<string, Path> = {},
): Problem[] {
  return placed(problems, path, {
    ...elsewhere,
    ...(given === undefined ? { "connection.host": [...path, "address"] } : {}),
  });
}

const missingKeys = "the id or fingerprint of at least one SSH key of the account is needed";

/** Settings of a droplet. */
export const dropletSettings = section<DropletSettings>(
  {
    size: leaf<string>("text", (value) =>
      /^[a-z0-9]+(-[a-z0-9.]+)+$/.test(value)
        ? undefined
        : `"${value}" is not the slug of a size; write for example "s-1vcpu-2gb"`,
    ),
    image: oneOf(Object.values(DropletImage)),
    sshKeys: list(anyText, (keys) => problemAt([], keys.length === 0 ? missingKeys : undefined)),
    tags: list(
      leaf<string>("text", (tag) =>
        /^[A-Za-z0-9:_-]{1,255}$/.test(tag)
          ? undefined
          : `"${tag}" cannot be a tag; use letters, digits, colons, hyphens and underscores`,
      ),
    ),
    vpcUuid: leaf<string>("text", (value) =>
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)
        ? undefined
        : `"${value}" is not the id of a VPC; write its UUID, which doctl vpcs list shows`,
    ),
    ipv6: flag,
    addressFamily: oneOf(Object.values(AddressFamily)),
    backups: flag,
    protected: flag,
    trustOnFirstUse: flag,
  },
  {},
  familyProblems,
);

function familyProblems({ addressFamily, ipv6 }: DropletSettings): Problem[] {
  const isMissing = addressFamily === AddressFamily.Ipv6 && ipv6 === false;
  return problemAt(
    ["addressFamily"],
    isMissing ? "ipv6 needs an address of IPv6; leave ipv6 at true" : undefined,
  );
}

/** A region. Which regions there are, and what they offer, only the API knows. */
export const region = leaf<string>("text", (value) =>
  /^[a-z]{3}\d{1,2}$/.test(value)
    ? undefined
    : `"${value}" is not the slug of a region; write for example "fra1"`,
);

/** A host that is made at DigitalOcean. */
export const dropletHost = section<DropletHostArgs>(
  { ...dropletSettings.fields, name: dnsLabel(), region, privateKey },
  { region: true, privateKey: true },
  (args) => [
    ...familyProblems(args),
    ...problemAt(["sshKeys"], args.sshKeys === undefined ? missingKeys : undefined),
  ],
);
