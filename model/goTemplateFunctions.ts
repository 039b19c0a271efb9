import type { TemplateFunction } from "./goTemplateUse";

const anyNumber = Infinity;

/** A function of a fixed number of arguments. */
const of = (count: number, gives?: string): TemplateFunction => ({ least: count, most: count, gives });
const atLeast = (least: number, gives?: string): TemplateFunction => ({ least, most: anyNumber, gives });

/** Functions of every template (builtins in text/template/funcs.go of Go 1.26). */
const builtins: Record<string, TemplateFunction> = {
  and: atLeast(1),
  call: atLeast(1),
  html: atLeast(0),
  index: atLeast(1),
  js: atLeast(0),
  len: of(1),
  not: of(1),
  or: atLeast(1),
  print: atLeast(0),
  printf: atLeast(1),
  println: atLeast(0),
  slice: atLeast(1),
  urlquery: atLeast(0),
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
  externalURL: of(0),
  first: of(1, "sample"),
  graphLink: of(1),
  humanize: of(1),
  humanize1024: of(1),
  humanizeDuration: of(1),
  humanizePercentage: of(1),
  humanizeTimestamp: of(1),
  label: of(2),
  match: of(2),
  now: of(0),
  parseDuration: of(1),
  pathPrefix: of(0),
  query: of(1, "samples"),
  reReplaceAll: of(3),
  safeHtml: of(1),
  sortByLabel: of(2, "samples"),
  stripDomain: of(1),
  stripPort: of(1),
  strvalue: of(1),
  tableLink: of(1),
  title: of(1),
  toDuration: of(1),
  toLower: of(1),
  toTime: of(1),
  toUpper: of(1),
  urlQueryEscape: of(1),
  value: of(1),
};

/** Functions in Alertmanager's templates (DefaultFuncs in template/template.go of Alertmanager 0.35.0). */
export const alertmanagerFunctions: Record<string, TemplateFunction> = {
  ...builtins,
  addDuration: of(2),
  append: atLeast(1),
  base64decode: of(1),
  base64encode: of(1),
  date: of(2),
  dict: atLeast(0),
  humanizeDuration: of(1),
  join: of(2),
  list: atLeast(0),
  match: of(2),
  mustToDate: of(2),
  now: of(0),
  reReplaceAll: of(3),
  routeLabels: of(1),
  safeHtml: of(1),
  safeUrl: of(1),
  since: of(1),
  stringSlice: atLeast(0),
  title: of(1),
  toDate: of(2),
  toJson: of(1),
  toLower: of(1),
  toUpper: of(1),
  trimSpace: of(1),
  tz: of(2),
  urlUnescape: of(1),
};

/** Alertmanager reads a webhook's URL with these alone before it starts (containsTemplating in config/config.go of 0.35.0). */
export const urlFunctions = builtins;
