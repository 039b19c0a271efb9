import type * as pulumi from "@pulumi/pulumi";

// Made by `npm run upstream-fields`: do not change it by hand.

/** `config.Receiver` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerReceiver {
  /** A list. */
  discord_configs?: pulumi.Input<pulumi.Input<AlertmanagerDiscordConfig>[]>;
  /** A list. */
  email_configs?: pulumi.Input<pulumi.Input<AlertmanagerEmailConfig>[]>;
  /** A list. */
  incidentio_configs?: pulumi.Input<pulumi.Input<AlertmanagerIncidentioConfig>[]>;
  /** A list. */
  jira_configs?: pulumi.Input<pulumi.Input<AlertmanagerJiraConfig>[]>;
  /** Values by name. */
  labels?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** A list. */
  mattermost_configs?: pulumi.Input<pulumi.Input<AlertmanagerMattermostConfig>[]>;
  /** A list. */
  msteams_configs?: pulumi.Input<pulumi.Input<AlertmanagerMSTeamsConfig>[]>;
  /** A list. */
  msteamsv2_configs?: pulumi.Input<pulumi.Input<AlertmanagerMSTeamsV2Config>[]>;
  /** A text. */
  name: pulumi.Input<string>;
  /** A list. */
  opsgenie_configs?: pulumi.Input<pulumi.Input<AlertmanagerOpsGenieConfig>[]>;
  /** A list. */
  pagerduty_configs?: pulumi.Input<pulumi.Input<AlertmanagerPagerdutyConfig>[]>;
  /** A list. */
  pushover_configs?: pulumi.Input<pulumi.Input<AlertmanagerPushoverConfig>[]>;
  /** A list. */
  rocketchat_configs?: pulumi.Input<pulumi.Input<AlertmanagerRocketchatConfig>[]>;
  /** A list. */
  slack_configs?: pulumi.Input<pulumi.Input<AlertmanagerSlackConfig>[]>;
  /** A list. */
  sns_configs?: pulumi.Input<pulumi.Input<AlertmanagerSNSConfig>[]>;
  /** A list. */
  telegram_configs?: pulumi.Input<pulumi.Input<AlertmanagerTelegramConfig>[]>;
  /** A list. */
  victorops_configs?: pulumi.Input<pulumi.Input<AlertmanagerVictorOpsConfig>[]>;
  /** A list. */
  webex_configs?: pulumi.Input<pulumi.Input<AlertmanagerWebexConfig>[]>;
  /** A list. */
  webhook_configs?: pulumi.Input<pulumi.Input<AlertmanagerWebhookConfig>[]>;
  /** A list. */
  wechat_configs?: pulumi.Input<pulumi.Input<AlertmanagerWechatConfig>[]>;
}

/** `discord.DiscordConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerDiscordConfig {
  /** A text. */
  avatar_url?: pulumi.Input<string>;
  /** A text. */
  content?: pulumi.Input<string>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A text. */
  message?: pulumi.Input<string>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A text. */
  title?: pulumi.Input<string>;
  /** A text. */
  username?: pulumi.Input<string>;
  /** A secret URL with http or https. */
  webhook_url?: pulumi.Input<string>;
  /** A text. */
  webhook_url_file?: pulumi.Input<string>;
}

/** `config.HTTPClientConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerHTTPClientConfig {
  /** A section. */
  authorization?: pulumi.Input<AlertmanagerAuthorization>;
  /** A section. */
  basic_auth?: pulumi.Input<AlertmanagerBasicAuth>;
  /** A secret text. */
  bearer_token?: pulumi.Input<string>;
  /** A text. */
  bearer_token_file?: pulumi.Input<string>;
  /** True or false. */
  enable_http2?: pulumi.Input<boolean>;
  /** True or false. */
  follow_redirects?: pulumi.Input<boolean>;
  /** A section. */
  http_headers?: pulumi.Input<Record<string, pulumi.Input<AlertmanagerHeader>>>;
  /** A text. */
  no_proxy?: pulumi.Input<string>;
  /** A section. */
  oauth2?: pulumi.Input<AlertmanagerOAuth2>;
  /** Values by name. */
  proxy_connect_header?: pulumi.Input<Record<string, pulumi.Input<pulumi.Input<string>[]>>>;
  /** True or false. */
  proxy_from_environment?: pulumi.Input<boolean>;
  /** A URL. */
  proxy_url?: pulumi.Input<string>;
  /** A section. */
  tls_config?: pulumi.Input<AlertmanagerTLSConfig>;
}

