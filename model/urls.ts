import { isIpAddress } from "./addresses";

/**
 * Reads why net/url of Go refuses a URL. The value is not quoted: it may be secret.
 *
 * @returns a sentence, or undefined when it is a URL. A path without a host is one, too.
 */
export function urlProblem(text: string): string | undefined {
  const [withoutFragment = "", fragment = ""] = split(text, "#");
  const [address = ""] = split(withoutFragment, "?");
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x1f\x7f]/.test(text)) return wrong("it has a control character or a line break");
  if (/^:/.test(text)) return wrong("the scheme is missing before the colon");
  if (/%(?![0-9a-f]{2})/i.test(`${address}#${fragment}`))
    return wrong("a % must be followed by two hexadecimal digits; write %25 for the character itself");
  const rest = address.replace(/^[a-z][a-z0-9+.-]*:/i, "");
  if (rest === address && /^[^/]*:/.test(rest))
    return wrong("it has a colon before the first slash, but no scheme such as https://");
  const authority = /^\/\/([^/]*)/.exec(rest)?.[1];
  return authority === undefined ? undefined : authorityProblem(authority);
}

/** Reads why Alertmanager refuses a URL: ParseURL of its config/common. It must have a host, and the scheme http or https. */
export function webUrlProblem(text: string): string | undefined {
  const problem = urlProblem(text);
  if (problem !== undefined) return problem;
  if (!/^https?:/i.test(text)) return wrong("the scheme must be http or https");
  return /^https?:\/\/[^/?#]*(?<=[^/?#@])([/?#]|$)/i.test(text) ? undefined : wrong("the host is missing");
}

function wrong(why: string): string {
  return `this is not a URL: ${why}; write for example https://example.com/path`;
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function authorityProblem(authority: string): string | undefined {
  const at = authority.lastIndexOf("@");
  const [user, host] = [authority.slice(0, Math.max(at, 0)), authority.slice(at + 1)];
  if (!/^[\w.~:!$&'()*+,;=%@-]*$/.test(user))
    return wrong("user or password have a character that must be percent-encoded");
  const {
    address,
    name = "",
    port,
  } = /^(\[(?<address>[^\]]*)\]|(?<name>[^:[]*))(?<port>.*)$/s.exec(host)?.groups ?? {};
  if (address !== undefined && !isIpv6(address))
    return wrong("the brackets around the host need an IPv6 address");
  if (/[^\w.~!$&'()*+,;=\]<>"\u0080-\uffff-]/.test(name))
    return wrong("the host has a character that no host has");
  return port === undefined || !/^(:\d*)?$/.test(port)
    ? wrong("the port after the host must be a number")
    : undefined;
}

// A zone, after a percent sign that is encoded itself, may have any text.
function isIpv6(text: string): boolean {
  const [address = ""] = text.split("%25");
  return address.includes(":") && isIpAddress(address);
}
