import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  alertmanagerYmlProblems,
  parseAlertmanagerYml,
  renderAlertmanagerYml,
  type AlertmanagerYml,
} from "../../../templates/alertmanager/alertmanagerYml";
import { amtoolAccepts } from "../../support/amtool";
import { expectGolden, expectGoldensOf } from "../../support/goldens";
import { sentences, type Problem } from "../../../model/problem";

const sentencesOf =
  <A extends unknown[]>(check: (...args: A) => Problem[]) =>
  (...args: A) =>
    sentences(check(...args));

const nobody = { receivers: [{ name: "nobody" }] };
const minimal: AlertmanagerYml = { route: { receiver: "nobody" }, ...nobody };

const goldens: Record<string, AlertmanagerYml> = {
  minimal,
  "everything-upstream-has": {
    global: {
      resolve_timeout: "5m",
      smtp_smarthost: "mail.example.com:587",
      smtp_from: "alerts@example.com",
    },
    route: {
      receiver: "mail",
      group_by: ["alertname", "cluster"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "4h",
      routes: [
        {
          receiver: "pager",
          matchers: ['severity="page"', 'team=~"a|b"'],
          continue: true,
          mute_time_intervals: ["nights"],
          routes: [{ matchers: ['service="database"'], group_by: ["..."], active_time_intervals: ["days"] }],
        },
        { receiver: "mail", match: { team: "c" }, match_re: { service: "^(foo|bar)$" } },
      ],
    },
    receivers: [
      { name: "mail", email_configs: [{ to: "team@example.com", send_resolved: true }] },
      {
        name: "pager",
        webhook_configs: [{ url: "http://pager.example.com/", max_alerts: 10 }],
        pagerduty_configs: [
          { routing_key: "0123456789abcdef", description: "{{ .CommonLabels.alertname }}: é — ✓" },
        ],
      },
    ],
    time_intervals: [
      {
        name: "nights",
        time_intervals: [{ times: [{ start_time: "00:00", end_time: "06:00" }], location: "Europe/Berlin" }],
      },
      { name: "days", time_intervals: [{ weekdays: ["monday:friday"] }] },
    ],
  },
  inhibit: {
    ...minimal,
    inhibit_rules: [
      {
        source_matchers: ['severity="critical"'],
        target_matchers: ['severity=~"warning|info"'],
        equal: ["alertname", "instance"],
      },
    ],
  },
  "awkward-values": {
    route: { receiver: "on", group_by: ["yes", "no", "null", "y"], matchers: undefined },
    receivers: [
      {
        name: "on",
        slack_configs: [{ api_url: "https://chat.example.com/", channel: "#alerts", text: "a: b\nsecond" }],
      },
      { name: "1_000", webhook_configs: [{ url: "http://example.com/?a=1&b=%20", send_resolved: false }] },
    ],
  },
};
const goldenName = (name: string) => `alertmanagerYml.${name}.yml`;

/** What we refuse, and the sentences with which we do. */
const refused: [name: string, config: AlertmanagerYml, problems: string[]][] = [
  ["no route", { ...nobody }, ["route: a root route with a receiver is needed"]],
  [
    "no receivers",
    { route: { receiver: "a" } },
    [
      "receivers: at least one receiver with a name is needed",
      'route.receiver: "a" is not a receiver; known are none',
    ],
  ],
  [
    "a root without a receiver",
    { ...nobody, route: {} },
    ["route.receiver: the root route needs a receiver"],
  ],
  [
    "an unknown receiver",
    { ...nobody, route: { receiver: "pager" } },
    ['route.receiver: "pager" is not a receiver; known are "nobody"'],
  ],
  [
    "an unknown receiver far below",
    { ...nobody, route: { receiver: "nobody", routes: [{}, { routes: [{ receiver: "x" }] }] } },
    ['route.routes[1].routes[0].receiver: "x" is not a receiver; known are "nobody"'],
  ],
  [
    "matchers at the root",
    { ...nobody, route: { receiver: "nobody", matchers: ['a="b"'] } },
    ["route.matchers: the root route takes every alert and cannot have matchers"],
  ],
  [
    "match at the root",
    { ...nobody, route: { receiver: "nobody", match: { a: "b" } } },
    ["route.match: the root route takes every alert and cannot have matchers"],
  ],
  [
    "match_re at the root",
    { ...nobody, route: { receiver: "nobody", match_re: { a: "b" } } },
    ["route.match_re: the root route takes every alert and cannot have matchers"],
  ],
  [
    "muting the root",
    { ...nobody, route: { receiver: "nobody", mute_time_intervals: ["n"] }, time_intervals: [{ name: "n" }] },
    ["route.mute_time_intervals: the root route cannot have time intervals"],
  ],
  [
    "an active time at the root",
    {
      ...nobody,
      route: { receiver: "nobody", active_time_intervals: ["n"] },
      time_intervals: [{ name: "n" }],
    },
    ["route.active_time_intervals: the root route cannot have time intervals"],
  ],
  [
    "an unknown time interval",
    { ...nobody, route: { receiver: "nobody", routes: [{ mute_time_intervals: ["n"] }] } },
    ['route.routes[0].mute_time_intervals: "n" is not a time interval; known are none'],
  ],
  [
    "an unknown active time interval",
    {
      ...nobody,
      route: { receiver: "nobody", routes: [{ active_time_intervals: ["n"] }] },
      time_intervals: [{ name: "m" }],
    },
    ['route.routes[0].active_time_intervals: "n" is not a time interval; known are "m"'],
  ],
  [
    "two receivers of one name",
    { route: { receiver: "a" }, receivers: [{ name: "a" }, { name: "a" }] },
    ['receivers[1].name: "a" is used twice'],
  ],
  [
    "a receiver without a name",
    { route: { receiver: "a" }, receivers: [{ name: "a" }, {}] },
    ["receivers[1].name: a name is needed"],
  ],
  [
    "a receiver with an empty name",
    { route: { receiver: "a" }, receivers: [{ name: "a" }, { name: "" }] },
    ["receivers[1].name: a name is needed"],
  ],
  [
    "a time interval without a name",
    { ...minimal, time_intervals: [{ time_intervals: [] }] },
    ["time_intervals[0].name: a name is needed"],
  ],
  [
    "a muting time interval without a name",
    { ...minimal, mute_time_intervals: [{ time_intervals: [] }] },
    ["mute_time_intervals[0].name: a name is needed"],
  ],
  [
    "two time intervals of one name",
    { ...minimal, time_intervals: [{ name: "n" }, { name: "n" }] },
    ['time_intervals[1].name: "n" is used twice'],
  ],
  [
    "a duration without a unit",
    { ...nobody, route: { receiver: "nobody", group_wait: 30 } },
    ['route.group_wait: "30" is not a duration; write for example 30s, 5m or 4h'],
  ],
  [
    "a duration with a fraction",
    { ...nobody, route: { receiver: "nobody", group_interval: "1.5h" } },
    ['route.group_interval: "1.5h" is not a duration; write for example 30s, 5m or 4h'],
  ],
  [
    "a duration whose units go up",
    { ...nobody, route: { receiver: "nobody", repeat_interval: "5m1h" } },
    ['route.repeat_interval: "5m1h" is not a duration; write for example 30s, 5m or 4h'],
  ],
  [
    "an empty duration",
    { ...nobody, route: { receiver: "nobody", group_wait: "" } },
    ['route.group_wait: "" is not a duration; write for example 30s, 5m or 4h'],
  ],
  [
    "a route that is a word",
    { ...nobody, route: { receiver: "nobody", routes: ["x"] } },
    ["route.routes[0]: a route must be a mapping"],
  ],
];

/** What upstream takes and looks as if it might be refused. */
const accepted: [name: string, text: string][] = [
  [
    "every unit of a duration",
    route("  group_wait: 1y1w1d1h1m1s1ms\n  group_interval: 90m\n  repeat_interval: 0w1s"),
  ],
  ["a duration of nothing", route("  group_wait: 0")],
  ["an empty root matcher list", route("  matchers: []\n  match: {}")],
  ["settings that are null", route("  group_wait:\n  routes:\n  matchers: ~")],
  ["a child that inherits by an empty receiver", route('  routes: [{ receiver: "" }, { receiver: }, {}]')],
  [
    "names that are numbers or words of YAML 1.1",
    "route: { receiver: 1 }\nreceivers: [{ name: 1 }, { name: on }, { name: 1_0 }]\n",
  ],
  ["a number that is a name only as it is written", "route: { receiver: 010 }\nreceivers: [{ name: 010 }]\n"],
  [
    "an anchor and an alias",
    "route: { receiver: &r nobody, routes: [{ receiver: *r }] }\nreceivers: [{ name: nobody }]\n",
  ],
  [
    "a merged mapping",
    route("  routes:\n    - &base { receiver: nobody }\n    - <<: *base\n      continue: true"),
  ],
  [
    "a root that is merged",
    "route:\n  <<: &base { receiver: nobody }\n  group_wait: 1s\nreceivers: [{ name: nobody }]\n",
  ],
  ["a document marker", `---\n${route("  continue: false")}`],
  [
    "time intervals under both names",
    `${route("  routes: [{ mute_time_intervals: [a, b] }]")}time_intervals: [{ name: a }]\nmute_time_intervals: [{ name: b }]\n`,
  ],
];

function route(settings: string): string {
  return `route:\n  receiver: nobody\n${settings}\nreceivers: [{ name: nobody }]\n`;
}

describe("alertmanager.yml", () => {
  it.each(Object.entries(goldens))("%s: the text is the golden's", (name, config) => {
    expectGolden(goldenName(name), renderAlertmanagerYml(config));
  });

  it("has a case for each golden", () => {
    expectGoldensOf("alertmanagerYml", Object.keys(goldens).map(goldenName));
  });

  it.for(Object.entries(goldens))("%s: the real amtool takes it, and we do", ([, config], context) => {
    expect(sentencesOf(alertmanagerYmlProblems)(config)).toEqual([]);
    expect(amtoolAccepts(context, [renderAlertmanagerYml(config)])).toEqual([true]);
  });

  it("reads back as the same data", () => {
    const value: fc.Memo<unknown> = fc.memo<unknown>((depth) =>
      depth <= 1
        ? fc.oneof(
            fc.string({ unit: "grapheme" }),
            fc.boolean(),
            fc.integer(),
            fc.constantFrom("on", "0x1", "1e3", "~", ""),
          )
        : fc.oneof(
            fc.array(value(depth - 1), { maxLength: 3 }),
            fc.dictionary(
              fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__"),
              value(depth - 1),
              { maxKeys: 3 },
            ),
          ),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("global", "route", "receivers"), value(4)), (config) => {
        expect(parseAlertmanagerYml(renderAlertmanagerYml(config))).toEqual({ ...config });
      }),
    );
  });

  it("leaves out what is undefined", () => {
    const text = renderAlertmanagerYml({
      ...minimal,
      global: undefined,
      inhibit_rules: [{ equal: undefined }],
    });
    expect(parseAlertmanagerYml(text)).toEqual({ ...minimal, inhibit_rules: [{}] });
  });
});