/** `config.Authorization` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerAuthorization {
  /** A secret text. */
  credentials?: pulumi.Input<string>;
  /** A text. */
  credentials_file?: pulumi.Input<string>;
  /** A text. */
  credentials_ref?: pulumi.Input<string>;
  /** A text. */
  type?: pulumi.Input<string>;
}

/** `config.BasicAuth` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerBasicAuth {
  /** A secret text. */
  password?: pulumi.Input<string>;
  /** A text. */
  password_file?: pulumi.Input<string>;
  /** A text. */
  password_ref?: pulumi.Input<string>;
  /** A text. */
  username?: pulumi.Input<string>;
  /** A text. */
  username_file?: pulumi.Input<string>;
  /** A text. */
  username_ref?: pulumi.Input<string>;
}

/** `config.Header` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerHeader {
  /** A list. */
  files?: pulumi.Input<pulumi.Input<string>[]>;
  /** A list. */
  secrets?: pulumi.Input<pulumi.Input<string>[]>;
  /** A list. */
  values?: pulumi.Input<pulumi.Input<string>[]>;
}

/** `config.OAuth2` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerOAuth2 {
  /** A text. */
  audience?: pulumi.Input<string>;
  /** Values by name. */
  claims?: pulumi.Input<Record<string, pulumi.Input<any>>>;
  /** A secret text. */
  client_certificate_key?: pulumi.Input<string>;
  /** A text. */
  client_certificate_key_file?: pulumi.Input<string>;
  /** A text. */
  client_certificate_key_id?: pulumi.Input<string>;
  /** A text. */
  client_certificate_key_ref?: pulumi.Input<string>;
  /** A text. */
  client_id?: pulumi.Input<string>;
  /** A secret text. */
  client_secret?: pulumi.Input<string>;
  /** A text. */
  client_secret_file?: pulumi.Input<string>;
  /** A text. */
  client_secret_ref?: pulumi.Input<string>;
  /** Values by name. */
  endpoint_params?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** A text. */
  grant_type?: pulumi.Input<string>;
  /** A text. */
  iss?: pulumi.Input<string>;
  /** A text. */
  no_proxy?: pulumi.Input<string>;
  /** Values by name. */
  proxy_connect_header?: pulumi.Input<Record<string, pulumi.Input<pulumi.Input<string>[]>>>;
  /** True or false. */
  proxy_from_environment?: pulumi.Input<boolean>;
  /** A URL. */
  proxy_url?: pulumi.Input<string>;
  /** A list. */
  scopes?: pulumi.Input<pulumi.Input<string>[]>;
  /** A text. */
  signature_algorithm?: pulumi.Input<string>;
  /** A section. */
  tls_config?: pulumi.Input<AlertmanagerTLSConfig>;
  /** A text. */
  token_url?: pulumi.Input<string>;
}

/** `config.TLSConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerTLSConfig {
  /** A text. */
  ca?: pulumi.Input<string>;
  /** A text. */
  ca_file?: pulumi.Input<string>;
  /** A text. */
  ca_ref?: pulumi.Input<string>;
  /** A text. */
  cert?: pulumi.Input<string>;
  /** A text. */
  cert_file?: pulumi.Input<string>;
  /** A text. */
  cert_ref?: pulumi.Input<string>;
  /** True or false. */
  insecure_skip_verify?: pulumi.Input<boolean>;
  /** A secret text. */
  key?: pulumi.Input<string>;
  /** A text. */
  key_file?: pulumi.Input<string>;
  /** A text. */
  key_ref?: pulumi.Input<string>;
  /** A text. */
  max_version?: pulumi.Input<string>;
  /** A text. */
  min_version?: pulumi.Input<string>;
  /** A text. */
  server_name?: pulumi.Input<string>;
}

