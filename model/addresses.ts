import { isIP, isIPv6 } from "node:net";

/** `address:port`, with an IPv6 address in brackets. */
export function formatHostPort(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Whether the text is a DNS name: labels of letters, digits and hyphens, the last of which is no number. */
export function isDnsName(text: string): boolean {
  const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
  const labels = text.split(".");
  return text.length <= 253 && labels.every((each) => label.test(each)) && !/^\d+$/.test(labels.at(-1) ?? "");
}

/** Whether the text is an IP address of either family, in its usual form. */
export function isIpAddress(address: string): boolean {
  return isIP(address) !== 0;
}
