import { isDnsName, isHostAddress, isIpAddress } from "./addresses";
import { longestDuration, parseDuration, parseGoDuration } from "./durations";
import { leaf, list, shown, type Field } from "./fields";
import { hostKeyProblem, privateKeyProblem, publicKeyProblem } from "./keys";
import { isKnown } from "./known";
import { isSource } from "./networks";
import { problemAt, type Problem } from "./problem";

/** Longest name of a file of the user's, with its extension; Linux takes 255 bytes. */
export const longestFileName = 200;

/** Longest name of a peer: HAProxy's sockets have it in their paths, of which the kernel takes 108 bytes. */
export const longestPeerName = 39;

/** A text that nothing here has to check. */
export const anyText = leaf<string>("text", () => undefined);

/** A flag. */
export const flag = leaf<boolean>("flag", () => undefined);

/** Texts by name, whatever they are. */
export const anyTexts: Field<Record<string, string>> = { kind: "texts", problems: () => [] };

/** A value that another program checks, or a function of its own. */
export const anything: { kind: "anything"; problems: (value: unknown) => Problem[] } = {
  kind: "anything",
  problems: () => [],
};

/** A whole number in a range. */
export function wholeNumber(unit: string, from: number, to = Number.MAX_SAFE_INTEGER): Field<number> {
  const range = to === Number.MAX_SAFE_INTEGER ? `, ${from} or more` : ` from ${from} to ${to}`;
  return leaf<number>("number", (value) =>
    Number.isInteger(value) && value >= from && value <= to
      ? undefined
      : `${value} is not allowed; use a whole number${unit === "" ? "" : ` of ${unit}`}${range}`,
  );
}

/** A TCP or UDP port. */
export const port = leaf<number>("number", (value) =>
  isPort(value) ? undefined : `${value} is not a port; use 1 to 65535`,
);

/** A port on which a program without privileges listens. */
export function unprivilegedPort(program: string): Field<number> {
  return leaf<number>("number", (value) =>
    isPort(value) && value >= 1024
      ? undefined
      : `${value} is not allowed; ${program} runs without privileges, so use 1024 to 65535`,
  );
}

/** Whether a number can be a TCP or UDP port. */
export function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65535;
}

/** One of a few texts. */
export function oneOf<T extends string>(allowed: readonly T[]): Field<T> {
  return leaf<string>("text", (value) =>
    (allowed as readonly string[]).includes(value)
      ? undefined
      : `"${value}" is not allowed; use ${orList(allowed)}`,
  );
}

function orList(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`;
}

/** A level of the log of a Prometheus program. */
export const logLevel = oneOf<string>(["debug", "info", "warn", "error"]);

/** A DNS label (RFC 1123) in lower case. */
export function dnsLabel(longest = 63): Field<string> {
  return leaf<string>("text", (value) => labelProblem(value, longest));
}

/** Reads what is wrong with a DNS label. Programs without types may give anything. */
export function labelProblem(value: unknown, longest = 63): string | undefined {
  if (typeof value === "string" && /^\d{1,63}$/.test(value)) {
    return `"${value}" would be a number in an address; use at least one letter, e.g. "monitor-${value}"`;
  }
  if (typeof value === "string" && value.length <= longest && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(value)) {
    return undefined;
  }
  return `"${String(value)}" is not a DNS label; use 1 to ${longest} lower case letters, digits and hyphens, e.g. "monitor-a"`;
}

/** A DNS name. */
export const dnsName = leaf<string>("text", (value) =>
  isDnsName(value)
    ? undefined
    : `${JSON.stringify(value)} is not a DNS name; write for example alerts.example.com, without a port`,
);

/** Where other hosts reach a host. */
export const hostAddress = leaf<string>("text", (value) =>
  isHostAddress(value)
    ? undefined
    : `${JSON.stringify(value)} is neither an IP address nor a DNS name; ${hostAddressFix(value)}`,
);

function hostAddressFix(value: string): string {
  const isAlmostDnsName = /_|\.$/.test(value) && isDnsName(value.replaceAll("_", "-").replace(/\.$/, ""));
  return isAlmostDnsName
    ? "leave out underscores and a dot at the end"
    : "write for example 198.51.100.10, 2001:db8::10 or db.example.com, without a port";
}

/** A user of a host. Beside what Linux itself makes, names of directories are allowed: `admin@corp.example`. */
export const userName = leaf<string>("text", (value) =>
  /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$/.test(value)
    ? undefined
    : `${JSON.stringify(value)} is not the name of a user; use up to 64 letters, digits and _.@+-, no hyphen first`,
);

/** Where people reach a program with a browser. */
export const webUrl = leaf<string>("text", (value) =>
  isWebUrl(value)
    ? undefined
    : `${JSON.stringify(value)} is not the URL of a web page; write for example https://alerts.example.com/prometheus/, without user, query and fragment`,
);