/** `email.EmailConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerEmailConfig {
  /** A text. */
  auth_identity?: pulumi.Input<string>;
  /** A secret text. */
  auth_password?: pulumi.Input<string>;
  /** A text. */
  auth_password_file?: pulumi.Input<string>;
  /** A secret text. */
  auth_secret?: pulumi.Input<string>;
  /** A text. */
  auth_secret_file?: pulumi.Input<string>;
  /** A text. */
  auth_username?: pulumi.Input<string>;
  /** True or false. */
  force_implicit_tls?: pulumi.Input<boolean>;
  /** A text. */
  from?: pulumi.Input<string>;
  /** Values by name. */
  headers?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** A text. */
  hello?: pulumi.Input<string>;
  /** A text. */
  html?: pulumi.Input<string>;
  /** True or false. */
  require_tls?: pulumi.Input<boolean>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** Host and port, e.g. `mail.example.com:587`. */
  smarthost?: pulumi.Input<string>;
  /** A text. */
  text?: pulumi.Input<string>;
  /** A section. */
  threading?: pulumi.Input<AlertmanagerThreadingConfig>;
  /** A section. */
  tls_config?: pulumi.Input<AlertmanagerTLSConfig>;
  /** A text. */
  to?: pulumi.Input<string>;
}

/** `email.ThreadingConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerThreadingConfig {
  /** True or false. */
  enabled?: pulumi.Input<boolean>;
  /** A text. */
  thread_by_date?: pulumi.Input<string>;
}

/** `incidentio.IncidentioConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerIncidentioConfig {
  /** A secret text. */
  alert_source_token?: pulumi.Input<string>;
  /** A text. */
  alert_source_token_file?: pulumi.Input<string>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A whole number from 0 on. */
  max_alerts?: pulumi.Input<number>;
  /** Values by name. */
  metadata?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A duration of Go, e.g. `1m30s`. */
  timeout?: pulumi.Input<string>;
  /** A URL with http or https. */
  url?: pulumi.Input<string>;
  /** A text. */
  url_file?: pulumi.Input<string>;
}

/** `jira.JiraConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerJiraConfig {
  /** A text. */
  api_type?: pulumi.Input<string>;
  /** A URL with http or https. */
  api_url?: pulumi.Input<string>;
  /** A text or a section. */
  description?: pulumi.Input<any>;
  /** Values by name. */
  fields?: pulumi.Input<Record<string, pulumi.Input<any>>>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A text. */
  issue_type?: pulumi.Input<string>;
  /** A list. */
  labels?: pulumi.Input<pulumi.Input<string>[]>;
  /** A text. */
  priority?: pulumi.Input<string>;
  /** A text. */
  project?: pulumi.Input<string>;
  /** A duration, e.g. `1m30s`. */
  reopen_duration?: pulumi.Input<string>;
  /** A text. */
  reopen_transition?: pulumi.Input<string>;
  /** A text. */
  resolve_transition?: pulumi.Input<string>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A text or a section. */
  summary?: pulumi.Input<any>;
  /** A text. */
  wont_fix_resolution?: pulumi.Input<string>;
}