describe("what is refused before a machine is touched", () => {
  it.for(refused)(
    "%s: with a sentence that names the field, and the real amtool refuses it too",
    ([, config, problems], context) => {
      expect(sentencesOf(alertmanagerYmlProblems)(config)).toEqual(problems);
      expect(amtoolAccepts(context, [renderAlertmanagerYml(config)])).toEqual([false]);
    },
  );

  it.for(accepted)("%s: is not, because the real amtool takes it", ([, text], context) => {
    expect(amtoolAccepts(context, [text])).toEqual([true]);
    expect(sentencesOf(alertmanagerYmlProblems)(parseAlertmanagerYml(text))).toEqual([]);
  });

  it("is never what the real amtool takes, whatever the configuration", (context) => {
    const seldom = <T>(usual: T, ...others: T[]) =>
      fc.oneof(
        { weight: 6, arbitrary: fc.constant(usual) },
        { weight: 1, arbitrary: fc.constantFrom(...others) },
      );
    const name = seldom<unknown>("a", "b", "", null, 1);
    const list = <T>(each: fc.Arbitrary<T>) =>
      fc.option(fc.array(each, { maxLength: 2 }), { freq: 2, nil: undefined });
    const duration = seldom<unknown>(undefined, null, "0", "5m", "1h30m", "30", "m5", "1d1h");
    const { route } = fc.letrec((tie) => ({
      route: fc.record({
        receiver: name,
        group_wait: duration,
        group_interval: duration,
        mute_time_intervals: seldom<unknown>(undefined, [], null, ["a"], ["b"]),
        active_time_intervals: seldom<unknown>(undefined, [], null, ["a"], ["b"]),
        matchers: seldom<unknown>(undefined, null, [], ['x="y"']),
        routes: fc.option(list(tie("route")), { nil: undefined, depthSize: "small" }),
      }),
    }));
    const named = list(fc.record({ name }));
    const receivers = fc.oneof(fc.constant([{ name: "a" }, { name: "b" }]), named);
    const config = fc.record({ route, receivers, time_intervals: named });

    const configs = fc.sample(config, 500) as AlertmanagerYml[];
    const texts = configs.map(renderAlertmanagerYml);
    const verdicts = amtoolAccepts(context, texts);
    const disagreements = texts.filter(
      (text, index) => verdicts[index] && alertmanagerYmlProblems(parseAlertmanagerYml(text)).length > 0,
    );
    expect(disagreements).toEqual([]);
    // Otherwise the property would hold of nothing.
    expect(verdicts.filter((verdict) => verdict).length).toBeGreaterThan(25);
  });

  it.each([
    ["no YAML", "route: [", "the Alertmanager configuration is not YAML"],
    ["a list", "- a", "must be a mapping"],
    ["nothing", "", "must be a mapping"],
    ["an alias of nothing", "route: *nowhere", "the Alertmanager configuration is not YAML"],
    ["broken, without quoting it,", "a: secret\n b: [", "the Alertmanager configuration is not YAML"],
    ["one key twice", "route: {}\nroute: {}", "the Alertmanager configuration has the key route twice"],
    [
      "one key twice, deep in it",
      "route: {routes: [{a: 1, b: 2, a: 3}]}",
      "has the key route.routes[0].a twice",
    ],
    [
      "two documents",
      "route: {}\n---\nreceivers: []",
      'more than one document, of which only the first would be read; put all into one, without a line "---"',
    ],
  ])("text that is %s, with a RangeError that says so", (_, text, message) => {
    expect(() => parseAlertmanagerYml(text)).toThrow(RangeError);
    expect(() => parseAlertmanagerYml(text)).toThrow(message);
    expect(() => parseAlertmanagerYml(text)).not.toThrow("secret");
  });
});
