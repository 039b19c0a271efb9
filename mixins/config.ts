import { durationProblem, jobName } from "../model/checks";
import { isZeroDuration } from "../model/durations";
import { withDefaults } from "../model/defaults";
import { leaf, problemsOf, section, type Field } from "../model/fields";
import { didYouMean, unknownSetting } from "../model/nearest";
import { problemAt, sentences, under, type Problem } from "../model/problem";
import { alertDefaults, alertNames, jobDefaults, runbookDefault } from "./defaults";
import type { AlertDefaults, AlertName } from "./defaults";

/** What is changed of one alert. */
export interface AlertOverride {
  /** The label `severity`, e.g. `critical`, `warning` or one of your own. */
  severity?: string;
  /** How long the expression must hold before the alert fires, e.g. `10m`; `0s`: it fires at once. */
  for?: string;
  /** The number that the expression compares with, in the unit of docs/alert-rules.md. Alerts on a state have none. */
  threshold?: number;
}

/** Names of the scrape jobs that the rules read. Default: those of a MonitoringStack. */
export interface AlertJobs {
  /** Job of node_exporter. Default `node`. */
  node?: string;
  /** Job of the Prometheus servers. Default `prometheus`. */
  prometheus?: string;
  /** Job of the Alertmanagers. Default `alertmanager`. */
  alertmanager?: string;
  /** Job of the gateways' HAProxy. Default `haproxy`. */
  gateway?: string;
}

/** What differs from the defaults of the alert rules. */
export interface AlertRulesArgs {
  /** Names of the scrape jobs. */
  jobs?: AlertJobs;
  /** Where the runbook pages are: `NAME.md` is appended with a slash. Default `docs/runbooks`, their folder in this project, which is no URL: give that of your copy. */
  runbookBaseUrl?: string;
  /** Names of alerts that are left out. */
  except?: AlertName[];
  /** Changes by the name of the alert. */
  overrides?: { [Name in AlertName]?: AlertOverride };
}

/** The settings of the rules with all defaults. */
export interface AlertSettings {
  jobs: Required<AlertJobs>;
  runbookBaseUrl: string;
  /** Settings of each alert that is not left out. */
  alerts: Partial<Record<AlertName, AlertDefaults>>;
}

const isAlertName = (name: string): name is AlertName => Object.hasOwn(alertDefaults, name);

function unknownAlert(name: string): string {
  return `"${name}" is not the name of an alert${didYouMean(name, alertNames) || "; docs/runbooks/index.md lists them"}`;
}

const override = section<AlertOverride>(
  {
    severity: leaf<string>("text", (value) =>
      value.trim() === "" ? "a severity is needed, e.g. warning; leave it out for the default" : undefined,
    ),
    for: leaf<string>("text", (value) => (isZeroDuration(value) ? undefined : durationProblem(value))),
    threshold: leaf<number>("number", (value) =>
      Number.isFinite(value) ? undefined : `${value} cannot be compared with; write a finite number`,
    ),
  },
  {},
);

const overrides: Field<NonNullable<AlertRulesArgs["overrides"]>> = {
  kind: "anything",
  problems: (given) => {
    if (Array.isArray(given) || typeof given !== "object")
      return problemAt([], 'write changes by the name of the alert, e.g. { HostDown: { for: "5m" } }');
    return Object.entries(given).flatMap(([name, change]) => under([name], overrideProblems(name, change)));
  },
};

function overrideProblems(name: string, change: AlertOverride | undefined): Problem[] {
  if (!isAlertName(name)) return problemAt([], unknownAlert(name));
  const hasThreshold = "threshold" in alertDefaults[name];
  return [
    ...problemsOf(override, change),
    ...Object.keys(change ?? {}).flatMap((key) =>
      problemAt(
        [key],
        Object.hasOwn(override.fields, key) ? undefined : unknownSetting(key, Object.keys(override.fields)),
      ),
    ),
    ...problemAt(
      ["threshold"],
      change?.threshold !== undefined && !hasThreshold
        ? `${name} is on a state and compares with no number; change for or severity, or name it in except`
        : undefined,
    ),
  ];
}

const args = section<AlertRulesArgs>(
  {
    jobs: section<AlertJobs>(
      { node: jobName, prometheus: jobName, alertmanager: jobName, gateway: jobName },
      {},
    ),
    runbookBaseUrl: leaf<string>("text", (value) =>
      /^[^\s{}]+$/.test(value)
        ? undefined
        : `${JSON.stringify(value)} is not the beginning of a URL; write for example https://git.example.com/monitoring/docs/runbooks`,
    ),
    except: {
      kind: "list",
      item: leaf<string>("text", () => undefined),
      problems: (names) =>
        names.flatMap((name, index) =>
          problemAt([index], isAlertName(name) ? undefined : unknownAlert(name)),
        ),
    },
    overrides,
  },
  {},
);

/**
 * The settings of the rules.
 *
 * @throws Error with every mistake: unknown names, values of a wrong form, thresholds of alerts that have none.
 */
export function alertSettings(given: AlertRulesArgs = {}): AlertSettings {
  const lines = sentences([...unknownSettings(given), ...problemsOf(args, given)]);
  if (lines.length > 0)
    throw new Error(
      `alert rules: ${lines.length === 1 ? lines[0] : lines.map((line) => `\n  - ${line}`).join("")}`,
    );
  const left = alertNames.filter((name) => !(given.except ?? []).includes(name));
  return {
    jobs: withDefaults(jobDefaults, given.jobs ?? {}),
    runbookBaseUrl: (given.runbookBaseUrl ?? runbookDefault).replace(/\/+$/, ""),
    alerts: Object.fromEntries(
      left.map((name) => [
        name,
        withDefaults<AlertDefaults, AlertOverride>(alertDefaults[name], given.overrides?.[name] ?? {}),
      ]),
    ),
  };
}

// Programs in JavaScript have no compiler that would find them.
function unknownSettings(given: AlertRulesArgs): Problem[] {
  const jobs = (args.fields.jobs as { fields: object }).fields;
  const of = (value: object | undefined, known: object) =>
    Object.keys(value ?? {}).flatMap((name) =>
      problemAt([name], Object.hasOwn(known, name) ? undefined : unknownSetting(name, Object.keys(known))),
    );
  return [...of(given, args.fields), ...under(["jobs"], of(given.jobs, jobs))];
}