/** `mattermost.MattermostConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerMattermostConfig {
  /** A list. */
  attachments?: pulumi.Input<pulumi.Input<AlertmanagerMattermostAttachment>[]>;
  /** A text. */
  author_icon?: pulumi.Input<string>;
  /** A text. */
  author_link?: pulumi.Input<string>;
  /** A text. */
  author_name?: pulumi.Input<string>;
  /** A text. */
  channel?: pulumi.Input<string>;
  /** A text. */
  color?: pulumi.Input<string>;
  /** A text. */
  fallback?: pulumi.Input<string>;
  /** A list. */
  fields?: pulumi.Input<pulumi.Input<AlertmanagerMattermostField>[]>;
  /** A text. */
  footer?: pulumi.Input<string>;
  /** A text. */
  footer_icon?: pulumi.Input<string>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A text. */
  icon_emoji?: pulumi.Input<string>;
  /** A text. */
  icon_url?: pulumi.Input<string>;
  /** A text. */
  image_url?: pulumi.Input<string>;
  /** A text. */
  pretext?: pulumi.Input<string>;
  /** A section. */
  priority?: pulumi.Input<AlertmanagerMattermostPriority>;
  /** A section. */
  props?: pulumi.Input<AlertmanagerMattermostProps>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A text. */
  text?: pulumi.Input<string>;
  /** A text. */
  thumb_url?: pulumi.Input<string>;
  /** A text. */
  title?: pulumi.Input<string>;
  /** A text. */
  title_link?: pulumi.Input<string>;
  /** A text. */
  type?: pulumi.Input<string>;
  /** A text. */
  username?: pulumi.Input<string>;
  /** A secret URL with http or https. */
  webhook_url?: pulumi.Input<string>;
  /** A text. */
  webhook_url_file?: pulumi.Input<string>;
}

/** `mattermost.MattermostAttachment` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerMattermostAttachment {
  /** A text. */
  author_icon?: pulumi.Input<string>;
  /** A text. */
  author_link?: pulumi.Input<string>;
  /** A text. */
  author_name?: pulumi.Input<string>;
  /** A text. */
  color?: pulumi.Input<string>;
  /** A text. */
  fallback?: pulumi.Input<string>;
  /** A list. */
  fields?: pulumi.Input<pulumi.Input<AlertmanagerMattermostField>[]>;
  /** A text. */
  footer?: pulumi.Input<string>;
  /** A text. */
  footer_icon?: pulumi.Input<string>;
  /** A text. */
  image_url?: pulumi.Input<string>;
  /** A text. */
  pretext?: pulumi.Input<string>;
  /** A text. */
  text?: pulumi.Input<string>;
  /** A text. */
  thumb_url?: pulumi.Input<string>;
  /** A text. */
  title?: pulumi.Input<string>;
  /** A text. */
  title_link?: pulumi.Input<string>;
}

/** `mattermost.MattermostField` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerMattermostField {
  /** True or false. */
  short?: pulumi.Input<boolean>;
  /** A text. */
  title?: pulumi.Input<string>;
  /** A text. */
  value?: pulumi.Input<string>;
}

/** `mattermost.MattermostPriority` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerMattermostPriority {
  /** True or false. */
  persistent_notifications?: pulumi.Input<boolean>;
  /** A text. */
  priority?: pulumi.Input<string>;
  /** True or false. */
  requested_ack?: pulumi.Input<boolean>;
}

/** `mattermost.MattermostProps` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerMattermostProps {
  /** A text. */
  card?: pulumi.Input<string>;
}

/** `msteams.MSTeamsConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerMSTeamsConfig {
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A text. */
  summary?: pulumi.Input<string>;
  /** A text. */
  text?: pulumi.Input<string>;
  /** A text. */
  title?: pulumi.Input<string>;
  /** A secret URL with http or https. */
  webhook_url?: pulumi.Input<string>;
  /** A text. */
  webhook_url_file?: pulumi.Input<string>;
}

/** `msteamsv2.MSTeamsV2Config` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerMSTeamsV2Config {
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A text. */
  text?: pulumi.Input<string>;
  /** A text. */
  title?: pulumi.Input<string>;
  /** A secret URL with http or https. */
  webhook_url?: pulumi.Input<string>;
  /** A text. */
  webhook_url_file?: pulumi.Input<string>;
}

