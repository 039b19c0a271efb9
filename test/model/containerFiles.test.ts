import { describe, expect, it } from "vitest";
import { containerFileProblems } from "../../model/containerFiles";
import { placeholder } from "../../model/known";
import { sentences } from "../../model/problem";

const templates = ["mine.tmpl", "mail-2.tmpl"];
const checkFile = (file: string, isOwnImage = false) =>
  sentences(
    containerFileProblems(
      { receivers: [{ name: "a", webhook_configs: [{ http_config: { tls_config: { ca_file: file } } }] }] },
      "configYaml",
      { templates: [], isOwnImage },
    ),
  );
const checkTemplates = (globs: unknown, isOwnImage = false, names = templates) =>
  sentences(containerFileProblems({ templates: globs }, "config", { templates: names, isOwnImage }));

describe("paths of files in the container of Alertmanager", () => {
  it.each([
    "/run/secrets/slack",
    "keys/slack.url",
    "./x",
    "/etc/alertmanager/keys/x",
    "/etc/ssl/corp/ca.pem",
    "/home/a/x",
  ])("are refused where nothing is: %s", (file) => {
    expect(checkFile(file)).toEqual([
      "configYaml.receivers[0].webhook_configs[0].http_config.tls_config.ca_file: the container of Alertmanager has no such file:" +
        ' it has its image and the secret files; give the content in secretFiles, and write "/etc/alertmanager/secrets/NAME" here',
    ]);
  });

  it.each([
    ...[
      "/etc/ssl/certs/ca-certificates.crt",
      "/usr/share/ca-certificates/x.crt",
      "/alertmanager/x",
      "/proc/self/x",
    ],
    ...["", placeholder, "/etc/alertmanager/secrets/x", "secrets/x", "/etc/alertmanager/alertmanager.yml"],
  ])("are taken where something may be: %s", (file) => {
    expect(checkFile(file)).toEqual([]);
  });

  it("may lead anywhere in an image of the user's own, but not beside what is mounted", () => {
    expect(checkFile("/etc/corp/ca.pem", true)).toEqual([]);
    expect(checkFile("keys/x", true)).toHaveLength(1);
  });

  it("are those of HTTP headers, too, and no text of the author's", () => {
    const config = {
      receivers: [
        {
          pagerduty_configs: [{ details: { log_file: "/run/x" } }],
          webhook_configs: [
            { http_config: { http_headers: { "X-Key": { files: ["/run/x"], values: ["/run/y"] } } } },
          ],
        },
      ],
    };
    const problems = containerFileProblems(config, "config", { templates: [], isOwnImage: false });
    expect(sentences(problems).map((line) => line.split(":")[0])).toEqual([
      "config.receivers[0].webhook_configs[0].http_config.http_headers.X-Key.files[0]",
    ]);
  });
});

describe("templates of Alertmanager", () => {
  it.each([
    [["/etc/alertmanager/templates/*.tmpl"]],
    [["templates/*"]],
    [["templates/m*.tmpl"]],
    [["templates/mine.tmpl", "templates/mail-[0-9].tmp?"]],
    [["/usr/share/alertmanager/*.tmpl", "templates/*.tmpl"]],
    [undefined],
    [null],
    [[placeholder]],
  ])("are read by %j", (globs) => {
    expect(checkTemplates(globs)).toEqual([]);
  });

  it.each([
    ["/etc/alertmanager/template/*.tmpl"],
    ["*.tmpl"],
    ["templates/*.tpl"],
    ["/srv/templates/*.tmpl"],
    ["/etc/alertmanager/*"],
  ])("are not read by %s", (glob) => {
    expect(checkTemplates([glob])).toEqual([
      expect.stringMatching(
        /^config\.templates\[0\]: no template in the container of Alertmanager matches ".*"; those in alerting\.templates are read with "\/etc\/alertmanager\/templates\/\*\.tmpl"$/,
      ),
    ]);
    expect(checkTemplates([glob], false, [])).toEqual([expect.stringContaining("or leave it out")]);
  });

  it("may be in an image of the user's own, but those that are given must be read", () => {
    expect(checkTemplates(["/srv/templates/*.tmpl"], true, [])).toEqual([]);
    expect(checkTemplates(["/srv/templates/*.tmpl", "templates/mine.tmpl"], true)).toEqual([
      'templates["mail-2.tmpl"]: config.templates does not read it; write "/etc/alertmanager/templates/*.tmpl" there, or leave the template out',
    ]);
    expect(checkTemplates([])).toHaveLength(2);
  });
});
