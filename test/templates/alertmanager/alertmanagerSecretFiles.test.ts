import { describe, expect, it } from "vitest";
import {
  secretContentProblems,
  secretFilePath,
  secretFileProblems,
  withSecretFilePaths,
} from "../../../templates/alertmanager/alertmanagerSecretFiles";
import type { AlertmanagerYml } from "../../../templates/alertmanager/alertmanagerYml";
import { sentences, type Problem } from "../../../model/problem";

const sentencesOf =
  <A extends unknown[]>(check: (...args: A) => Problem[]) =>
  (...args: A) =>
    sentences(check(...args));

const inContainer = "/etc/alertmanager/secrets";
const webhook = (settings: object): AlertmanagerYml => ({
  route: { receiver: "chat" },
  receivers: [{ name: "chat", webhook_configs: [settings] }],
});
const credentials = (file: string) =>
  webhook({
    url: "https://chat.example.com/",
    http_config: { authorization: { credentials_file: file } },
  });
const place = "receivers[0].webhook_configs[0]";

describe("the paths of secret files", () => {
  it("take the place of names at every depth and in every section that can have them", () => {
    const config = {
      global: { smtp_auth_password_file: "mail", http_config: { oauth2: { client_secret_file: "oauth" } } },
      receivers: [
        { name: "chat", slack_configs: [{ api_url_file: "chat" }, { api_url_file: "mail" }] },
        {
          name: "tls",
          webhook_configs: [{ url: "x", http_config: { tls_config: { key_file: "tls.key" } } }],
        },
      ],
      tracing: { tls_config: { ca_file: "ca" } },
      event_recorder: { webhook_outputs: [{ http_config: { basic_auth: { password_file: "mail" } } }] },
    };
    const names = ["mail", "oauth", "chat", "tls.key", "ca"];
    const path = (name: string) => `${inContainer}/${name}`;
    expect(withSecretFilePaths(config, names)).toEqual({
      global: {
        smtp_auth_password_file: path("mail"),
        http_config: { oauth2: { client_secret_file: path("oauth") } },
      },
      receivers: [
        { name: "chat", slack_configs: [{ api_url_file: path("chat") }, { api_url_file: path("mail") }] },
        {
          name: "tls",
          webhook_configs: [{ url: "x", http_config: { tls_config: { key_file: path("tls.key") } } }],
        },
      ],
      tracing: { tls_config: { ca_file: path("ca") } },
      event_recorder: {
        webhook_outputs: [{ http_config: { basic_auth: { password_file: path("mail") } } }],
      },
    });
    expect(sentencesOf(secretFileProblems)(config, names, "config")).toEqual([]);
  });

  it("leave everything else as it is: other paths, labels, times, templates, and mappings of free keys", () => {
    const config: AlertmanagerYml = {
      route: { receiver: "a", match: { log_file: "chat" }, routes: [{ match_re: { log_file: "chat" } }] },
      inhibit_rules: [{ source_match: { log_file: "chat" } }],
      templates: ["chat"],
      receivers: [
        {
          name: "chat",
          pagerduty_configs: [
            { routing_key_file: "/run/secrets/chat", details: { log_file: "chat" }, description: "chat" },
          ],
          email_configs: [{ headers: { log_file: "chat" }, auth_secret_file: "" }],
        },
      ],
    };
    expect(withSecretFilePaths(config, ["chat"])).toEqual(config);
    expect(sentencesOf(secretFileProblems)(config, [], "config")).toEqual([]);
  });

  it("are below the directory that the container sees", () => {
    expect(secretFilePath("pager")).toBe(`${inContainer}/pager`);
  });
});

describe("what is told about secret files", () => {
  it("is nothing when each is named, by name or by path", () => {
    expect(sentencesOf(secretFileProblems)(credentials("chat"), ["chat"], "config")).toEqual([]);
    expect(sentencesOf(secretFileProblems)(credentials(`${inContainer}/chat`), ["chat"], "config")).toEqual(
      [],
    );
    expect(
      sentencesOf(secretFileProblems)(credentials(`${inContainer}/chat`), ["chat"], "configYaml"),
    ).toEqual([]);
    // Upstream takes such a path relative to the configuration.
    expect(sentencesOf(secretFileProblems)(credentials("secrets/chat"), ["chat"], "configYaml")).toEqual([]);
    // A setting whose own name does not end in _file.
    const header = {
      url: "x",
      http_config: { http_headers: { "X-Key": { files: [`${inContainer}/chat`] } } },
    };
    expect(sentencesOf(secretFileProblems)(webhook(header), ["chat"], "config")).toEqual([]);
  });

  it.each([
    ["a name that no secret file has", "caht", ["chat"], ['there are "chat"', "read"]],
    ["a name where there are no secret files", "chat", [], ["there are none"]],
    ["the secret itself", "hunter2", ["chat"], ['there are "chat"', "read"]],
  ])("is %s, without showing the value", (_, value, names, [list, alsoUnread]) => {
    const problems = sentencesOf(secretFileProblems)(credentials(value), names, "config");
    expect(problems).toEqual([
      `config.${place}.http_config.authorization.credentials_file: there is no secret file of this name; ${list}; paths of other files must be absolute`,
      ...(alsoUnread
        ? [
            'secretFiles.chat: nothing reads it; name it in a setting that ends in _file, e.g. "url_file: chat", or leave it out',
          ]
        : []),
    ]);
    expect(problems.join("\n")).not.toContain("hunter2");
  });

  it("is the name that is missing when a path leads to the secret files", () => {
    expect(sentencesOf(secretFileProblems)(credentials(`${inContainer}/caht`), [], "configYaml")).toEqual([
      `configYaml.${place}.http_config.authorization.credentials_file: there is no secret file "caht"; there are none; add it to secretFiles`,
    ]);
  });

  it("is, for a text that stays as it is, the path that it must have", () => {
    expect(sentencesOf(secretFileProblems)(credentials("chat"), ["chat"], "configYaml")).toEqual([
      `configYaml.${place}.http_config.authorization.credentials_file: a name without its path leads nowhere; write the path of a secret file as the container sees it, "${inContainer}/chat"`,
    ]);
    expect(sentencesOf(secretFileProblems)(credentials("hunter2"), [], "configYaml")).toEqual([
      `configYaml.${place}.http_config.authorization.credentials_file: a name without its path leads nowhere; write the path of a secret file as the container sees it, "${inContainer}/NAME"`,
    ]);
    expect(sentencesOf(secretFileProblems)(webhook({ url: "x" }), ["chat"], "configYaml")).toEqual([
      `secretFiles.chat: nothing reads it; write its path, "${inContainer}/chat", in a setting that ends in _file, or leave it out`,
    ]);
  });

  it.each([".hidden", "a/b", "../x", "a b", "", "..", "é"])("is a name that is none: %j", (name) => {
    expect(sentencesOf(secretFileProblems)(webhook({ url: "x" }), [name], "config")).toEqual([
      `secretFiles: "${name}" is not a plain file name; use up to 200 letters, digits, ., _ and -, and no dot in front`,
    ]);
  });

  it("is a content that is none, and never the content", () => {
    expect(
      sentencesOf(secretContentProblems)({ good: "hunter2", empty: "", blank: " \n", number: 4711 }),
    ).toEqual([
      "secretFiles.empty: it is empty",
      "secretFiles.blank: it is empty",
      "secretFiles.number: its content must be a text",
    ]);
  });
});