/** `opsgenie.OpsGenieConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerOpsGenieConfig {
  /** A text. */
  actions?: pulumi.Input<string>;
  /** A secret text. */
  api_key?: pulumi.Input<string>;
  /** A text. */
  api_key_file?: pulumi.Input<string>;
  /** A URL with http or https. */
  api_url?: pulumi.Input<string>;
  /** A text. */
  description?: pulumi.Input<string>;
  /** Values by name. */
  details?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** A text. */
  entity?: pulumi.Input<string>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A text. */
  message?: pulumi.Input<string>;
  /** A text. */
  note?: pulumi.Input<string>;
  /** A text. */
  priority?: pulumi.Input<string>;
  /** A list. */
  responders?: pulumi.Input<pulumi.Input<AlertmanagerOpsGenieConfigResponder>[]>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A text. */
  source?: pulumi.Input<string>;
  /** A text. */
  tags?: pulumi.Input<string>;
  /** True or false. */
  update_alerts?: pulumi.Input<boolean>;
}

/** `opsgenie.OpsGenieConfigResponder` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerOpsGenieConfigResponder {
  /** A text. */
  id?: pulumi.Input<string>;
  /** A text. */
  name?: pulumi.Input<string>;
  /** A text. */
  type?: pulumi.Input<string>;
  /** A text. */
  username?: pulumi.Input<string>;
}

/** `pagerduty.PagerdutyConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerPagerdutyConfig {
  /** A text. */
  class?: pulumi.Input<string>;
  /** A text. */
  client?: pulumi.Input<string>;
  /** A text. */
  client_url?: pulumi.Input<string>;
  /** A text. */
  component?: pulumi.Input<string>;
  /** A text. */
  description?: pulumi.Input<string>;
  /** Values by name. */
  details?: pulumi.Input<Record<string, pulumi.Input<any>>>;
  /** A text. */
  group?: pulumi.Input<string>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A list. */
  images?: pulumi.Input<pulumi.Input<AlertmanagerPagerdutyImage>[]>;
  /** A list. */
  links?: pulumi.Input<pulumi.Input<AlertmanagerPagerdutyLink>[]>;
  /** A secret text. */
  routing_key?: pulumi.Input<string>;
  /** A text. */
  routing_key_file?: pulumi.Input<string>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A secret text. */
  service_key?: pulumi.Input<string>;
  /** A text. */
  service_key_file?: pulumi.Input<string>;
  /** A text. */
  severity?: pulumi.Input<string>;
  /** A text. */
  source?: pulumi.Input<string>;
  /** A duration of Go, e.g. `1m30s`. */
  timeout?: pulumi.Input<string>;
  /** A URL with http or https. */
  url?: pulumi.Input<string>;
}

/** `pagerduty.PagerdutyImage` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerPagerdutyImage {
  /** A text. */
  alt?: pulumi.Input<string>;
  /** A text. */
  href?: pulumi.Input<string>;
  /** A text. */
  src?: pulumi.Input<string>;
}

/** `pagerduty.PagerdutyLink` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerPagerdutyLink {
  /** A text. */
  href?: pulumi.Input<string>;
  /** A text. */
  text?: pulumi.Input<string>;
}

/** `pushover.PushoverConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerPushoverConfig {
  /** A text. */
  device?: pulumi.Input<string>;
  /** A duration of Go, e.g. `1m30s`. */
  expire?: pulumi.Input<string>;
  /** True or false. */
  html?: pulumi.Input<boolean>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A text. */
  message?: pulumi.Input<string>;
  /** True or false. */
  monospace?: pulumi.Input<boolean>;
  /** A text. */
  priority?: pulumi.Input<string>;
  /** A duration of Go, e.g. `1m30s`. */
  retry?: pulumi.Input<string>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A text. */
  sound?: pulumi.Input<string>;
  /** A text. */
  title?: pulumi.Input<string>;
  /** A secret text. */
  token?: pulumi.Input<string>;
  /** A text. */
  token_file?: pulumi.Input<string>;
  /** A duration of Go, e.g. `1m30s`. */
  ttl?: pulumi.Input<string>;
  /** A text. */
  url?: pulumi.Input<string>;
  /** A text. */
  url_title?: pulumi.Input<string>;
  /** A secret text. */
  user_key?: pulumi.Input<string>;
  /** A text. */
  user_key_file?: pulumi.Input<string>;
}

