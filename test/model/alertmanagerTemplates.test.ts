import { describe, expect, it, type TestContext } from "vitest";
import { notificationTemplateProblems } from "../../model/alertmanagerTemplates";
import { alertmanagerPeer } from "../../model/alertmanager";
import { partProblems } from "../../model/fields";
import { sentences } from "../../model/problem";
import { execute } from "../support/execute";
import { inTemporaryDirectory, writeFiles } from "../support/files";
import { requireTool } from "../support/tools";

function problemsOf(config: object, files: Record<string, string> = {}, isKnownVersion = true): string[] {
  const args = { config: config as Record<string, unknown>, given: "config" as const, files, isKnownVersion };
  return sentences(notificationTemplateProblems(args));
}

const receiver = (kind: string, settings: object) => ({ receivers: [{ name: "r", [kind]: [settings] }] });

describe("a setting of a receiver", () => {
  it.each([
    ["slack_configs", { fields: [{ title: "ok" }, { value: "{{ .Nope }}" }] }, "fields[1].value"],
    ["slack_configs", { actions: [{ confirm: { ok_text: "{{ end }}" } }] }, "actions[0].confirm.ok_text"],
    ["email_configs", { headers: { Subject: "{{ .Status " } }, "headers.Subject"],
    ["email_configs", { html: '{{ template "email.default.htm" . }}' }, "html"],
    ["webhook_configs", { url: "https://a.example/{{ .Receiver" }, "url"],
    ["webhook_configs", { payload: { a: [{ "{{ nope }}": 1 }] } }, 'payload.a[0]["{{ nope }}"]'],
    ["pagerduty_configs", { details: { a: { b: "{{ .Alert }}" } } }, "details.a.b"],
    ["opsgenie_configs", { responders: [{ name: "{{ if }}" }] }, "responders[0].name"],
    ["jira_configs", { summary: { template: "{{ .Foo }}" } }, "summary.template"],
    ["jira_configs", { fields: { customfield_1: ["{{ .Foo }}"] } }, "fields.customfield_1[0]"],
    ["telegram_configs", { message: "{{ range .Alerts }}" }, "message"],
    ["sns_configs", { attributes: { a: "{{ }}" } }, "attributes.a"],
  ])("%s %j is refused where it stands", (kind, settings, path) => {
    const [first, ...others] = problemsOf(receiver(kind, settings));
    expect(others).toEqual([]);
    expect(
      first?.startsWith(`config.receivers[0].${kind}[0].${path}: the template is wrong at line 1,`),
    ).toBe(true);
  });

  it.each([
    ["slack_configs", { api_url: "https://a.example/{{ bad", mrkdwn_in: ["{{ bad"] }],
    ["discord_configs", { username: "{{ bad", webhook_url_file: "/{{ bad" }],
    ["telegram_configs", { bot_token: "{{ bad" }],
    ["jira_configs", { reopen_transition: "{{ bad", fields: { "{{ bad": "x" } }],
    ["webhook_configs", { http_config: { basic_auth: { password: "{{ bad" } } }],
    ["pagerduty_configs", { details: { "{{ bad": "x" } }],
    ["wechat_configs", { message_type: "{{ bad" }],
    ["slack_configs", { title: 5, fields: "{{ a list is needed" }],
  ])("%s %j is left alone, for Alertmanager does not execute it", (kind, settings) => {
    expect(problemsOf(receiver(kind, settings))).toEqual([]);
  });

  it("of labels of routes and of global is a template, too", () => {
    const config = {
      global: { smtp_from: "{{ .From }}" },
      route: { routes: [{ labels: { team: "{{ .GroupLabels.team | nope }}" } }] },
    };
    expect(problemsOf(config)).toEqual([
      "config.route.routes[0].labels.team: the template is wrong at line 1, column 24, in {{ .GroupLabels.team | nope }}: nope is not a function",
      expect.stringContaining(
        "config.global.smtp_from: the template is wrong at line 1, column 4, in {{ .From }}: a notification has no From",
      ),
    ]);
  });

  it("has the functions of Go alone in a webhook's URL, which Alertmanager reads before it starts", () => {
    const url = (text: string) => problemsOf(receiver("webhook_configs", { url: text }));
    expect(url("https://a.example/{{ .Receiver | urlquery }}")).toEqual([]);
    expect(url("https://a.example/{{ .Receiver | toUpper }}")[0]).toContain(
      "toUpper is not a function here: a webhook's URL has the functions of Go alone",
    );
  });

  it("is shown no further than its action, and not at all where it is a secret", () => {
    const shown = [
      receiver("slack_configs", { text: "hunter2 {{ .Nope }} hunter2" }),
      receiver("slack_configs", { text: "{{ .Status/hunter2" }),
      receiver("slack_configs", { text: "{{ .Status hunter2 {{ .Status }}" }),
      receiver("slack_configs", { text: "hunter2 {{ if .Status }} hunter2" }),
      receiver("webhook_configs", { url: 'https://a.example/{{ nope "hunter2" }}' }),
      receiver("webhook_configs", { url: "https://a.example/{{ .hunter2 }}" }),
      receiver("opsgenie_configs", { api_key: '{{ "hunter2" "hunter2" }}' }),
      receiver("opsgenie_configs", { api_key: '{{ .Status "hunter2\\q" }}' }),
      receiver("pushover_configs", { token: '{{ template "hunter2" }}' }),
    ].flatMap((config) => problemsOf(config));
    expect(shown).toHaveLength(9);
    expect(shown.filter((each) => each.includes("hunter2"))).toEqual([]);
  });
});

