import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placeholder } from "../../model/known";
import { matchersProblem } from "../../model/matchers";
import { sentences } from "../../model/problem";
import { matcherProblems } from "../../model/alertmanagerMatchers";
import { amtoolAccepts } from "../support/amtool";

const right = [
  'severity="critical"',
  "severity=critical",
  '{severity="critical", service=~"api|web",}',
  "{}",
  "a=",
  'a=~"\\d+"',
  "a=~\\d+",
  'a="x,y",b!~c',
  'a="\\""',
  "severity == critical",
];

/** What Alertmanager takes since 0.27, and not the amtool of the tests, which is Debian 12's. */
const rightSince027 = ["foo-bar=x", '"with space"="é"', "é = b", '{"a.b"=~"c|d",}'];

const wrong: Record<string, string> = {
  "severity critical": '"severity critical" is not a matcher; ',
  "foo bar=x": '"foo bar=x" is not a matcher; ',
  'a="b': '"a=\\"b" is not a matcher; ',
  "a=b,c": '"a=b,c" is not a matcher; ',
  '="b"': '"=\\"b\\"" is not a matcher; ',
  'a=~"("': '"a=~\\"(\\"" has a regular expression that RE2 refuses: missing closing ): `(`',
  'a=~"(?=x)"':
    '"a=~\\"(?=x)\\"" has a regular expression that RE2 refuses: invalid or unsupported Perl syntax: `(?=`',
};

const configOf = (matcher: string) =>
  JSON.stringify({
    route: { receiver: "nobody", routes: [{ matchers: [matcher] }] },
    receivers: [{ name: "nobody" }],
  });

describe("a matcher", () => {
  it("is refused with the reason, and the real amtool refuses it too", (context) => {
    for (const [text, reason] of Object.entries(wrong)) expect(matchersProblem(text)).toContain(reason);
    const verdicts = amtoolAccepts(context, Object.keys(wrong).map(configOf));
    expect(verdicts).toEqual(verdicts.map(() => false));
  });

  it("is taken in both grammars, as by the real amtool", (context) => {
    const all = [...right, ...rightSince027];
    expect(all.map(matchersProblem)).toEqual(all.map(() => undefined));
    const verdicts = amtoolAccepts(context, right.map(configOf));
    expect(verdicts).toEqual(verdicts.map(() => true));
  });

  it("is never refused where the real amtool takes it, whatever the text", (context) => {
    const word = fc.constantFrom(
      ...[
        "a",
        "b:c",
        "é",
        "1",
        "=",
        "=~",
        "!=",
        "!~",
        "!",
        "~",
        '"',
        "\\",
        ",",
        "{",
        "}",
        " ",
        "(",
        ")",
        "[",
        "'",
      ],
      ...['a="b"', '="', '",', "{2}"],
    );
    const texts = fc.sample(
      fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => words.join("")),
      300,
    );
    const refused = texts.filter((text) => matchersProblem(text) !== undefined);
    // Neither all nor none of them are.
    expect(refused.length).toBeGreaterThan(30);
    expect(refused.length).toBeLessThan(texts.length);
    const verdicts = amtoolAccepts(context, refused.map(configOf));
    expect(refused.filter((_, index) => verdicts[index])).toEqual([]);
  });
});

describe("the matchers of a configuration", () => {
  it("are checked wherever they stand", () => {
    const problems = matcherProblems({
      route: {
        matchers: null,
        routes: [
          { matchers: ["a=b", "a"], routes: [{ match_re: { service: "(", other: "ok" } }] },
          { matchers: [placeholder], match_re: { later: placeholder } },
          null,
        ],
      },
      inhibit_rules: [
        { source_matchers: ["x"], target_matchers: ['a=~"*"'] },
        { source_match_re: { a: "[" }, target_match_re: { a: ".*" } },
      ],
    });
    const example = 'write for example severity="critical" or service=~"api|web"';
    expect(sentences(problems)).toEqual([
      `route.routes[0].matchers[1]: "a" is not a matcher; ${example}`,
      'route.routes[0].routes[0].match_re.service: "(" is not a regular expression of RE2: missing closing ): `(`',
      `inhibit_rules[0].source_matchers[0]: "x" is not a matcher; ${example}`,
      'inhibit_rules[0].target_matchers[0]: "a=~\\"*\\"" has a regular expression that RE2 refuses: missing argument to repetition operator: `*`',
      'inhibit_rules[1].source_match_re.a: "[" is not a regular expression of RE2: missing closing ]: `[`',
    ]);
  });

  it("may have any shape that is not theirs", () => {
    for (const odd of [undefined, null, 1, "text", [null], { routes: 5 }])
      expect(matcherProblems({ route: odd, inhibit_rules: odd })).toEqual([]);
  });
});
