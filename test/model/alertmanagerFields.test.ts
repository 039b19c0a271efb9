import { describe, expect, it } from "vitest";
import type { AlertmanagerConfig } from "../../components/alertmanager/alertmanagerConfig";
import type { AlertmanagerRuntimeArgs } from "../../components/alertmanager/alertmanagerPeer";
import { alertingFindings, configProblems } from "../../model/alertmanager";
import { sentences } from "../../model/problem";
import { alertmanagerFields } from "../../model/upstream/alertmanager";
import { defaultVersions } from "../../model/versions";
import { upstreamTestdata } from "../support/upstreamTestdata";

const secret = "hunter2";

function found(config: object, runtime: AlertmanagerRuntimeArgs = {}) {
  const { problems, warnings } = alertingFindings({ config: config as AlertmanagerConfig }, runtime);
  return { problems: sentences(problems), warnings: sentences(warnings) };
}

/** A configuration with one receiver. */
const receiving = (kind: string, integration: object, global?: object) => ({
  route: { receiver: "r" },
  receivers: [{ name: "r", [kind]: [integration] }],
  ...(global && { global }),
});
const routing = (route: object) => ({ route: { receiver: "r", ...route }, receivers: [{ name: "r" }] });
const at = (kind: string) => `config.receivers[0].${kind}[0]`;

// What is wrong, by the configuration that has it.
const wrong: [config: object, says: string][] = [
  [
    { ...routing({}), recievers: [] },
    "config.recievers: there is no such setting; did you mean receivers? the settings here are",
  ],
  [
    receiving("webhook_config", {}),
    "config.receivers[0].webhook_config: there is no such setting; did you mean webhook_configs?",
  ],
  [
    receiving("pagerduty_configs", { routingKey: secret, service_key: secret }),
    `${at("pagerduty_configs")}.routingKey: there is no such setting; did you mean routing_key?`,
  ],
  [
    receiving("webhook_configs", { url: "https://a/", http_config: { tls_config: { ca_fil: "x" } } }),
    `${at("webhook_configs")}.http_config.tls_config.ca_fil: there is no such setting; did you mean ca_file?`,
  ],
  [
    routing({ continue: "true" }),
    "config.route.continue: a text was given; write true or false, without quotes",
  ],
  [routing({ group_by: "job" }), "config.route.group_by: a text was given; write a list"],
  [routing({ routes: { receiver: "r" } }), "config.route.routes: a section was given; write a list"],
  [{ ...routing({}), global: [] }, "config.global: a list was given; write a section of settings by name"],
  [
    { ...routing({}), global: { resolve_timeout: "5 minutes" } },
    "config.global.resolve_timeout: this is not a duration",
  ],
  [
    { ...routing({}), global: { smtp_smarthost: "mail" } },
    "config.global.smtp_smarthost: this is not host:port",
  ],
  [
    { ...routing({}), global: { pagerduty_url: "ftp://a" } },
    "config.global.pagerduty_url: this is not a URL",
  ],
  [
    receiving("webhook_configs", { url: "https://a/", max_alerts: -1 }),
    `${at("webhook_configs")}.max_alerts: a number below 0 was given`,
  ],
  [
    receiving("webhook_configs", { url: "https://a/", timeout: "1d" }),
    `${at("webhook_configs")}.timeout: this is not a duration of Go`,
  ],
  [
    receiving("webhook_configs", {}),
    `${at("webhook_configs")}: url or url_file is needed, and was not given`,
  ],
  [
    receiving("webhook_configs", { url: `https://a/${secret}`, url_file: "x" }),
    `${at("webhook_configs")}.url_file: url is given, too; leave one of them out`,
  ],
  [
    receiving("pagerduty_configs", {}),
    `${at("pagerduty_configs")}: routing_key, routing_key_file, service_key or service_key_file is needed`,
  ],
  [
    receiving("slack_configs", { channel: "#a" }),
    `${at("slack_configs")}: api_url, api_url_file, app_token or app_token_file is needed`,
  ],
  [
    receiving("telegram_configs", { bot_token_file: "x" }),
    `${at("telegram_configs")}: chat_id or chat_id_file is needed`,
  ],
  [
    receiving("email_configs", { to: "a@b.example" }),
    `${at("email_configs")}.smarthost: this is needed, here or as smtp_smarthost in global`,
  ],
  [
    receiving("jira_configs", { api_url: "https://a", project: "P" }),
    `${at("jira_configs")}.issue_type: this is needed`,
  ],
  [
    receiving("webex_configs", { room_id: "1" }),
    `${at("webex_configs")}.http_config.authorization: this is needed`,
  ],
  [
    receiving("sns_configs", {}),
    `${at("sns_configs")}: one of target_arn, topic_arn and phone_number is needed`,
  ],
  [
    receiving("webhook_configs", {
      url: "https://a/",
      http_config: { bearer_token_file: "a", basic_auth: { username: "b" } },
    }),
    `${at("webhook_configs")}.http_config.bearer_token_file: basic_auth is given, too`,
  ],
  [
    receiving("webhook_configs", {
      url: "https://a/",
      http_config: { basic_auth: { password: secret, password_file: "a" } },
    }),
    `${at("webhook_configs")}.http_config.basic_auth.password_file: password is given, too`,
  ],
  [routing({ repeat_interval: "0s" }), "config.route.repeat_interval: 0 is no interval"],
  [routing({ group_by: ["...", "job"] }), 'config.route.group_by[0]: "..." is all labels'],
  [
    routing({ routes: [{ group_by: ["job", "job"] }] }),
    'config.route.routes[0].group_by[1]: "job" is there twice',
  ],
];

