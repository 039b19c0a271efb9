import ipaddr from "ipaddr.js";

/** `address:port`, with an IPv6 address in brackets. */
export function formatHostPort(address: string, port: number): string {
  return ipaddr.IPv6.isValid(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Whether the text is a DNS name: labels of letters, digits and hyphens, the last of which is no number. */
export function isDnsName(text: string): boolean {
  const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
  const labels = text.split(".");
  return text.length <= 253 && labels.every((each) => label.test(each)) && !/^\d+$/.test(labels.at(-1) ?? "");
}

/** Whether the text is an IP address of either family. */
export function isIpAddress(address: string): boolean {
  // ipaddr.js also takes "10.1" and "0x7f000001", which no configuration means.
  return address.includes(":") ? ipaddr.IPv6.isValid(address) : ipaddr.IPv4.isValidFourPartDecimal(address);
}
