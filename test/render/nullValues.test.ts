import { describe, expect, it } from "vitest";
import type { MonitoringStackArgs } from "../../components";
import { formatPath, type Path, type Problem } from "../../model/problem";
import { resolve } from "../../model/stack";
import { changedAt } from "../support/hostile/leaves";
import { renderAll, type RenderedDelta } from "../support/hostile/rendering";
import { stacks } from "../support/hostile/stacks";

/** Every value in the arguments, of any kind. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const isList = Array.isArray(value);
  const inner = Object.entries(value).flatMap(([name, each]) =>
    pathsOf(each, [...path, isList ? Number(name) : name]),
  );
  return path.length === 0 ? inner : [path, ...inner];
}

const withNull = (args: MonitoringStackArgs, path: Path) =>
  changedAt(args, path, () => null) as MonitoringStackArgs;

/** What the check says, or what it throws. */
function problemsOf(args: MonitoringStackArgs): Problem[] | string {
  try {
    return resolve(args, "project/stack/monitoring").problems;
  } catch (error) {
    return String(error);
  }
}

/** Arguments whose values are written into files as they are; of others null counts as nothing given. */
const writtenAsGiven = ["alerting", "scraping", "rules", "ruleGroups"];

// A key without a value in YAML is null, and so is an entry that is only a dash.
describe("null in the place of a value", () => {
  it.each(Object.entries(stacks))(
    "of the stack %s is refused with a path, or taken and rendered, and no check throws",
    async (_, args) => {
      const samples = pathsOf(args).map((path) => ({ path, args: withNull(args, path) }));
      expect(samples.length).toBeGreaterThan(20);
      const checked = samples.map((each) => ({ ...each, problems: problemsOf(each.args) }));
      expect(
        checked
          .filter(({ problems }) => typeof problems === "string")
          .map(({ path, problems }) => [formatPath(path), problems]),
      ).toEqual([]);
      const taken = checked.filter(
        ({ path, problems }) => problems.length === 0 && writtenAsGiven.includes(String(path[0])),
      );
      expect(taken.length).toBeGreaterThan(0);
      const rendered = await renderAll(taken.map((each) => ({ args: each.args, outputs: [] })));
      const failed = rendered.map(({ errors }: RenderedDelta, index) => ({
        path: formatPath(taken[index]?.path ?? []),
        errors,
      }));
      expect(failed.filter(({ errors }) => errors.length > 0)).toEqual([]);
    },
  );
});
