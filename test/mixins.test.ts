import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { alertingRules, inhibitionRules, type AlertRulesArgs } from "../mixins";
import { alertDefaults, alertNames } from "../mixins/defaults";
import { alerting } from "../model/alertmanager";
import { problemsOf } from "../model/fields";
import { ruleGroups } from "../model/prometheusConfig";
import { sentences } from "../model/problem";
import { expressionProblems } from "../model/ruleExpressions";
import { ruleTemplateProblems } from "../model/ruleTemplates";
import { alertCases } from "./mixins";
import { anchors, localLinks, tables } from "./support/markdown";

const runbooks = join(__dirname, "../docs/runbooks");
const read = (name: string) => readFileSync(join(runbooks, name), "utf8");
const groups = alertingRules();
const rules = groups.flatMap((group) => group.rules);
const rule = (name: string, args?: AlertRulesArgs) =>
  alertingRules(args)
    .flatMap((group) => group.rules)
    .find(({ alert }) => alert === name);
const mistake = (args: unknown) => {
  try {
    alertingRules(args as AlertRulesArgs);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

describe("the alert rules", () => {
  it("are all there, each once, in groups of different names", () => {
    expect(rules.map(({ alert }) => alert).sort()).toEqual([...alertNames].sort());
    expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length);
  });

  it("have a severity, a summary, a description that names a host or a job, and the address of a page", () => {
    for (const { alert, labels, annotations } of rules) {
      expect(["critical", "warning"], alert).toContain(labels?.severity);
      expect(annotations?.summary, alert).toMatch(/^.{10,100}$/);
      expect(annotations?.description, alert).toMatch(/\$labels\.(instance|job)/);
      expect(annotations?.description, alert).toMatch(/\.$/);
      expect(annotations?.runbook_url, alert).toBe(`docs/runbooks/${alert}.md`);
    }
  });

  it("say the value where they compare with a number", () => {
    for (const { alert, annotations } of rules)
      if ("threshold" in alertDefaults[alert as keyof typeof alertDefaults])
        expect(Object.values(annotations ?? {}).join(" "), alert).toMatch(/\$value|hours/);
  });

  it("pass the checks that rules of users pass", () => {
    expect(sentences(problemsOf(ruleGroups, groups))).toEqual([]);
    expect(sentences(expressionProblems({ ruleGroups: groups }))).toEqual([]);
    const features = { knownTemplates: true, knownPromql: true };
    expect(sentences(ruleTemplateProblems({ ruleGroups: groups }, features))).toEqual([]);
  });

  it("have cases for promtool, every one", () => {
    expect(Object.keys(alertCases).sort()).toEqual([...alertNames].sort());
  });

  it("read the jobs of the stack, or those that are given", () => {
    expect(rule("GatewayDown")?.expr).toBe('up{job="haproxy"} == 0');
    expect(rule("GatewayDown", { jobs: { gateway: "edge" } })?.expr).toBe('up{job="edge"} == 0');
    expect(rule("HostDown", { jobs: { gateway: "edge" } })?.expr).toContain('up{job="node"} == 0');
  });
});

describe("a change by name", () => {
  it("leaves an alert out, and a group without alerts", () => {
    const left = alertingRules({ except: ["GatewayDown", "HostDown", "HostExporterDown"] });
    expect(left.map(({ name }) => name)).toEqual(
      groups.map(({ name }) => name).filter((name) => name !== "ha-monitoring-hosts"),
    );
    expect(left.flatMap((group) => group.rules)).toHaveLength(rules.length - 3);
  });

  it("changes threshold, duration and severity, and nothing else", () => {
    const change = { threshold: 0.1, for: "5m", severity: "page" };
    const changed = rule("HostFileSystemAlmostFull", { overrides: { HostFileSystemAlmostFull: change } });
    expect(changed?.expr).toContain("< 0.1 and");
    expect(changed).toMatchObject({ for: "5m", labels: { severity: "page" } });
    expect(changed?.annotations?.description).toContain("the limit is 10 %");
    const others = alertingRules({ overrides: { HostFileSystemAlmostFull: change } }).flatMap(
      (group) => group.rules,
    );
    const unchanged = (all: typeof rules) => all.filter(({ alert }) => alert !== "HostFileSystemAlmostFull");
    expect(unchanged(others)).toEqual(unchanged(rules));
  });

  it("gives the address of the pages, with or without a slash at its end", () => {
    for (const runbookBaseUrl of ["https://wiki.example.com/r", "https://wiki.example.com/r/"])
      expect(rule("HostDown", { runbookBaseUrl })?.annotations?.runbook_url).toBe(
        "https://wiki.example.com/r/HostDown.md",
      );
  });

  it.each<[string, unknown, string]>([
    [
      "a name that is nearly one",
      { except: ["HostDwon"] },
      'except[0]: "HostDwon" is not the name of an alert; did you mean HostDown?',
    ],
    [
      "another name",
      { except: ["Zebra"] },
      'except[0]: "Zebra" is not the name of an alert; docs/runbooks/index.md lists them',
    ],
    [
      "a name of changes",
      { overrides: { HostDwn: {} } },
      'overrides.HostDwn: "HostDwn" is not the name of an alert; did you mean HostDown?',
    ],
    [
      "a threshold of a state",
      { overrides: { HostDown: { threshold: 1 } } },
      "overrides.HostDown.threshold: HostDown is on a state",
    ],
    [
      "a threshold that is a text",
      { overrides: { HostMemoryLow: { threshold: "5" } } },
      "overrides.HostMemoryLow.threshold: ",
    ],
    [
      "no finite threshold",
      { overrides: { HostMemoryLow: { threshold: NaN } } },
      "overrides.HostMemoryLow.threshold: ",
    ],
    ["no duration", { overrides: { HostDown: { for: "soon" } } }, "overrides.HostDown.for: "],
    ["an unknown change", { overrides: { HostDown: { forr: "1m" } } }, "did you mean for?"],
    ["an unknown setting", { exept: [] }, "exept: there is no such setting; did you mean except?"],
    ["an unknown job", { jobs: { nodes: "a" } }, "jobs.nodes: there is no such setting; did you mean node?"],
    ["a job that ends the string", { jobs: { node: 'a"} or vector(1) #' } }, "jobs.node: "],
    ["a template in the address", { runbookBaseUrl: "https://{{ .Value }}" }, "runbookBaseUrl: "],
  ])("refuses %s", (_, args, says) => {
    expect(mistake(args)).toContain(says);
  });

  it("tells all mistakes at once", () => {
    const said = mistake({ except: ["HostDwon"], overrides: { HostDown: { for: "soon" } } });
    expect(said).toContain("except[0]");
    expect(said).toContain("overrides.HostDown.for");
  });
});

describe("the inhibitions", () => {
  it("are taken by the checks of Alertmanager's configuration", () => {
    const config = { route: { receiver: "a" }, receivers: [{ name: "a" }], inhibit_rules: inhibitionRules() };
    expect(sentences(problemsOf(alerting, { config }))).toEqual([]);
  });

  it("mute everything with the name of a host that is down", () => {
    expect(inhibitionRules()[0]).toEqual({
      source_matchers: ['alertname="HostDown"'],
      target_matchers: ['alertname!="HostDown"'],
      equal: ["instance"],
    });
  });

  it("name alerts that exist, and none that is left out as a cause", () => {
    const named = JSON.stringify(inhibitionRules()).matchAll(/alertname!?=\\"(\w+)/g);
    for (const [, name] of named) expect(alertNames).toContain(name);
    expect(JSON.stringify(inhibitionRules({ except: ["HostDown"] }))).not.toContain("HostDown");
  });
});

describe("the runbooks", () => {
  it("are a page for each alert, and no other", () => {
    expect(readdirSync(runbooks).sort()).toEqual(
      [...alertNames.map((name) => `${name}.md`), "index.md"].sort(),
    );
  });

  it.each(alertNames)("%s: says what it means, what to look at, what to do and what not to do", (name) => {
    const page = read(`${name}.md`);
    expect(page).toMatch(
      new RegExp(
        `^# ${name}\n\n[^#]+\n\n## What to look at\n\n- [^]+?\n## What to do\n\n- [^]+?\n## What not to do\n\n`,
      ),
    );
    const lookAt = /## What to look at\n([^]*?)\n## /.exec(page)?.[1];
    expect(lookAt).toMatch(/`[a-z][^`]+`/);
    for (const link of localLinks(page)) {
      const [path = "", anchor] = link.split("#");
      const target = normalize(join(dirname(join(runbooks, name)), path));
      expect(existsSync(target), link).toBe(true);
      if (anchor !== undefined) expect(anchors(readFileSync(target, "utf8"))).toContain(anchor);
    }
  });

  it("are listed with the defaults of the rules", () => {
    const [table] = tables(read("index.md"));
    expect(table?.head).toEqual(["alert", "severity", "for", "threshold", "summary"]);
    expect(table?.rows).toEqual(rules.map((each) => rowOf(each)));
  });
});

function rowOf({ alert = "", labels, annotations, for: duration }: (typeof rules)[number]): string[] {
  const { threshold } = alertDefaults[alert as keyof typeof alertDefaults] as { threshold?: number };
  const summary = annotations?.summary?.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, "`$1`") ?? "";
  return [
    `[${alert}](${alert}.md)`,
    labels?.severity ?? "",
    duration ?? "0s",
    String(threshold ?? ""),
    summary,
  ];
}
