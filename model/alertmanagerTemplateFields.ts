/**
 * Settings of receivers that Alertmanager 0.35.0 executes as templates (the calls of TmplText, TmplHTML and Execute*String in notify/). A
 * star is any entry of a list or of a map, two are everything inside at any depth with the names of settings. All other settings are used
 * as they are written.
 */
export const templatedSettings: Record<string, string[]> = {
  discord_configs: ["content", "title", "message"],
  email_configs: ["to", "from", "headers.*", "html", "text"],
  incidentio_configs: ["metadata.*"],
  jira_configs: [
    ...["project", "issue_type", "summary", "summary.template", "description", "description.template"],
    ...["priority", "labels.*", "fields.*.**"],
  ],
  mattermost_configs: [
    ...["channel", "username", "icon_url", "icon_emoji", "type", "priority.priority", "props.card"],
    ...attachment(""),
    ...attachment("attachments.*."),
  ],
  msteams_configs: ["title", "summary", "text"],
  msteamsv2_configs: ["title", "text"],
  opsgenie_configs: [
    ...["api_key", "message", "description", "source", "tags", "note", "priority", "entity", "actions"],
    ...["details.*", "responders.*.id", "responders.*.name", "responders.*.username", "responders.*.type"],
  ],
  pagerduty_configs: [
    ...["service_key", "routing_key", "description", "client", "client_url", "source", "severity", "class"],
    ...["component", "group", "details.*.**", "images.*.src", "images.*.alt", "images.*.href"],
    ...["links.*.href", "links.*.text"],
  ],
  pushover_configs: [
    ...["user_key", "token", "title", "message", "url", "url_title", "priority", "device", "sound"],
  ],
  rocketchat_configs: [
    ...[
      "channel",
      "emoji",
      "icon_url",
      "title",
      "title_link",
      "text",
      "message_text",
      "image_url",
      "thumb_url",
    ],
    ...["color", "fields.*.title", "fields.*.value", "actions.*.text", "actions.*.url", "actions.*.msg"],
  ],
  slack_configs: [
    ...["channel", "username", "icon_emoji", "icon_url", "color", "title", "title_link", "pretext", "text"],
    ...["message_text", "fallback", "callback_id", "image_url", "thumb_url", "footer"],
    ...["fields.*.title", "fields.*.value", "actions.*.type", "actions.*.text", "actions.*.url"],
    ...["actions.*.style", "actions.*.name", "actions.*.value", "actions.*.confirm.title"],
    ...["actions.*.confirm.text", "actions.*.confirm.ok_text", "actions.*.confirm.dismiss_text"],
  ],
  sns_configs: [
    ...["api_url", "topic_arn", "phone_number", "target_arn", "subject", "message", "attributes.**"],
  ],
  telegram_configs: ["message"],
  victorops_configs: [
    ...["routing_key", "message_type", "state_message", "entity_display_name", "monitoring_tool"],
    ...["custom_fields.*"],
  ],
  webex_configs: ["message", "room_id"],
  webhook_configs: ["url", "payload.**"],
  wechat_configs: ["api_secret", "corp_id", "to_user", "to_party", "to_tag", "agent_id", "message"],
};

function attachment(path: string): string[] {
  const settings =
    "fallback color pretext text author_name author_link author_icon title title_link thumb_url footer footer_icon image_url " +
    "fields.*.title fields.*.value";
  return settings.split(" ").map((setting) => `${path}${setting}`);
}

/** Settings of global that stand in for settings of receivers. */
export const templatedGlobals = ["smtp_from", "opsgenie_api_key", "wechat_api_secret", "wechat_api_corp_id"];

/** Templated settings whose values are secrets. */
export const secretSettings = new Set([
  ...["opsgenie_configs.api_key", "pagerduty_configs.service_key", "pagerduty_configs.routing_key"],
  ...["pushover_configs.user_key", "pushover_configs.token", "webhook_configs.url"],
  ...["wechat_configs.api_secret", "victorops_configs.routing_key"],
  ...["global.opsgenie_api_key", "global.wechat_api_secret"],
]);

/**
 * Templates that Alertmanager 0.35.0 brings (template/default.tmpl and template/email.tmpl), with the types of what its default settings
 * give to them.
 */
export const ownTemplates: Record<string, "notification" | "someAlerts" | undefined> = {
  ...given(undefined, ["__alertmanager", "__alertmanagerURL", "__subject", "__description"]),
  ...given(undefined, ["__text_alert_list", "__text_alert_list_markdown"]),
  ...ofReceiver("discord", "content title message"),
  ...ofReceiver("email", "subject html"),
  ...ofReceiver("jira", "summary description priority"),
  ...ofReceiver("mattermost", "color username title titlelink fallback text"),
  ...ofReceiver("msteams", "summary title text"),
  ...ofReceiver("msteamsv2", "title text"),
  ...ofReceiver("opsgenie", "message description source"),
  ...ofReceiver("pagerduty", "description client clientURL"),
  ...given("someAlerts", ["pagerduty.default.instances"]),
  ...ofReceiver("pushover", "title message url"),
  ...ofReceiver("rocketchat", "title alias titlelink emoji iconurl text"),
  ...ofReceiver(
    "slack",
    "title username fallback callbackid pretext titlelink iconemoji iconurl text footer color",
  ),
  ...ofReceiver("sns", "subject message"),
  ...ofReceiver("telegram", "message"),
  ...ofReceiver("victorops", "state_message entity_display_name monitoring_tool"),
  ...ofReceiver("webex", "message"),
  ...ofReceiver("wechat", "message to_user to_party to_tag agent_id"),
};

function given<T>(type: T, names: string[]): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, type]));
}

function ofReceiver(receiver: string, names: string): Record<string, "notification"> {
  return given(
    "notification",
    names.split(" ").map((name) => `${receiver}.default.${name}`),
  );
}
