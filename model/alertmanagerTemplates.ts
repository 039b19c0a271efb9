import type { AlertmanagerYml } from "../templates/alertmanager/alertmanagerYml";
import { alertmanagerLayout } from "../templates/alertmanager/alertmanagerLayout";
import {
  ownTemplates,
  secretSettings,
  templatedGlobals,
  templatedSettings,
} from "./alertmanagerTemplateFields";
import { alertmanagerFunctions, urlFunctions } from "./goTemplateFunctions";
import { mistakeSentence } from "./goTemplateMistakes";
import { isEmpty, parseTemplate } from "./goTemplateParser";
import type { ParsedTemplates, Statement } from "./goTemplateTree";
import { alertmanagerTypes } from "./goTemplateTypes";
import { templateMisuses, type TemplateBody, type TemplateFunction } from "./goTemplateUse";
import { didYouMean } from "./nearest";
import { list, mapping } from "./mappings";
import { problemAt, type Path, type Problem } from "./problem";

/** A text that Alertmanager parses as a template, and where its author wrote it. */
interface TemplateText {
  path: Path;
  text: string;
  isSecret: boolean;
  /** Undefined when they are not known. */
  functions?: Record<string, TemplateFunction>;
}

/** What is checked. */
export interface NotificationTemplates {
  config: AlertmanagerYml;
  /** Where the configuration is given. */
  given: "config" | "configYaml";
  /** Template files by name. */
  files: Record<string, string>;
  /** Whether the functions, the templates and the data of this Alertmanager are those known here. */
  isKnownVersion: boolean;
}

/**
 * Checks the templates in settings of receivers and in labels of routes, and template files. Settings that Alertmanager does not execute
 * as templates are left alone, whatever they hold.
 */
export function notificationTemplateProblems(args: NotificationTemplates): Problem[] {
  const { config, given, files, isKnownVersion } = args;
  const functions = isKnownVersion ? alertmanagerFunctions : undefined;
  const ofFiles = Object.entries(files)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, text]) => readText({ path: ["templates", name], text, isSecret: false, functions }));
  const ofSettings = settingsOf(config)
    .filter(({ text }) => text.includes("{{"))
    .map(({ path, text, isSecret }) => {
      const isUrl = path.at(-1) === "url" && path.includes("webhook_configs");
      const known = isUrl ? urlFunctions : alertmanagerFunctions;
      return readText({
        path: [given, ...path],
        text,
        isSecret,
        functions: isKnownVersion ? known : undefined,
      });
    });
  const all = [...ofFiles, ...ofSettings];
  const unreadable = all.flatMap(({ problems }) => problems);
  const areFilesKnown =
    isKnownVersion && readsOnlyGivenFiles(config) && ofFiles.every(({ parsed }) => parsed);
  return [...unreadable, ...misuseProblems(ofFiles, ofSettings, areFilesKnown, isKnownVersion)];
}

interface ReadText {
  source: TemplateText;
  parsed?: ParsedTemplates;
  problems: Problem[];
}

function readText(source: TemplateText): ReadText {
  const { path, text, isSecret, functions } = source;
  const parsed = parseTemplate(text, {
    functions,
    otherFunctions: alertmanagerFunctions,
    unknownFunction: (name) =>
      functions === urlFunctions && Object.hasOwn(alertmanagerFunctions, name)
        ? " here: a webhook's URL has the functions of Go alone"
        : didYouMean(name, Object.keys(functions ?? {})),
  });
  if (parsed === undefined) return { source, problems: [] };
  return "says" in parsed
    ? { source, problems: problemAt(path, mistakeSentence(text, parsed, isSecret)) }
    : { source, parsed, problems: [] };
}

/** Other files may bring templates, too. */
function readsOnlyGivenFiles({ templates }: AlertmanagerYml): boolean {
  const given = `${alertmanagerLayout.inContainer.templatesDirectory}/*.tmpl`;
  return templates === undefined || (Array.isArray(templates) && templates.every((glob) => glob === given));
}

