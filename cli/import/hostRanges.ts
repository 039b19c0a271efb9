const range = /\[([^\][:]*):([^\][:]*)(?::([^\][:]*))?\]/;

/**
 * The hosts of a pattern such as `web[01:30].example.com` or `db-[a:f]`, with both ends. A step follows the ends.
 *
 * @throws when a range is none.
 */
export function expandHosts(pattern: string): string[] {
  const [whole, first = "", last = "", step = "1"] = range.exec(pattern) ?? [];
  if (whole === undefined) return [pattern];
  // What is in brackets and has further colons is an address of IPv6.
  const [before, after] = pattern.split(whole) as [string, string];
  return membersOf(whole, first, last, Number(step)).flatMap((member) =>
    expandHosts(after).map((rest) => `${before}${member}${rest}`),
  );
}

function membersOf(whole: string, first: string, last: string, step: number): string[] {
  if (!Number.isInteger(step) || step < 1)
    throw new Error(`${whole}: the step must be a whole number from 1`);
  if (/^\d*$/.test(first) && /^\d+$/.test(last)) {
    // An end that begins with 0 says how many digits all have.
    const width = first.length > 1 && first.startsWith("0") ? first.length : 0;
    const numbers = count(Number(first), Number(last), step);
    if (numbers.length > 0) return numbers.map((number) => String(number).padStart(width, "0"));
  }
  if (/^[a-zA-Z]$/.test(first) && /^[a-zA-Z]$/.test(last)) {
    const letters = count(first.charCodeAt(0), last.charCodeAt(0), step);
    if (letters.length > 0) return letters.map((letter) => String.fromCharCode(letter));
  }
  throw new Error(`${whole} is no range of hosts; write for example web[01:30] or db-[a:f]`);
}

function count(first: number, last: number, step: number): number[] {
  const length = Math.floor((last - first) / step) + 1;
  return length > 0 ? Array.from({ length }, (_, index) => first + index * step) : [];
}
