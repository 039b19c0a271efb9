/**
 * Stand-ins for what only a run or a machine knows. While the components work they have the form that is expected in their place, so that
 * checks accept them and lines stay one word; what is written says in angle brackets what belongs there.
 */
import { createHash } from "node:crypto";

// Characters that are private to whoever uses them: nobody else's text has them, and none of them is a blank.
const opening = "\uE000";
const closing = "\uE001";
const blank = "\uE002";
const anyText = new RegExp(`${opening}([^${closing}]*)${closing}`, "g");

/** A text, e.g. `<certificate of monitor-a>`. */
export function textPlaceholder(what: string): string {
  return `${opening}${what.replaceAll(" ", blank)}${closing}`;
}

/** The texts that a value with placeholders in it names. */
export function namedIn(value: string): string[] {
  return [...value.matchAll(anyText)].map(([, what = ""]) => what.replaceAll(blank, " "));
}

/** Values of a fixed form that stand for something, and what. */
class Reserved {
  private readonly meanings = new Map<string, string>();

  /**
   * @param shape everything that such a value can look like.
   * @param make one of them for a number.
   */
  constructor(
    private readonly shape: RegExp,
    private readonly make: (number: number) => string,
  ) {}

  /** The value for a meaning. It depends on nothing else, so that what is made from it stays the same when others come and go. */
  value(what: string): string {
    let number = createHash("sha256").update(what).digest().readUInt32BE() >>> 4;
    for (;;) {
      const value = this.make(number);
      const meaning = this.meanings.get(value);
      if (meaning === undefined) this.meanings.set(value, what);
      if (meaning === undefined || meaning === what) return value;
      number = (number + 1) & 0x0fff_ffff;
    }
  }

  reveal(text: string): string {
    if (this.meanings.size === 0) return text;
    return text.replaceAll(this.shape, (value) => {
      const meaning = this.meanings.get(value);
      return meaning === undefined ? value : `<${meaning}>`;
    });
  }
}

const hexadecimal = (number: number) => `${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`;

// Numbers above every id of a machine, and addresses that no machine can have: reserved by IANA, and discarded by every router.
const numbers = new Reserved(/\b4[0-9]{9}\b/g, (number) => String(4_000_000_000 + (number & 0x0fff_ffff)));
const ipv4 = new Reserved(
  /\b2(?:4\d|5[0-5])(?:\.\d{1,3}){3}\b/g,
  (number) => `${240 + (number >>> 24)}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`,
);
const ipv6 = new Reserved(/\b100::[0-9a-f]{1,4}:[0-9a-f]{1,4}\b/g, (number) => `100::${hexadecimal(number)}`);

/** A number, e.g. `<uid of haproxy on monitor-a>`. */
export const numberPlaceholder = (what: string) => Number(numbers.value(what));

/** An address of IPv4. */
export const ipv4Placeholder = (what: string) => ipv4.value(what);

/** An address of IPv6. */
export const ipv6Placeholder = (what: string) => ipv6.value(what);

/** A placeholder of the form that a value of this name must have. */
export function placeholderOf(name: string, what: string): string {
  if (/ipv4address/i.test(name)) return ipv4Placeholder(what);
  if (/ipv6address/i.test(name)) return ipv6Placeholder(what);
  if (/privatekey/i.test(name)) {
    return `-----BEGIN PRIVATE KEY-----\n${textPlaceholder(what)}\n-----END PRIVATE KEY-----\n`;
  }
  return textPlaceholder(what);
}

/** A text as people read it: what stands for something says for what. */
export function revealPlaceholders(text: string): string {
  const revealed = text.includes(opening)
    ? text.replaceAll(anyText, (_, what: string) => `<${what.replaceAll(blank, " ")}>`)
    : text;
  return ipv6.reveal(ipv4.reveal(numbers.reveal(revealed)));
}