// Anything that is no character of a URL (RFC 3986 section 2) has to be percent-encoded.
function isWebUrl(value: string): boolean {
  if (!/^https?:\/\/[A-Za-z0-9._~:/[\]!$&'()*+,;=%-]+$/.test(value)) return false;
  const url = URL.parse(value);
  return url !== null && url.hostname !== "";
}

/** An IP address of either family. */
export const ipAddress = leaf<string>("text", (value) =>
  isIpAddress(value)
    ? undefined
    : `"${value}" is not an IP address; write for example 198.51.100.10 or 2001:db8::10`,
);

/** An address or a network from which packets may come. */
export const source = leaf<string>("text", (value) =>
  isSource(value)
    ? undefined
    : `"${value}" is neither an IP address nor a network; write for example 198.51.100.10 or 2001:db8::/64`,
);

/** Addresses and networks from which packets may come. */
export const sources = list(source);

/** A network interface that may exist; every name that `newInterface` takes is one of these. */
export const networkInterface = leaf<string>("text", (value) =>
  /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,14}$/.test(value)
    ? undefined
    : `"${value}" is not the name of a network interface; use up to 15 letters, digits and _.:-, e.g. "wg0"`,
);

/** A network interface that is made here. No dot, which separates the words of a sysctl, and no name that sysctls have for other things. */
export const newInterface = leaf<string>("text", (value) =>
  /^[A-Za-z0-9_][A-Za-z0-9_-]{0,14}$/.test(value) && !/^(all|default|lo)$/.test(value)
    ? undefined
    : `"${value}" cannot be the name of a new interface; use 1 to 15 letters, digits, hyphens and underscores, e.g. "wg1", but not all, default or lo`,
);

/** A duration in Prometheus' grammar, more than 0. */
export const duration = leaf<string>("text", (value) => durationProblem(value));

/** Reads what is wrong with a duration in Prometheus' grammar. */
export function durationProblem(value: unknown): string | undefined {
  const parsed = typeof value === "string" ? parseDuration(value) : undefined;
  if (parsed !== undefined && parsed > longestDuration) return tooLong(value);
  if (parsed !== undefined && parsed > 0) return undefined;
  return `${shown(value)} is not a duration; write for example 15s, 1m30s or 15d, largest unit first and more than 0`;
}

/** A duration in Go's grammar, which has no days. */
export const goDuration = leaf<string>("text", (value) => {
  const parsed = parseGoDuration(value);
  if (parsed === undefined) return `"${value}" is not a duration of Go; write for example 15s, 2m or 120h`;
  return parsed > longestDuration ? tooLong(value) : undefined;
});

function tooLong(value: unknown): string {
  return `"${String(value)}" is longer than 292 years, which no program here can count; write a shorter one`;
}

/** The name of an image, with its registry, tag and digest: the characters that Docker allows there. Docker has the last word on its form. */
export const imageName = leaf<string>("text", (value) =>
  /^[A-Za-z0-9[][A-Za-z0-9_.:/@[\]-]{0,499}$/.test(value)
    ? undefined
    : `${JSON.stringify(value)} is not the name of an image; write for example debian:trixie-slim or quay.io/prometheus/alertmanager:v0.35.0`,
);

/** A name of a scrape job, which is the name of a file as well, and stands in a comment of the firewall. */
export const jobName = leaf<string>("text", (value) =>
  /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/.test(value)
    ? undefined
    : `"${value}" is not the name of a job; use up to 80 letters, digits, ., _ and -`,
);

/** Labels of series: texts by the label's name. A Prometheus before 3 is checked with its server. */
export const labels: Field<Record<string, string>> = {
  kind: "texts",
  problems: (given) => labelProblems(given),
};

/**
 * Checks names and values of labels.
 *
 * @param utf8Names whether names may have any character, as from Prometheus 3 on.
 */
export function labelProblems(given: Record<string, unknown>, utf8Names = true): Problem[] {
  const allowed = utf8Names
    ? "use any text, but not an empty one, and no control character"
    : "use letters, digits and underscores; Prometheus 3 would allow any text";
  return Object.entries(given).flatMap(([name, value]) => {
    if (!(utf8Names ? isUtf8Name(name) : /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))) {
      return problemAt([], `${JSON.stringify(name)} is not the name of a label; ${allowed}`);
    }
    return problemAt(
      [name],
      typeof value === "string" || !isKnown(value)
        ? undefined
        : `${shown(value)} is not a text; put it in quotes`,
    );
  });
}

// Control characters would be valid, too, but are mistakes. A lone surrogate has no encoding in UTF-8.
function isUtf8Name(name: string): boolean {
  return name !== "" && !/[\p{Cc}\p{Cs}]/u.test(name);
}

/** A public key of OpenSSH on one line. */
export const publicKey = leaf<string>("text", (value) => quotedKey(value, publicKeyProblem(value)));

/** The public key by which a host is known. */
export const hostKey = leaf<string>("text", (value) => quotedKey(value, hostKeyProblem(value)));

/** A private key in PEM. */
export const privateKey = leaf<string>("text", privateKeyProblem);

// A private key in the place of a public one must not be shown.
function quotedKey(value: string, reason: string | undefined): string | undefined {
  if (reason === undefined) return undefined;
  const shown = value.includes("PRIVATE KEY") ? "the value" : `"${value}"`;
  return `${shown} cannot be used as a public key: ${reason}`;
}

/** Values that stand in a list twice, each once. */
export function repeated<T>(values: readonly T[]): T[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
