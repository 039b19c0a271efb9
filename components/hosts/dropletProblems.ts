import { AddressFamily, DropletImage, type DropletSettings } from "./dropletHost";
import { isPlain } from "../validation";

/** Said where nobody could log in. */
export const missingKeys = "sshKeys: the id or fingerprint of at least one SSH key of the account is needed";

/** What is wrong with a region, as sentences. Which there are, and what they offer, the API knows. */
export function regionProblems(path: string, region: unknown): string[] {
  if (typeof region === "string" && /^[a-z]{3}\d{1,2}$/.test(region)) return [];
  return [`${path}: "${String(region)}" is not the slug of a region; write for example "fra1"`];
}

/** What is wrong with the settings of a droplet, one sentence each. */
export function dropletProblems(settings: DropletSettings): string[] {
  const { size, image, addressFamily, ipv6, tags = [], vpcUuid, sshKeys } = settings;
  const problems: string[] = [];
  const oneOf = (path: string, value: string | undefined, allowed: readonly string[]) => {
    if (value === undefined || allowed.includes(value)) return;
    problems.push(`${path}: "${value}" cannot be used; ${allowed.join(", ")} can`);
  };
  if (size !== undefined && !/^[a-z0-9]+(-[a-z0-9.]+)+$/.test(size)) {
    problems.push(`size: "${size}" is not the slug of a size; write for example "s-1vcpu-2gb"`);
  }
  oneOf("image", image, Object.values(DropletImage));
  oneOf("addressFamily", addressFamily, Object.values(AddressFamily));
  if (addressFamily === AddressFamily.Ipv6 && ipv6 === false) {
    problems.push("addressFamily: ipv6 needs an address of IPv6; leave ipv6 at true");
  }
  problems.push(
    ...tags
      .filter((tag) => !/^[A-Za-z0-9:_-]{1,255}$/.test(tag))
      .map((tag) => `tags: "${tag}" cannot be a tag; use letters, digits, colons, hyphens and underscores`),
  );
  if (
    isPlain(vpcUuid) &&
    vpcUuid !== undefined &&
    !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(vpcUuid as string)
  ) {
    problems.push(`vpcUuid: "${vpcUuid as string}" is not the id of a VPC`);
  }
  if (isPlain(sshKeys) && Array.isArray(sshKeys) && sshKeys.length === 0) problems.push(missingKeys);
  return problems;
}
