import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { MonitoringStackArgs } from "../../components";
import { sentences } from "../../model/problem";
import { resolve } from "../../model/stack";
import { monitors, stackArgs, withFirst } from "../support/monitors";

const problemsOf = (args: unknown) =>
  sentences(resolve(args as MonitoringStackArgs, "project/stack/name").problems);
const holdsItself = {} as Record<string, unknown>;
holdsItself["route"] = { receiver: "a", routes: [holdsItself] };
const levels =
  "it holds itself, or has more than 100 levels of lists and sections; write it with fewer levels";
const later =
  "an Output or a promise was given, but the stack needs the value before anything is deployed; give the value itself";
const unwritten = "which no configuration can hold; write a text, a number, a flag, a list or a section";
const emptyText = "the entry is empty; write a text, in quotes if it looks like a number or a flag";
const duration = "is not a duration; write for example 15s, 1m30s or 15d, largest unit first and more than 0";

// Each threw an exception, or was accepted, before the test of random shapes found it.
describe("a shape that was found by random shapes", () => {
  it.each<[string, () => unknown, string]>([
    ["no arguments", () => undefined, "monitors: this is needed, and was not given"],
    [
      "arguments that are empty",
      () => ({ monitors: null, alerting: {} }),
      "monitors: this is needed, and was not given",
    ],
    ["arguments that are known later", () => pulumi.output(stackArgs()), later],
    [
      "a configuration that holds itself",
      () => stackArgs(2, { alerting: { config: holdsItself as never } }),
      `alerting.config: ${levels}`,
    ],
    [
      "groups of rules that hold themselves",
      () => stackArgs(2, { ruleGroups: [holdsItself] as never }),
      `ruleGroups: ${levels}`,
    ],
    [
      "targets that are known later",
      () => stackArgs(2, { targets: pulumi.output([]) as never }),
      `targets: ${later}`,
    ],
    [
      "a monitor that is known later",
      () => stackArgs(2, { monitors: [monitors(1)[0], Promise.resolve()] as never }),
      `monitors[1]: ${later}`,
    ],
    [
      "a connection that is known later",
      () => withFirst({ connection: pulumi.output({}) as never }),
      `monitors[0].connection: ${later}`,
    ],
    [
      "rules of a firewall that are known later",
      () => withFirst({ inboundRules: pulumi.output([]) as never }),
      `monitors[0].inboundRules: ${later}`,
    ],
    [
      "a label that is known later",
      () => withFirst({ labels: { team: pulumi.output("a") as never } }),
      `monitors[0].labels.team: ${later}`,
    ],
    [
      "a checksum that is known later",
      () => stackArgs(2, { prometheus: { software: { sha256: pulumi.output("a") as never } } }),
      `prometheus.software.sha256: ${later}`,
    ],
    [
      "a list with holes",
      () => withFirst({ exporters: new Array(1) as never }),
      "monitors[0].exporters[0]: the entry is empty; write a section of settings by name",
    ],
    [
      "a label without a value",
      () => withFirst({ labels: { team: null as never } }),
      `monitors[0].labels.team: ${emptyText}`,
    ],
    [
      "a Map in the place of a section",
      () => withFirst({ droplet: new Map() as never }),
      "monitors[0].droplet: JavaScript's Map was given; write a section of settings by name",
    ],
    [
      "a Date in a configuration, of which nothing would arrive",
      () => stackArgs(2, { scraping: { config: { global: { a: new Date(0) } } } }),
      `scraping.config.global.a: JavaScript's Date was given, ${unwritten}`,
    ],
    [
      "a function as the name of a receiver",
      () =>
        stackArgs(2, {
          alerting: { config: { route: { receiver: (() => "a") as never }, receivers: [{ name: "a" }] } },
        }),
      `alerting.config.route.receiver: a function was given, ${unwritten}`,
    ],
    [
      "a section as a duration",
      () =>
        stackArgs(2, { ruleGroups: [{ name: "g", rules: [{ alert: "A", expr: "up", for: {} as never }] }] }),
      `ruleGroups[0].rules[0].for: a section ${duration}`,
    ],
  ])("is refused: %s", (_, make, problem) => {
    const problems = problemsOf(make());
    expect(problems[0]?.slice(0, problem.length)).toBe(problem);
  });

  it.each<[string, Record<string, unknown>]>([
    ["groups", { prometheus: null, scraping: null, network: null, software: null, targets: null }],
    [
      "groups in groups",
      { alertmanager: { image: null, software: null }, scraping: { nodeExporter: { software: null } } },
    ],
    ["labels known later", { scraping: { externalLabels: { site: pulumi.output("a") } } }],
  ])("is taken: %s", (_, changes) => {
    expect(problemsOf({ ...stackArgs(2), ...changes })).toEqual([]);
  });

  it("has the defaults where a key of a host has no value", () => {
    const empty = {
      exporters: null,
      labels: null,
      nodeExporter: { software: null, flags: null },
      droplet: null,
      region: null,
    };
    const { model, problems } = resolve(withFirst(empty as never), "project/stack/name");
    expect(problems).toEqual([]);
    expect(model?.monitors[0]?.origin.kind).toBe("existing");
    expect(model?.monitors[0]?.target).toEqual({
      ...model?.monitors[1]?.target,
      ...{ overlayAddress: model?.monitors[0]?.overlayAddress },
    });
  });
});
