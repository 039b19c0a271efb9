import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { MonitoringStackArgs } from "../../components";
import { formatPath, sentences } from "../../model/problem";
import { resolve } from "../../model/stack";
import { stackArgs, targets, withFirst } from "../support/monitors";
import { mistakes as ofStacks, type Mistake } from "./mistakes";
import { upstreamMistakes } from "./upstreamMistakes";

const mistakes = [...ofStacks, ...upstreamMistakes];

/** A stack that is right, with an exporter, a target and a receiver to make mistakes with. */
function base(): MonitoringStackArgs {
  return {
    ...withFirst({ exporters: [{ job: "database", port: 9187 }] }),
    targets: targets(1),
    alerting: { config: { route: { receiver: "chat" }, receivers: [{ name: "chat" }] } },
  };
}

/** The stack with one mistake. Sections on the way to it that are not there are made. */
function withMistake({ at, value }: Mistake): MonitoringStackArgs {
  const steps = [...at.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([text, index]) => index ?? text);
  const change = (inside: unknown, [step = "", ...rest]: string[]): unknown => {
    const changed = (
      Array.isArray(inside) ? [...(inside as unknown[])] : { ...(inside as object) }
    ) as Record<string, unknown>;
    changed[step] = rest.length === 0 ? value : change(changed[step], rest);
    return changed;
  };
  return change(base(), steps) as MonitoringStackArgs;
}

const problemsOf = (args: MonitoringStackArgs) => resolve(args, "project/stack/name").problems;

describe("mistakes", () => {
  it("are not in the stack that they are made in", () => {
    expect(sentences(problemsOf(base()))).toEqual([]);
    expect(sentences(problemsOf(stackArgs()))).toEqual([]);
  });

  it(`are found before a host is touched, at the path of the mistake, with what is allowed: all ${mistakes.length}`, () => {
    const unlike = mistakes.flatMap((each) => {
      const problems = problemsOf(withMistake(each));
      const found = problems.filter(({ path }) => formatPath(path) === each.path);
      return found.some(({ says }) => each.says.test(says))
        ? []
        : [`${each.what}, ${each.at} = ${inspect(each.value)}: ${JSON.stringify(sentences(problems))}`];
    });
    expect(unlike).toEqual([]);
    expect(mistakes.length).toBeGreaterThanOrEqual(154);
  });
});
