import { regexSentence } from "./regexes";
import type { TemplateFunction } from "./goTemplateUse";

/** A function of a fixed number of arguments. */
const of = (count: number, gives?: string): TemplateFunction => ({ least: count, most: count, gives });
const atLeast = (least: number, gives?: string): TemplateFunction => ({ least, most: Infinity, gives });
/** A function of texts. */
const ofTexts = (count: number, gives?: string): TemplateFunction => ({
  ...of(count, gives),
  takes: ["text"],
});
/** A function whose first text is a regular expression. */
const ofRegex = (count: number, gives?: string): TemplateFunction => ({
  ...ofTexts(count, gives),
  literal: (text) => regexSentence(text),
});

/** Functions of every template (builtins in text/template/funcs.go of Go 1.26). */
const builtins: Record<string, TemplateFunction> = {
  and: atLeast(1),
  call: atLeast(1),
  html: atLeast(0, "text"),
  index: atLeast(1),
  js: atLeast(0, "text"),
  len: of(1),
  not: of(1),
  or: atLeast(1),
  print: atLeast(0, "text"),
  printf: atLeast(1, "text"),
  println: atLeast(0, "text"),
  slice: atLeast(1),
  urlquery: atLeast(0, "text"),
  // With one argument it has nothing to compare.
  eq: atLeast(2),
  ge: of(2),
  gt: of(2),
  le: of(2),
  lt: of(2),
  ne: of(2),
};

/** Functions in the templates of alerting rules (NewTemplateExpander in template/template.go of Prometheus 3.13.5). */
export const prometheusFunctions: Record<string, TemplateFunction> = {
  ...builtins,
  args: atLeast(0),
  externalURL: of(0, "text"),
  first: of(1, "sample"),
  graphLink: ofTexts(1, "text"),
  humanize: of(1, "text"),
  humanize1024: of(1, "text"),
  humanizeDuration: of(1, "text"),
  humanizePercentage: of(1, "text"),
  humanizeTimestamp: of(1),
  label: of(2, "text"),
  match: ofRegex(2),
  now: of(0),
  parseDuration: ofTexts(1),
  pathPrefix: of(0, "text"),
  query: ofTexts(1, "samples"),
  reReplaceAll: ofRegex(3, "text"),
  safeHtml: ofTexts(1),
  sortByLabel: of(2, "samples"),
  stripDomain: ofTexts(1, "text"),
  stripPort: ofTexts(1, "text"),
  strvalue: of(1, "text"),
  tableLink: ofTexts(1, "text"),
  title: ofTexts(1, "text"),
  toDuration: of(1),
  toLower: ofTexts(1, "text"),
  toTime: of(1),
  toUpper: ofTexts(1, "text"),
  urlQueryEscape: ofTexts(1, "text"),
  value: of(1),
};

/** Functions in Alertmanager's templates (DefaultFuncs in template/template.go of Alertmanager 0.35.0). */
export const alertmanagerFunctions: Record<string, TemplateFunction> = {
  ...builtins,
  addDuration: of(2),
  append: atLeast(1),
  base64decode: ofTexts(1, "text"),
  base64encode: ofTexts(1, "text"),
  date: of(2, "text"),
  dict: atLeast(0),
  humanizeDuration: of(1, "text"),
  join: { ...of(2, "text"), takes: ["text", "list"] },
  list: atLeast(0),
  match: ofRegex(2),
  mustToDate: ofTexts(2),
  now: of(0),
  reReplaceAll: ofRegex(3, "text"),
  routeLabels: ofTexts(1, "text"),
  safeHtml: ofTexts(1),
  safeUrl: ofTexts(1),
  since: of(1),
  stringSlice: { ...atLeast(0), takes: ["text"] },
  title: ofTexts(1, "text"),
  toDate: ofTexts(2),
  toJson: of(1, "text"),
  toLower: ofTexts(1, "text"),
  toUpper: ofTexts(1, "text"),
  trimSpace: ofTexts(1, "text"),
  tz: of(2),
  urlUnescape: ofTexts(1, "text"),
};

/** Alertmanager reads a webhook's URL with these alone before it starts (containsTemplating in config/config.go of 0.35.0). */
export const urlFunctions = builtins;