/** What is wrong with one time interval. */
const wrongIntervals: [interval: object, says: string][] = [
  [{ weekdays: ["mon"] }, 'weekdays[0]: "mon" is not a weekday; write a whole English name'],
  [{ weekdays: ["monday:"] }, 'weekdays[0]: "monday:" is not a weekday'],
  [{ days_of_month: [1, "0"] }, 'days_of_month[1]: "0" is not a day of the month; write 1 to 31, -1 to -31'],
  [{ days_of_month: ["-1:1"] }, 'days_of_month[0]: "-1:1" begins at a day counted from the end'],
  [{ days_of_month: ["5:1"] }, 'days_of_month[0]: "5:1" ends before it begins'],
  [{ months: ["jan"] }, 'months[0]: "jan" is not a month; write 1 to 12'],
  [{ months: [13] }, 'months[0]: "13" is not a month'],
  [{ months: ["december:january"] }, 'months[0]: "december:january" ends before it begins'],
  [{ years: ["2027:2026"] }, 'years[0]: "2027:2026" ends before it begins'],
  [{ years: ["this"] }, 'years[0]: "this" is not a year'],
  [
    { times: [{ start_time: "9:00", end_time: "17:00" }] },
    'times[0].start_time: "9:00" is not a time of day',
  ],
  [
    { times: [{ start_time: "22:00", end_time: "06:00" }] },
    'times[0].end_time: "06:00" is not after the start_time',
  ],
  [{ times: [{ start_time: "22:00" }] }, "times[0].end_time: this is needed"],
  [{ times: ["09:00-17:00"] }, "times[0]: a text was given; write a section"],
  [{ location: "Nowhere/City" }, 'location: "Nowhere/City" is not a time zone of the IANA database'],
  [{ location: "europe/berlin" }, "did you mean Europe/Berlin?"],
  [{ location: "PST" }, 'location: "PST" is not a time zone'],
  [{ location: "+01:00" }, 'location: "+01:00" is not a time zone'],
];
const withInterval = (interval: object) => ({
  ...routing({}),
  time_intervals: [{ name: "t", time_intervals: [interval] }],
});

const notUrl = `${at("slack_configs")}.api_url: this is not a URL:`;
const posting = (api_url: string) => receiving("slack_configs", { api_url, channel: "#a" });
const wrongUrls: [config: object, says: string][] = [
  [posting(`hooks.slack.com/${secret}`), `${notUrl} the scheme must be http or https`],
  [posting(`ftp://a/${secret}`), `${notUrl} the scheme must be http or https`],
  [posting(`https:///${secret}`), `${notUrl} the host is missing`],
  [posting("https://user@"), `${notUrl} the host is missing`],
  [posting(`https://a b/${secret}`), `${notUrl} the host has a character that no host has`],
  [posting(`https://a:b/${secret}`), `${notUrl} the port after the host must be a number`],
  [posting(`https://[1.2.3.4]/${secret}`), `${notUrl} the brackets around the host need an IPv6 address`],
  [posting(`https://a/${secret}%zz`), `${notUrl} a % must be followed by two hexadecimal digits`],
  [posting(`https://a/${secret}\n`), `${notUrl} it has a control character or a line break`],
  [posting("https://{{ .x }}/"), `${notUrl} the host has a character that no host has`],
  [
    receiving("webhook_configs", { url: `hook.example.com/${secret}` }),
    `${at("webhook_configs")}.url: this is not a URL: the scheme must be http or https`,
  ],
  [
    receiving("webhook_configs", { url: "https://a/", http_config: { proxy_url: "://a" } }),
    `${at("webhook_configs")}.http_config.proxy_url: this is not a URL: the scheme is missing`,
  ],
];

