import { mailRules } from "./alertmanagerMailRules";
import { parseDuration } from "./durations";
import { httpClientRules } from "./httpClientRules";
import { placeholder } from "./known";
import { problemAt, type Problem } from "./problem";
import { timeIntervalRules } from "./timeIntervals";
import { atMostOne, isGiven, needs, needsOneOf, oneOfTexts, type SectionRules } from "./upstreamRules";

type Mapping = Readonly<Record<string, unknown>>;

/** A setting and the one that takes a file in its place. */
const orFile = (name: string): [string, string] => [name, `${name}_file`];
const oneWay = (value: Mapping, name: string) => [
  ...needsOneOf(value, orFile(name)),
  ...atMostOne(value, ...orFile(name)),
];
const fromGlobal = (value: Mapping, global: Mapping, name: string, globalName: string) => [
  ...needsOneOf(value, orFile(name), ...orFile(globalName).map((each) => global[each])),
  ...atMostOne(value, ...orFile(name)),
];

/**
 * What Alertmanager refuses of a configuration whose fields it knows: UnmarshalYAML and Validate of its structs.
 *
 * @param config the whole configuration, for the global section.
 */
export function alertmanagerRules(config: Mapping): SectionRules {
  const global = (
    typeof config.global === "object" && config.global !== null ? config.global : {}
  ) as Mapping;
  return {
    ...httpClientRules,
    ...timeIntervalRules,
    ...generalRules,
    ...chatRules(global),
    ...pagerRules(global),
    ...mailRules(global),
  };
}

const generalRules: SectionRules = {
  "config.GlobalConfig": ({ value }) => [
    ...[
      "slack_app_token",
      "slack_api_url",
      "opsgenie_api_key",
      "victorops_api_key",
      "telegram_bot_token",
    ].flatMap((name) => atMostOne(value, ...orFile(name))),
    ...[
      "smtp_auth_password",
      "smtp_auth_secret",
      "rocketchat_token",
      "rocketchat_token_id",
      "wechat_api_secret",
    ].flatMap((name) => atMostOne(value, ...orFile(name))),
    ...atMostOne(value, ...orFile("mattermost_webhook_url")),
    ...slackGlobalProblems(value),
  ],
  "common.InhibitRule": ({ value }) => [
    ...emptyRegexProblems(value, "source_match_re"),
    ...emptyRegexProblems(value, "target_match_re"),
  ],
  "config.Route": ({ value }) => [
    ...groupByProblems(value.group_by),
    ...zeroProblems(value),
    ...emptyRegexProblems(value, "match_re"),
  ],
  "config.Receiver": ({ value }) => {
    const label = (value.labels as Mapping | undefined | null)?.name;
    return problemAt(
      ["labels", "name"],
      isGiven(label, placeholder, value.name)
        ? "Alertmanager sets this label to the receiver's name; leave it out"
        : undefined,
    );
  },
  "tracing.TracingConfig": ({ value }) => [
    ...needs(value, "endpoint"),
    ...oneOfTexts(value.client_type, "client_type", ["http", "grpc"]),
    ...oneOfTexts(value.compression, "compression", ["", "gzip"]),
  ],
};

const slackPostUrl = "https://slack.com/api/chat.postMessage";

/** Upstream takes both where the address is that of the token, from the time before there were tokens. */
function slackGlobalProblems(value: Mapping): Problem[] {
  const hasToken = orFile("slack_app_token").some((name) => isGiven(value[name], placeholder));
  const address = orFile("slack_api_url").find((name) => isGiven(value[name], placeholder));
  const isSame =
    value.slack_api_url === (value.slack_app_url ?? slackPostUrl) || value.slack_app_url === placeholder;
  return problemAt(
    [address ?? ""],
    hasToken && address !== undefined && !isSame
      ? "slack_app_token or slack_app_token_file is given, too; leave one of them out"
      : undefined,
  );
}