/** `rocketchat.RocketchatConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerRocketchatConfig {
  /** A list. */
  actions?: pulumi.Input<pulumi.Input<AlertmanagerRocketchatAttachmentAction>[]>;
  /** A URL with http or https. */
  api_url?: pulumi.Input<string>;
  /** A text. */
  channel?: pulumi.Input<string>;
  /** A text. */
  color?: pulumi.Input<string>;
  /** A text. */
  emoji?: pulumi.Input<string>;
  /** A list. */
  fields?: pulumi.Input<pulumi.Input<AlertmanagerRocketchatAttachmentField>[]>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A text. */
  icon_url?: pulumi.Input<string>;
  /** A text. */
  image_url?: pulumi.Input<string>;
  /** True or false. */
  link_names?: pulumi.Input<boolean>;
  /** A text. */
  message_text?: pulumi.Input<string>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** True or false. */
  short_fields?: pulumi.Input<boolean>;
  /** A text. */
  text?: pulumi.Input<string>;
  /** A text. */
  thumb_url?: pulumi.Input<string>;
  /** A text. */
  title?: pulumi.Input<string>;
  /** A text. */
  title_link?: pulumi.Input<string>;
  /** A secret text. */
  token?: pulumi.Input<string>;
  /** A text. */
  token_file?: pulumi.Input<string>;
  /** A secret text. */
  token_id?: pulumi.Input<string>;
  /** A text. */
  token_id_file?: pulumi.Input<string>;
}

/** `rocketchat.RocketchatAttachmentAction` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerRocketchatAttachmentAction {
  /** A text. */
  imageurl?: pulumi.Input<string>;
  /** True or false. */
  iswebview?: pulumi.Input<boolean>;
  /** A text. */
  msg?: pulumi.Input<string>;
  /** True or false. */
  msginchatwindow?: pulumi.Input<boolean>;
  /** A text. */
  msgprocessingtype?: pulumi.Input<string>;
  /** A text. */
  text?: pulumi.Input<string>;
  /** A text. */
  type?: pulumi.Input<string>;
  /** A text. */
  url?: pulumi.Input<string>;
  /** A text. */
  webviewheightratio?: pulumi.Input<string>;
}

/** `rocketchat.RocketchatAttachmentField` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerRocketchatAttachmentField {
  /** True or false. */
  short?: pulumi.Input<boolean>;
  /** A text. */
  title?: pulumi.Input<string>;
  /** A text. */
  value?: pulumi.Input<string>;
}