const wrongSettings: [config: object, says: string][] = [
  [
    receiving("email_configs", {
      to: "a",
      from: "b",
      smarthost: "c:1",
      headers: { Subject: "a", subject: "b" },
    }),
    `${at("email_configs")}.headers.subject: this header is there twice`,
  ],
  [
    receiving("opsgenie_configs", { api_key_file: "a", responders: [{ name: "b", type: "group" }] }),
    `${at("opsgenie_configs")}.responders[0].type: this must be "team"`,
  ],
  [
    receiving("slack_configs", {
      app_token_file: "a",
      http_config: { authorization: { credentials_file: "b" } },
    }),
    `${at("slack_configs")}.http_config.authorization: app_token or app_token_file is given, too`,
  ],
  [
    { ...routing({}), global: { http_config: { tls_config: { min_version: "1.2" } } } },
    'config.global.http_config.tls_config.min_version: this must be "TLS10"',
  ],
  [
    receiving("sns_configs", { topic_arn: "a", sigv4: { access_key: "b" } }),
    `${at("sns_configs")}.sigv4.secret_key: this is needed`,
  ],
  [routing({ group_by: [null] }), "config.route.group_by[0]: the name of a label is needed"],
  ...Object.keys(alertmanagerFields.structs["config.Receiver"] ?? {})
    .filter((kind) => kind.endsWith("_configs"))
    .map((kind): [object, string] => [
      { route: { receiver: "r" }, receivers: [{ name: "r", [kind]: [null] }] },
      `${at(kind)}: the entry is empty; fill it in, or leave it out`,
    ]),
];

// What upstream takes, though it looks wrong.
const right: object[] = [
  routing({ continue: true, group_by: ["..."], group_wait: "0s", routes: null }),
  receiving("webhook_configs", {
    url: "https://a/",
    timeout: "1.5s",
    max_alerts: 3,
    payload: ["any", { thing: 1 }],
  }),
  receiving("webhook_configs", { url: "{{ .CommonLabels.url }}" }),
  receiving("jira_configs", {
    api_url: "https://a",
    project: "P",
    issue_type: 1,
    summary: "text",
    fields: { customfield_1: { value: 1 } },
  }),
  receiving("jira_configs", {
    api_url: "https://a",
    project: "P",
    issue_type: "B",
    summary: { template: "t", enable_update: false },
  }),
  receiving("slack_configs", { channel: 5 }, { slack_api_url_file: "x" }),
  receiving("telegram_configs", { chat_id: -100123, parse_mode: "" }, { telegram_bot_token_file: "x" }),
  receiving("webhook_configs", {
    url: "https://a/",
    http_config: { http_headers: { "X-Any": { values: ["a"] } } },
  }),
  receiving(
    "email_configs",
    { to: "a@b.example", headers: { Subject: "s" }, require_tls: "no" },
    { smtp_smarthost: "[::1]:25", smtp_from: "a" },
  ),
  {
    ...routing({}),
    time_intervals: [
      {
        name: "t",
        time_intervals: [
          { times: [{ start_time: "09:00", end_time: "17:00" }], years: [2026], days_of_month: ["1:5", -1] },
        ],
      },
    ],
  },
];