function emptyRegexProblems(value: Mapping, name: string): Problem[] {
  const expressions = value[name];
  if (typeof expressions !== "object" || expressions === null) return [];
  return Object.entries(expressions).flatMap(([label, expression]) =>
    problemAt([name, label], expression === null ? "a regular expression is needed" : undefined),
  );
}

/** What a Slack app does with its token, and an incoming webhook cannot. */
function slackTokenProblems(value: Mapping): Problem[] {
  return ["update_message", "post_updates_to_thread"].flatMap((name) =>
    problemAt(
      [name],
      value[name] === true &&
        (isGiven(value.api_url_file, placeholder) || isGiven(value.api_url, placeholder, slackPostUrl))
        ? `this needs the token of a Slack app: give app_token_file in place of api_url, or the api_url ${slackPostUrl}`
        : undefined,
    ),
  );
}

function groupByProblems(labels: unknown): Problem[] {
  if (!Array.isArray(labels)) return [];
  const names = labels as unknown[];
  return names.flatMap((name, index): Problem[] => [
    ...problemAt(
      ["group_by", index],
      isGiven(name) ? undefined : "the name of a label is needed; fill it in, or leave it out",
    ),
    ...problemAt(
      ["group_by", index],
      name === "..." && names.some((each) => each !== "...")
        ? `"..." is all labels, so no other can stand beside it; leave it or the others out`
        : undefined,
    ),
    ...problemAt(
      ["group_by", index],
      name !== "..." && names.indexOf(name) !== index
        ? `"${String(name)}" is there twice; leave one of them out`
        : undefined,
    ),
  ]);
}

function zeroProblems(route: Mapping): Problem[] {
  return ["group_interval", "repeat_interval"].flatMap((name) =>
    problemAt(
      [name],
      isGiven(route[name]) && parseDuration(String(route[name])) === 0
        ? "0 is no interval; leave it out for the default, or write for example 5m or 4h"
        : undefined,
    ),
  );
}

const chatRules = (global: Mapping): SectionRules => ({
  "discord.DiscordConfig": ({ value }) => oneWay(value, "webhook_url"),
  "msteams.MSTeamsConfig": ({ value }) => oneWay(value, "webhook_url"),
  "msteamsv2.MSTeamsV2Config": ({ value }) => oneWay(value, "webhook_url"),
  "mattermost.MattermostConfig": ({ value }) =>
    fromGlobal(value, global, "webhook_url", "mattermost_webhook_url"),
  "mattermost.MattermostField": ({ value }) => [...needs(value, "title"), ...needs(value, "value")],
  "slack.SlackConfig": ({ value }) => [
    ...needsOneOf(
      value,
      [...orFile("api_url"), ...orFile("app_token")],
      ...[...orFile("slack_api_url"), ...orFile("slack_app_token")].map((each) => global[each]),
    ),
    ...atMostOne(value, ...orFile("api_url"), ...orFile("app_token")),
    ...slackTokenProblems(value),
    ...problemAt(
      ["http_config", "authorization"],
      orFile("app_token").some((name) => isGiven(value[name], placeholder)) &&
        isGiven((value.http_config as Mapping | undefined | null)?.authorization, placeholder)
        ? "app_token or app_token_file is given, too; leave one of them out"
        : undefined,
    ),
  ],
  "slack.SlackField": ({ value }) => [...needs(value, "title"), ...needs(value, "value")],
  "slack.SlackAction": ({ value }) => [
    ...needs(value, "type"),
    ...needs(value, "text"),
    ...needsOneOf(value, ["name", "url"]),
  ],
  "slack.SlackConfirmationField": ({ value }) => needs(value, "text"),
  "rocketchat.RocketchatConfig": ({ value }) => [
    ...fromGlobal(value, global, "token", "rocketchat_token"),
    ...fromGlobal(value, global, "token_id", "rocketchat_token_id"),
  ],
  "telegram.TelegramConfig": ({ value }) => [
    ...fromGlobal(value, global, "bot_token", "telegram_bot_token"),
    ...(isGiven(value.chat_id, 0) ? [] : needsOneOf({ ...value, chat_id: undefined }, orFile("chat_id"))),
    ...atMostOne(
      { ...value, chat_id: value.chat_id === 0 ? undefined : value.chat_id },
      ...orFile("chat_id"),
    ),
    ...oneOfTexts(value.parse_mode, "parse_mode", ["", "Markdown", "MarkdownV2", "HTML"]),
  ],
  "webex.WebexConfig": ({ value }) => {
    const client =
      value.http_config === placeholder
        ? { authorization: placeholder }
        : (value.http_config as Mapping | undefined | null);
    const ways = ["authorization", "bearer_token", "bearer_token_file"];
    const isOpen = !ways.some((name) => isGiven(client?.[name]));
    return [
      ...needs(value, "room_id"),
      ...problemAt(
        ["http_config", "authorization"],
        isOpen ? "this is needed, and was not given" : undefined,
      ),
    ];
  },
  "wechat.WechatConfig": ({ value }) => [
    ...fromGlobal(value, global, "api_secret", "wechat_api_secret"),
    ...needs(value, "corp_id", global.wechat_api_corp_id),
    ...oneOfTexts(value.message_type, "message_type", ["", "text", "markdown"]),
  ],
});

