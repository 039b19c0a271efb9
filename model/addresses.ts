import { isIP, isIPv6 } from "node:net";

/** `address:port`, with an IPv6 address in brackets. */
export function formatHostPort(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * Whether the text is a host name as RFC 1123 has it: labels of letters, digits and hyphens. The last label is no number, so that nothing
 * that looks like an IPv4 address is a name. Underscores and a dot at the end are refused: certificates and URLs hold the same name.
 */
export function isDnsName(text: string): boolean {
  const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
  const labels = text.split(".");
  return text.length <= 253 && labels.every((each) => label.test(each)) && !/^\d+$/.test(labels.at(-1) ?? "");
}

/** Whether the text is an IP address of either family, without a zone: a zone has a meaning on one host only. */
export function isIpAddress(address: string): boolean {
  return isIP(address) !== 0 && !address.includes("%");
}

/** Whether the text says where other hosts reach a host: an IP address or a DNS name. */
export function isHostAddress(text: string): boolean {
  return isIpAddress(text) || isDnsName(text);
}