/** `slack.SlackConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerSlackConfig {
  /** A list. */
  actions?: pulumi.Input<pulumi.Input<AlertmanagerSlackAction>[]>;
  /** A secret URL with http or https. */
  api_url?: pulumi.Input<string>;
  /** A text. */
  api_url_file?: pulumi.Input<string>;
  /** A secret text. */
  app_token?: pulumi.Input<string>;
  /** A text. */
  app_token_file?: pulumi.Input<string>;
  /** A URL with http or https. */
  app_url?: pulumi.Input<string>;
  /** A text. */
  callback_id?: pulumi.Input<string>;
  /** A text. */
  channel?: pulumi.Input<string>;
  /** A text. */
  color?: pulumi.Input<string>;
  /** A text. */
  fallback?: pulumi.Input<string>;
  /** A list. */
  fields?: pulumi.Input<pulumi.Input<AlertmanagerSlackField>[]>;
  /** A text. */
  footer?: pulumi.Input<string>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A text. */
  icon_emoji?: pulumi.Input<string>;
  /** A text. */
  icon_url?: pulumi.Input<string>;
  /** A text. */
  image_url?: pulumi.Input<string>;
  /** True or false. */
  link_names?: pulumi.Input<boolean>;
  /** A text. */
  message_text?: pulumi.Input<string>;
  /** A list. */
  mrkdwn_in?: pulumi.Input<pulumi.Input<string>[]>;
  /** True or false. */
  post_updates_to_thread?: pulumi.Input<boolean>;
  /** A text. */
  pretext?: pulumi.Input<string>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** True or false. */
  short_fields?: pulumi.Input<boolean>;
  /** A text. */
  text?: pulumi.Input<string>;
  /** A text. */
  thumb_url?: pulumi.Input<string>;
  /** A duration of Go, e.g. `1m30s`. */
  timeout?: pulumi.Input<string>;
  /** A text. */
  title?: pulumi.Input<string>;
  /** A text. */
  title_link?: pulumi.Input<string>;
  /** True or false. */
  update_message?: pulumi.Input<boolean>;
  /** A text. */
  username?: pulumi.Input<string>;
}

/** `slack.SlackAction` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerSlackAction {
  /** A section. */
  confirm?: pulumi.Input<AlertmanagerSlackConfirmationField>;
  /** A text. */
  name?: pulumi.Input<string>;
  /** A text. */
  style?: pulumi.Input<string>;
  /** A text. */
  text?: pulumi.Input<string>;
  /** A text. */
  type?: pulumi.Input<string>;
  /** A text. */
  url?: pulumi.Input<string>;
  /** A text. */
  value?: pulumi.Input<string>;
}

/** `slack.SlackConfirmationField` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerSlackConfirmationField {
  /** A text. */
  dismiss_text?: pulumi.Input<string>;
  /** A text. */
  ok_text?: pulumi.Input<string>;
  /** A text. */
  text?: pulumi.Input<string>;
  /** A text. */
  title?: pulumi.Input<string>;
}

/** `slack.SlackField` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerSlackField {
  /** True or false. */
  short?: pulumi.Input<boolean>;
  /** A text. */
  title?: pulumi.Input<string>;
  /** A text. */
  value?: pulumi.Input<string>;
}

/** `sns.SNSConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerSNSConfig {
  /** A text. */
  api_url?: pulumi.Input<string>;
  /** Values by name. */
  attributes?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A text. */
  message?: pulumi.Input<string>;
  /** A text. */
  phone_number?: pulumi.Input<string>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A section. */
  sigv4?: pulumi.Input<AlertmanagerSigV4Config>;
  /** A text. */
  subject?: pulumi.Input<string>;
  /** A text. */
  target_arn?: pulumi.Input<string>;
  /** A text. */
  topic_arn?: pulumi.Input<string>;
  /** True or false. */
  use_aws_http_client?: pulumi.Input<boolean>;
}

/** `sigv4.SigV4Config` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerSigV4Config {
  /** A text. */
  access_key?: pulumi.Input<string>;
  /** A text. */
  external_id?: pulumi.Input<string>;
  /** A text. */
  profile?: pulumi.Input<string>;
  /** A text. */
  region?: pulumi.Input<string>;
  /** A text. */
  role_arn?: pulumi.Input<string>;
  /** A secret text. */
  secret_key?: pulumi.Input<string>;
  /** A text. */
  service_name?: pulumi.Input<string>;
  /** A text. */
  session_name?: pulumi.Input<string>;
  /** Values by name. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** True or false. */
  use_fips_sts_endpoint?: pulumi.Input<boolean>;
}