const pagerRules = (global: Mapping): SectionRules => ({
  "pagerduty.PagerdutyConfig": ({ value }) => [
    ...needsOneOf(value, [...orFile("routing_key"), ...orFile("service_key")]),
    ...atMostOne(value, ...orFile("routing_key")),
    ...atMostOne(value, ...orFile("service_key")),
  ],
  "opsgenie.OpsGenieConfig": ({ value }) => fromGlobal(value, global, "api_key", "opsgenie_api_key"),
  "opsgenie.OpsGenieConfigResponder": ({ value }) => [
    ...needsOneOf(value, ["id", "name", "username"]),
    ...responderTypeProblems(value.type),
  ],
  "victorops.VictorOpsConfig": ({ value }) => [
    ...needs(value, "routing_key"),
    ...fromGlobal(value, global, "api_key", "victorops_api_key"),
  ],
  "pushover.PushoverConfig": ({ value }) => [
    ...oneWay(value, "user_key"),
    ...oneWay(value, "token"),
    ...problemAt(
      ["monospace"],
      value.html === true && value.monospace === true
        ? "html is given, too; leave one of them out"
        : undefined,
    ),
  ],
  "incidentio.IncidentioConfig": ({ value }) => [
    ...oneWay(value, "url"),
    ...atMostOne(value, ...orFile("alert_source_token")),
  ],
  "jira.JiraConfig": ({ value }) => [
    ...needs(value, "project"),
    ...needs(value, "issue_type"),
    ...needs(value, "api_url", global.jira_api_url),
    ...oneOfTexts(value.api_type, "api_type", ["auto", "cloud", "datacenter"]),
  ],
  "webhook.WebhookConfig": ({ value }) => oneWay(value, "url"),
  "sns.SNSConfig": ({ value }) => {
    const names = ["target_arn", "topic_arn", "phone_number"];
    // Upstream takes all three, too.
    const missing = names.filter((name) => !isGiven(value[name])).length;
    const isUnknown = names.some((name) => value[name] === placeholder);
    return problemAt(
      [],
      missing % 2 === 1 && !isUnknown ? "one of target_arn, topic_arn and phone_number is needed" : undefined,
    );
  },
});

const responderTypes = ["team", "teams", "user", "escalation", "schedule"];

/** A template is read once it is filled in. */
function responderTypeProblems(type: unknown): Problem[] {
  if (type === undefined || type === null) return needs({}, "type");
  return typeof type === "string" && !type.includes("{{") && type !== placeholder
    ? oneOfTexts(type.toLowerCase(), "type", responderTypes)
    : [];
}