function misuseProblems(
  files: ReadText[],
  settings: ReadText[],
  areFilesKnown: boolean,
  isKnownVersion: boolean,
): Problem[] {
  const shared = new Map<string, TemplateBody<TemplateText>>();
  files.forEach((file) => define(file, shared, String(file.source.path.at(-1))));
  const overriding = [...shared].flatMap(([name, template]) =>
    Object.hasOwn(ownTemplates, name) ? [{ template, dot: ownTemplates[name] }] : [],
  );
  const misusesOf = (
    templates: ReadonlyMap<string, TemplateBody<TemplateText>>,
    start: { template: TemplateBody<TemplateText>; dot?: string }[],
  ) =>
    templateMisuses(
      start.map(({ template, dot }) => ({ template, dot })),
      {
        functions: isKnownVersion ? alertmanagerFunctions : {},
        types: isKnownVersion ? alertmanagerTypes : {},
        templates,
        isTemplate: (name) => !areFilesKnown || name === "" || Object.hasOwn(ownTemplates, name),
        names: [...Object.keys(ownTemplates), ...templates.keys()],
      },
    );
  const misuses = [
    ...misusesOf(shared, overriding),
    ...settings.flatMap((setting) => {
      if (setting.parsed === undefined) return [];
      // Definitions of a setting are its own.
      const templates = new Map(shared);
      define(setting, templates);
      return misusesOf(templates, [
        { template: bodyOf(setting.source, setting.parsed, setting.parsed.own), dot: "notification" },
      ]);
    }),
  ];
  return misuses.flatMap(({ source, ...mistake }) =>
    problemAt(source.path, mistakeSentence(source.text, mistake, source.isSecret)),
  );
}

/** Adds what a text defines: the later definition counts, unless it is empty. */
function define(
  { source, parsed }: ReadText,
  templates: Map<string, TemplateBody<TemplateText>>,
  fileName?: string,
): void {
  if (parsed === undefined) return;
  const own: [string, Statement[]][] = fileName === undefined ? [] : [[fileName, parsed.own]];
  for (const [name, statements] of [...parsed.defined, ...own]) {
    if (templates.has(name) && isEmpty(statements)) continue;
    templates.set(name, bodyOf(source, parsed, statements));
  }
}

function bodyOf(
  source: TemplateText,
  { assigned }: ParsedTemplates,
  body: Statement[],
): TemplateBody<TemplateText> {
  return { source, body, assigned };
}

interface Setting {
  path: Path;
  text: string;
  isSecret: boolean;
}

function settingsOf(config: AlertmanagerYml): Setting[] {
  const receivers = list(config.receivers).flatMap((receiver, index) =>
    Object.entries(templatedSettings).flatMap(([kind, settings]) =>
      list(mapping(receiver)[kind]).flatMap((entry, number) =>
        settings.flatMap((setting) =>
          textsAt(entry, setting.split(".")).map(({ path, text }) => ({
            path: ["receivers", index, kind, number, ...path],
            text,
            isSecret: secretSettings.has(`${kind}.${setting}`),
          })),
        ),
      ),
    ),
  );
  const globals = templatedGlobals.flatMap((setting) =>
    textsAt(config.global, [setting]).map(({ path, text }) => ({
      path: ["global", ...path],
      text,
      isSecret: secretSettings.has(`global.${setting}`),
    })),
  );
  return [...receivers, ...globals, ...routeLabels(config.route, ["route"])];
}

function routeLabels(route: unknown, path: Path): Setting[] {
  const { labels, routes } = mapping(route);
  return [
    ...textsAt(labels, ["*"]).map((label) => ({
      path: [...path, "labels", ...label.path],
      text: label.text,
      isSecret: false,
    })),
    ...list(routes).flatMap((child, index) => routeLabels(child, [...path, "routes", index])),
  ];
}

/** Texts of a value by a path with stars. */
function textsAt(value: unknown, [step, ...rest]: string[], path: Path = []): { path: Path; text: string }[] {
  if (step === undefined || step === "**") {
    const own = typeof value === "string" ? [{ path, text: value }] : [];
    return step === undefined ? own : [...own, ...insideOf(value, path)];
  }
  const entries = step === "*" ? entriesOf(value) : entriesOf(value).filter(([name]) => name === step);
  return entries.flatMap(([name, each]) => textsAt(each, rest, [...path, name]));
}

/** Names in maps are templates, too. */
function insideOf(value: unknown, path: Path): { path: Path; text: string }[] {
  return entriesOf(value).flatMap(([name, each]) => [
    ...(typeof name === "string" ? [{ path: [...path, name], text: name }] : []),
    ...textsAt(each, ["**"], [...path, name]),
  ]);
}

function entriesOf(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return value.map((each, index) => [index, each]);
  return Object.entries(mapping(value));
}