/** `telegram.TelegramConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerTelegramConfig {
  /** A URL with http or https. */
  api_url?: pulumi.Input<string>;
  /** A secret text. */
  bot_token?: pulumi.Input<string>;
  /** A text. */
  bot_token_file?: pulumi.Input<string>;
  /** A whole number. */
  chat_id?: pulumi.Input<number>;
  /** A text. */
  chat_id_file?: pulumi.Input<string>;
  /** True or false. */
  disable_notifications?: pulumi.Input<boolean>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A text. */
  message?: pulumi.Input<string>;
  /** A whole number. */
  message_thread_id?: pulumi.Input<number>;
  /** A text. */
  parse_mode?: pulumi.Input<string>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A duration of Go, e.g. `1m30s`. */
  timeout?: pulumi.Input<string>;
}

/** `victorops.VictorOpsConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerVictorOpsConfig {
  /** A secret text. */
  api_key?: pulumi.Input<string>;
  /** A text. */
  api_key_file?: pulumi.Input<string>;
  /** A URL with http or https. */
  api_url?: pulumi.Input<string>;
  /** Values by name. */
  custom_fields?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** A text. */
  entity_display_name?: pulumi.Input<string>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A text. */
  message_type?: pulumi.Input<string>;
  /** A text. */
  monitoring_tool?: pulumi.Input<string>;
  /** A text. */
  routing_key?: pulumi.Input<string>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A text. */
  state_message?: pulumi.Input<string>;
}

/** `webex.WebexConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerWebexConfig {
  /** A URL with http or https. */
  api_url?: pulumi.Input<string>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A text. */
  message?: pulumi.Input<string>;
  /** A text. */
  room_id?: pulumi.Input<string>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
}

/** `webhook.WebhookConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerWebhookConfig {
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A whole number from 0 on. */
  max_alerts?: pulumi.Input<number>;
  /** Any value. */
  payload?: pulumi.Input<any>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A duration of Go, e.g. `1m30s`. */
  timeout?: pulumi.Input<string>;
  /** A secret URL with http or https, or a template of one. */
  url?: pulumi.Input<string>;
  /** A text. */
  url_file?: pulumi.Input<string>;
}

/** `wechat.WechatConfig` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerWechatConfig {
  /** A text. */
  agent_id?: pulumi.Input<string>;
  /** A secret text. */
  api_secret?: pulumi.Input<string>;
  /** A text. */
  api_secret_file?: pulumi.Input<string>;
  /** A URL with http or https. */
  api_url?: pulumi.Input<string>;
  /** A text. */
  corp_id?: pulumi.Input<string>;
  /** A section. */
  http_config?: pulumi.Input<AlertmanagerHTTPClientConfig>;
  /** A text. */
  message?: pulumi.Input<string>;
  /** A text. */
  message_type?: pulumi.Input<string>;
  /** True or false. */
  send_resolved?: pulumi.Input<boolean>;
  /** A text. */
  to_party?: pulumi.Input<string>;
  /** A text. */
  to_tag?: pulumi.Input<string>;
  /** A text. */
  to_user?: pulumi.Input<string>;
}

/** `config.TimeInterval` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerTimeInterval {
  /** A text. */
  name: pulumi.Input<string>;
  /** A list. */
  time_intervals: pulumi.Input<pulumi.Input<AlertmanagerTimeIntervalEntry>[]>;
}

/** `timeinterval.TimeInterval` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerTimeIntervalEntry {
  /** A list. */
  days_of_month?: pulumi.Input<any[]>;
  /** A text. */
  location?: pulumi.Input<string>;
  /** A list. */
  months?: pulumi.Input<any[]>;
  /** A list. */
  times?: pulumi.Input<pulumi.Input<AlertmanagerTimeRange>[]>;
  /** A list. */
  weekdays?: pulumi.Input<pulumi.Input<string>[]>;
  /** A list. */
  years?: pulumi.Input<any[]>;
}

/** `timeinterval.yamlTimeRange` of alertmanager 0.35.0, in its own field names. */
export interface AlertmanagerTimeRange {
  /** A text. */
  end_time?: pulumi.Input<string>;
  /** A text. */
  start_time?: pulumi.Input<string>;
}