describe("Alertmanager's own fields", () => {
  it("are those of the default version", () => {
    expect(alertmanagerFields.version).toBe(defaultVersions.alertmanager);
  });

  it.each(wrong)("finds what is wrong, %#, at its path and without a secret", (config, says) => {
    const { problems } = found(config);
    expect(problems.join("\n")).toContain(says);
    expect(problems.join("\n")).not.toContain(secret);
  });

  it.each([
    ...wrongUrls,
    ...wrongSettings,
    ...wrongIntervals.map(([interval, says]): [object, string] => [
      withInterval(interval),
      says.startsWith("did") ? says : `config.time_intervals[0].time_intervals[0].${says}`,
    ]),
  ])("finds what is wrong in the values, %#, at its path and without a secret", (config, says) => {
    const { problems } = found(config);
    expect(problems.join("\n")).toContain(says);
    expect(problems.join("\n")).not.toContain(secret);
  });

  it("takes every kind of time interval and URL that upstream takes", () => {
    const interval = {
      weekdays: ["monday:Friday", "saturday", "friday:monday", null],
      days_of_month: ["-3:-1", "1:-1", "27:-1", 5],
      months: ["may:august", "1:3", 12],
      years: ["2026:2028", 2030],
      times: [{ start_time: "00:00", end_time: "24:00" }],
    };
    for (const location of [
      "",
      "UTC",
      "Local",
      "EST",
      "Etc/GMT+1",
      "US/Pacific",
      "Europe/Kyiv",
      "Asia/Calcutta",
    ])
      expect(found(withInterval({ ...interval, location })).problems, location).toEqual([]);
    for (const url of [
      "HTTP://a",
      "https://u:p@a:80/?q=%zz",
      "https://[fe80::1%25eth0]:80/",
      "https://ä.example/#x",
    ])
      expect(found(posting(url)).problems, url).toEqual([]);
    expect(found(receiving("webhook_configs", { url: "https://{{ .x }}/" })).problems).toEqual([]);
    expect(
      found({
        ...routing({}),
        receivers: [{ name: "r" }, null],
        inhibit_rules: [null],
        time_intervals: [null],
      }).problems,
    ).toEqual([]);
  });

  it.each(right.map((config) => [config]))("takes what upstream takes, %#", (config) => {
    expect(found(config).problems).toEqual([]);
  });

  it("reads text as it reads data, with words of YAML 1.1", () => {
    const text =
      "route: {receiver: r, continue: yes}\nreceivers: [{name: r, webhook_configs: [{url: 'https://a/', max_alert: 1}]}]\n";
    expect(sentences(alertingFindings({ configYaml: text }, {}).problems)).toEqual([
      expect.stringContaining(
        "configYaml.receivers[0].webhook_configs[0].max_alert: there is no such setting; did you mean max_alerts?",
      ),
    ]);
  });

  it("says nothing of values that are known later", () => {
    const shown = "<secret alerting.config.receivers[0].telegram_configs[0].chat_id>";
    const encrypted = receiving("telegram_configs", { chat_id: shown, bot_token: shown, api_url: shown });
    expect(found(encrypted)).toEqual({ problems: [], warnings: [] });
    const later = Promise.resolve("x");
    const config = receiving(
      "webhook_configs",
      { url: later, max_alerts: later, http_config: later },
      { http_config: later },
    );
    expect(found(config)).toEqual({ problems: [], warnings: [] });
  });

  it.each<[string, AlertmanagerRuntimeArgs]>([
    ["a newer version", { software: { version: "0.36.0" } }],
    ["an older version", { software: { version: "0.34.2" } }],
    ["a package", { software: { source: "apt" } }],
    ["a finished image", { image: { name: "registry.example.com/alertmanager" } }],
  ])("only warns where %s runs", (_, runtime) => {
    const { problems, warnings } = found(routing({ future_setting: true }), runtime);
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^config\.route\.future_setting: alertmanager 0\.35\.0 would refuse this: there is no such setting/,
      ),
    ]);
  });

  it("warns of each secret in the clear, and of no other value", () => {
    const config = {
      ...receiving(
        "pagerduty_configs",
        { routing_key: secret },
        { slack_api_url: `https://hooks/${secret}`, opsgenie_api_key: Promise.resolve(secret) },
      ),
      tracing: { endpoint: "a:1", headers: { "X-Key": { secrets: [secret] } } },
    };
    const { problems, warnings } = found(config);
    expect(problems).toEqual([]);
    expect(warnings.map((each) => each.split(":")[0])).toEqual([
      "config.receivers[0].pagerduty_configs[0].routing_key",
      "config.global.slack_api_url",
      "config.tracing.headers.X-Key.secrets",
    ]);
    expect(warnings.join("\n")).toContain("name the file in routing_key_file");
    expect(warnings.join("\n")).not.toContain(secret);
    expect(found(receiving("webhook_configs", { url: "http://127.0.0.1:5001/" })).warnings).toEqual([]);
  });

  it("accepts what upstream's own tests accept, and refuses what they refuse", async () => {
    const files = await upstreamTestdata("alertmanager", "config/testdata", /\.yml$/);
    const isBad = /both|no-(api|bot|token|webhook)|invalid|nil-|old-team|-and-webhook/;
    const refused = files
      .filter(([, configYaml]) =>
        [...configProblems({ configYaml }), ...alertingFindings({ configYaml }, {}).problems].some(
          // Loopback is right for upstream, and wrong in the container.
          ({ says }) => !says.startsWith("the host is loopback"),
        ),
      )
      .map(([name]) => name);
    expect(refused.filter((name) => !isBad.test(name))).toEqual([]);
    expect(files.length - refused.length).toBeGreaterThan(15);
    expect(files.map(([name]) => name).filter((name) => isBad.test(name) && !refused.includes(name))).toEqual(
      [],
    );
    expect(refused.length).toBeGreaterThanOrEqual(25);
  });
});
