const escapes: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};
const escape = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([^]))/gy;

/**
 * The value of a string literal of Go, as strconv.Unquote reads it.
 *
 * @param written with its quotes.
 * @returns undefined when an escape in it is none of Go's.
 */
export function unquoted(written: string): string | undefined {
  const inside = written.slice(1, -1);
  if (written.startsWith("`")) return inside.replaceAll("\r", "");
  let value = "";
  for (let at = 0; at < inside.length;) {
    if (inside[at] !== "\\") {
      value += inside[at++];
      continue;
    }
    escape.lastIndex = at;
    const found = escape.exec(inside);
    const character = found && escaped(found, written.charAt(0));
    if (!found || character === undefined) return undefined;
    value += character;
    at = escape.lastIndex;
  }
  return value;
}

function escaped([, hex, short, long, octal, letter]: RegExpExecArray, quote: string): string | undefined {
  if (letter !== undefined) return letter === quote ? quote : escapes[letter];
  const byte = hex === undefined ? octal && parseInt(octal, 8) : parseInt(hex, 16);
  if (typeof byte === "number") return byte > 0xff ? undefined : String.fromCharCode(byte);
  const point = parseInt(short ?? long ?? "", 16);
  const isRune = point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
  return isRune ? String.fromCodePoint(point) : undefined;
}

/** Whether a character constant, with its quotes, holds exactly one character. */
export function isCharacter(written: string): boolean {
  const value = unquoted(written);
  return value !== undefined && [...value].length === 1;
}

const greatestUnsigned = 2n ** 64n - 1n;
const leastSigned = -(2n ** 63n);
const integer =
  /^[+-]?(?:0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|0[oO]?_?[0-7]+(?:_[0-7]+)*|0[bB]_?[01]+(?:_[01]+)*|[1-9][0-9]*(?:_[0-9]+)*|0)$/;
const decimalFloat = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/;
const hexFloat =
  /^[+-]?0[xX](?:_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*\.?(?:[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)?|\.[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)[pP][+-]?\d+(?:_\d+)*$/;

/** Whether Go takes a real or imaginary number: an integer of 64 bits, or a float in range. */
export function isNumber(text: string): boolean {
  if (text.endsWith("i") && isFloat(text.slice(0, -1))) return true;
  if (integer.test(text)) return isInRange(text);
  return isFloat(text) && /[.eEpP]/.test(text);
}

/** Whether Go's fmt.Sscan takes a complex number, such as 1+2i. */
export function isComplex(text: string): boolean {
  const [, real = "", imaginary = ""] = /^([+-]?.+?(?<![eEpP]))([+-].*)i$/.exec(text) ?? [];
  return isFloat(real) && isFloat(imaginary);
}

function isInRange(text: string): boolean {
  const digits = text.replaceAll("_", "").replace(/^[+-]/, "");
  const value = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
  if (text.startsWith("-")) return -value >= leastSigned;
  return value <= (text.startsWith("+") ? -leastSigned - 1n : greatestUnsigned);
}

function isFloat(text: string): boolean {
  if (hexFloat.test(text)) return true;
  return decimalFloat.test(text) && Number.isFinite(Number(text.replaceAll("_", "")));
}