describe("a template file", () => {
  it("is refused with the line and the column of the mistake", () => {
    const file = '{{ define "a" }}\n  {{ .Status | toUper }}\n{{ end }}';
    expect(problemsOf({}, { "a.tmpl": file })).toEqual([
      'templates["a.tmpl"]: the template is wrong at line 2, column 16, in {{ .Status | toUper }}: toUper is not a function; did you mean toUpper?',
    ]);
  });

  it("brings templates to settings and to other files, and the later definition counts", () => {
    const config = receiver("slack_configs", { title: '{{ template "mine" . }}{{ template "a.tmpl" . }}' });
    const files = {
      "b.tmpl": '{{ define "mine" }}{{ template "other" .Alerts }}{{ end }}',
      "a.tmpl": '{{ define "mine" }}{{ .Wrong }}{{ end }}{{ define "other" }}{{ .Firing }}{{ end }}',
    };
    expect(problemsOf(config, files)).toEqual([]);
    expect(problemsOf(config)).toEqual([
      expect.stringContaining('no template has the name "mine"'),
      expect.stringContaining('no template has the name "a.tmpl"'),
    ]);
  });

  it("is followed with what settings give to its templates", () => {
    const config = receiver("slack_configs", { title: '{{ template "list" .Alerts }}' });
    const file = '{{ define "list" }}{{ range . }}{{ .Labels.a }}{{ .CommonLabels.a }}{{ end }}{{ end }}';
    const unused = '{{ define "unused" }}{{ template "missing" . }}{{ end }}';
    expect(problemsOf(config, { "a.tmpl": file, "unused.tmpl": unused })).toEqual([
      'templates["a.tmpl"]: the template is wrong at line 1, column 51, in {{ .CommonLabels.a }}: an alert has no CommonLabels; it has Status, Labels, Annotations, StartsAt, EndsAt, GeneratorURL, Fingerprint',
    ]);
  });

  it("in the place of one of Alertmanager's own is given a notification", () => {
    const file = '{{ define "slack.default.title" }}{{ .Summary }}{{ end }}';
    expect(problemsOf({}, { "a.tmpl": file })[0]).toContain("a notification has no Summary");
  });

  it("may be one of the container's, and then names of templates are not checked", () => {
    const config = receiver("slack_configs", { title: '{{ template "theirs" . }}' });
    expect(problemsOf({ ...config, templates: ["/somewhere/*.tmpl"] })).toEqual([]);
    expect(problemsOf(config)).toHaveLength(1);
  });

  it("is refused and taken as by the real amtool", (context) => {
    const files = {
      '{{ define "a" }}{{ .Status | toUpper }}{{ end }}{{ define "a" }}{{ end }}': true,
      '{{ define "a" }}{{ template "missing" . }}{{ end }}': true,
      '{{ define "slack.default.title" }}{{ range .Alerts }}{{ .Labels.a }}{{ end }}{{ end }}': true,
      '{{ define "a" }}{{ .Status | toUper }}{{ end }}': false,
      '{{ define "a" }}': false,
      "{{ if }}{{ end }}": false,
      "{{ $x }}": false,
      "{{ else }}": false,
    };
    const verdicts = Object.keys(files).map((file) => [
      amtoolTakes(context, file),
      problemsOf({}, { "a.tmpl": file }).length === 0,
    ]);
    expect(verdicts).toEqual(Object.values(files).map((isTaken) => [isTaken, isTaken]));
  });
});

function amtoolTakes(context: TestContext, file: string): boolean {
  const amtool = requireTool(context, "amtool");
  return inTemporaryDirectory((directory) => {
    writeFiles(directory, {
      "a.tmpl": file,
      "a.yml": JSON.stringify({
        route: { receiver: "r" },
        receivers: [{ name: "r" }],
        templates: [`${directory}/*.tmpl`],
      }),
    });
    return execute(amtool, ["check-config", `${directory}/a.yml`]).status === 0;
  });
}

describe("an Alertmanager", () => {
  const title = '{{ .Status | newer }}{{ .Newer }}{{ template "newer" . }}';
  const config = {
    route: { receiver: "r" },
    ...receiver("slack_configs", { title, api_url: "https://a.example" }),
  };
  const problemsWith = (runtime: unknown) =>
    sentences(partProblems(alertmanagerPeer, { alerting: { config }, runtime })).filter((each) =>
      each.includes("template"),
    );

  it("of a known version has known functions", () => {
    const known = [
      undefined,
      { software: { version: "0.35.0" } },
      { image: { alertmanagerImage: "prom/alertmanager:v0.34.2" } },
    ];
    expect(known.map((runtime) => problemsWith(runtime).length)).toEqual([1, 1, 1]);
    expect(problemsWith(undefined)[0]).toContain("alerting.config.receivers[0].slack_configs[0].title: ");
  });

  it("of a newer version, or of an image of the user's, may have others", () => {
    const newer = [{ software: { version: "0.36.0" } }, { image: { name: "registry.example/alerts:5" } }];
    expect(newer.flatMap(problemsWith)).toEqual([]);
  });
});
