import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";

class Instance {
  readonly name = "instance";
  readonly connection = { host: "198.51.100.77" };
  get computed(): number {
    return this.name.length;
  }
}

/** A list in lists, as deep as given. */
function nested(depth: number): unknown {
  let value: unknown = "core";
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { inner: value };
  return value;
}

/** Names that objects have already, or that look like something else. */
export const oddNames = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "length",
  "then",
  "0",
  "-1",
  "",
  " ",
  "a.b",
  "a[0]",
  "name ",
  "Name",
  "n\u0000",
  "x".repeat(300),
];

/** Texts in YAML and near it. */
const yamlTexts = [
  ...["~", "[]", "{}", "{", "a: b: c", "\t- a", "- ", "%YAML 9\n---\na: b", "&a [*a]", "&a {b: *a}", "*a"],
  ...["<<: 1", "<<: [1, ~]", "--- a\n--- b", "? [a]\n: b", "? {a: b}\n: c", "!!binary x", "!!set {a}"],
  ...["!!omap [a: 1]", "2001-01-01", "!x {a: !y b}", "0x1F", "a: &x 1\nb: *y", '"\\ud800"', "a: |\n\tb"],
  ...[
    "route: []\nreceivers: {}",
    "route: {receiver: {a: 1}}\nreceivers: [1, ~, [], {name: [a]}, {name: {}}]",
  ],
  ...["route: {receiver: a, routes: {a: 1}, matchers: a}\nreceivers: [{name: a}]", "route: ~\nreceivers: ~"],
  ...["route: {receiver: a, routes: [~, 1, {matchers: [~, 1, {}, []]}]}\nreceivers: [{name: a}]"],
  ...["receivers: [{name: a, slack_configs: 5}, {name: b, slack_configs: [~]}]\nroute: {receiver: 5}"],
  ...["route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: 5\ninhibit_rules: a\ntime_intervals: {}"],
  ...["route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: [~, {}]\ninhibit_rules: [~, 1, {equal: 1}]"],
  ...["route: {receiver: a}\nreceivers: [{name: a}]\nglobal: 5\nmute_time_intervals: [~, 1]"],
  ...["groups: 5", "groups: [~, 1, [], {rules: 5}, {rules: [~, 1]}]", "groups: [{name: {}, interval: []}]"],
  ...["groups: [{name: a, rules: [{alert: {}, expr: []}, {record: [], expr: {}}]}]", "groups: {a: 1}"],
  ...["groups: [{name: a, interval: 5, rules: [{alert: A, expr: 5}]}]", `a: ${"[".repeat(150)}`],
  ...[`${"[".repeat(150)}${"]".repeat(150)}`, "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]"],
];

const texts = [
  ...[
    "",
    " ",
    "\n",
    "0",
    "1e3",
    "true",
    "no",
    "null",
    "$",
    "{{",
    "}}",
    "a\nb",
    "😀",
    "\u0000",
    "\ud800",
    "(",
    "[",
  ],
  ...["__proto__", "constructor", "toString", "/", "..", "*", "198.51.100.10", "::1", "::", "::ffff:1.2.3.4"],
  ...[
    "10.0.0.0/8",
    "::/0",
    "fd00::/129",
    "fd00::/-1",
    "1.2.3.4/33",
    "15s",
    "-5s",
    "5x",
    "99999999999999999999y",
  ],
  ...[
    "http://",
    "https://a",
    "https://[::1]:1",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "ssh-ed25519",
    "ssh-rsa AAAA",
  ],
  ...["x".repeat(100_000), "(".repeat(10_000), "{{".repeat(5_000), "a=".repeat(20_000), "é".repeat(5_000)],
];

const values: (() => unknown)[] = [
  ...[undefined, null, true, false, 0, -0, -1, 1.5, NaN, Infinity, -Infinity, 1e308, 2 ** 53, 65536, 10n].map(
    (value) => () => value,
  ),
  () => [],
  () => ({}),
  () => [[]],
  () => [[[]], {}],
  () => [null],
  () => [undefined],
  () => [1, "a", null, {}],
  () => new Array<unknown>(3),
  () => nested(50),
  () => nested(20_000),
  () => ({ a: { b: {} } }),
  () => Object.create(null) as unknown,
  () => Object.assign(Object.create(null) as object, { name: "a" }),
  () => Object.freeze({ name: "a" }),
  () => Object.freeze(["a"]),
  () => new Date(0),
  () => new Date(NaN),
  () => () => 1,
  () => Instance,
  () => new Instance(),
  () => Symbol("symbol"),
  () => new Map([["a", 1]]),
  () => new Set(["a"]),
  () => new WeakMap(),
  () => Buffer.from("bytes"),
  () => new Uint8Array(3),
  () => /regular/,
  () => new Error("an error"),
  () => new URL("https://example.com"),
  () => Object("boxed") as unknown,
  () => Object(5) as unknown,
  () => Object(false) as unknown,
  () => ({ length: 3 }),
  () => ({ toString: null, valueOf: null }),
  () => ({ toJSON: null }),
  () => ({ [Symbol.iterator]: 5 }),
  () => JSON.parse('{"__proto__": {"a": 1}, "constructor": 5, "toString": "x"}') as unknown,
  () => [..."abc"].entries(),
  () => Promise.resolve("known later"),
  () => pulumi.output("known later"),
  () => pulumi.output(undefined),
  () => pulumi.output([{ name: "known later" }]),
  () => pulumi.output({ a: 1 }),
  () => pulumi.secret("secret that is known later"),
  () => [pulumi.output("known later")],
  () => ({ a: pulumi.secret(1), b: Promise.resolve(2) }),
];

/** A value of another kind than the one that belongs there, often. Made anew for each use, because some are changed later. */
export const oddValue: fc.Arbitrary<() => unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...values) },
  { weight: 3, arbitrary: fc.constantFrom(...texts.map((text) => () => text)) },
  { weight: 2, arbitrary: fc.constantFrom(...yamlTexts.map((text) => () => text)) },
  { weight: 1, arbitrary: fc.anything({ maxDepth: 3, withNullPrototype: true }).map((value) => () => value) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom(...values), { maxLength: 4 })
      .map((all) => () => all.map((make) => make())),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...oddNames), fc.constantFrom(...values)).map(
      ([name, make]) =>
        () =>
          Object.defineProperty({}, name, own(make())),
    ),
  },
);

/** A property like those that are written in the source, also for the name `__proto__`. */
export function own(value: unknown): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true };
}
