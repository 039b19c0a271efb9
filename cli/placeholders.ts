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
  private readonly shape: RegExp;

  /**
   * @param start how every such value begins.
   * @param rest what can follow.
   * @param make one of them for a number of 24 bits.
   */
  constructor(
    private readonly start: string,
    rest: string,
    private readonly make: (number: number) => string,
  ) {
    this.shape = new RegExp(`\\b${start.replaceAll(".", "\\.")}${rest}(?!\\w)`, "g");
  }

  /** The value for a meaning. It depends on nothing else, so that what is made from it stays the same when others come and go. */
  value(what: string): string {
    let number = createHash("sha256").update(what).digest().readUInt32BE() >>> 8;
    for (;;) {
      const value = this.make(number);
      const meaning = this.meanings.get(value);
      if (meaning === undefined) this.meanings.set(value, what);
      if (meaning === undefined || meaning === what) return value;
      number = (number + 1) & 0xff_ffff;
    }
  }

  reveal(text: string): string {
    if (this.meanings.size === 0 || !text.includes(this.start)) return text;
    return text.replaceAll(this.shape, (value) => {
      const meaning = this.meanings.get(value);
      return meaning === undefined ? value : `<${meaning}>`;
    });
  }
}

// Numbers above every id of a machine, and addresses that no machine can have: reserved by IANA, and discarded by every router.
const numbers = new Reserved("400", "\\d{7}", (number) => String(4_000_000_000 + (number % 10_000_000)));
const ipv4 = new Reserved("240.", "\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}", (number) =>
  [240, number >>> 16, (number >>> 8) & 255, number & 255].join("."),
);
const ipv6 = new Reserved("100::", "[0-9a-f]{1,4}:[0-9a-f]{1,4}", (number) =>
  ["100:", number >>> 16, number & 0xffff].map((part) => part.toString(16)).join(":"),
);

// A public key of ed25519, whose 32 bytes begin with what base64 spells as this word.
const sshKeys = new Reserved(
  "AAAAC3NzaC1lZDI1NTE5AAAAIPLACEHOLDER",
  "\\d{32}",
  (number) => `AAAAC3NzaC1lZDI1NTE5AAAAIPLACEHOLDER${String(number).padStart(32, "0")}`,
);

// 32 bytes in base64: the last letter before "=" stands for four bits.
const wireGuardKeys = new Reserved(
  "PublicKeyOfWireGuardPLACEHOLDER",
  "\\d{11}A=",
  (number) => `PublicKeyOfWireGuardPLACEHOLDER${String(number).padStart(11, "0")}A=`,
);
const urls = new Reserved(
  "https://placeholder.invalid/",
  "\\d{8}",
  (number) => `https://placeholder.invalid/${String(number).padStart(8, "0")}`,
);
const allReserved = [numbers, ipv4, ipv6, sshKeys, wireGuardKeys, urls];

/** A number, e.g. `<uid of haproxy on monitor-a>`. */
export const numberPlaceholder = (what: string) => Number(numbers.value(what));

/** An address of IPv4. */
export const ipv4Placeholder = (what: string) => ipv4.value(what);

/** An address of IPv6. */
export const ipv6Placeholder = (what: string) => ipv6.value(what);

/** A public key of WireGuard. */
export const wireGuardKeyPlaceholder = (what: string) => wireGuardKeys.value(what);

/** A placeholder of the form that a value of this name must have. */
export function placeholderOf(name: string, what: string): string {
  if (/ipv4address/i.test(name)) return ipv4Placeholder(what);
  if (/ipv6address/i.test(name)) return ipv6Placeholder(what);
  if (/publickeyopenssh|hostkey$/i.test(name)) return `ssh-ed25519 ${sshKeys.value(what)}`;
  if (/privatekey/i.test(name)) {
    return `-----BEGIN PRIVATE KEY-----\n${textPlaceholder(what)}\n-----END PRIVATE KEY-----\n`;
  }
  return /url$/i.test(name) ? urls.value(what) : textPlaceholder(what);
}

/** A text with other texts in the places of those that only say what belongs there. */
export function replacePlaceholders(text: string, replacement: (what: string) => string): string {
  if (!text.includes(opening)) return text;
  return text.replaceAll(anyText, (_, what: string) => replacement(what.replaceAll(blank, " ")));
}

/** A text as people read it: what stands for something says for what. */
export function revealPlaceholders(text: string): string {
  const revealed = replacePlaceholders(text, (what) => `<${what}>`);
  return allReserved.reduce((shown, reserved) => reserved.reveal(shown), revealed);
}
