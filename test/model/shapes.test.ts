import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MonitoringStackArgs } from "../../components";
import { formatPath } from "../../model/problem";
import { resolve } from "../../model/stack";
import { stackFields } from "../../model/stackFields";
import { bases } from "../support/shapes/bases";
import { problemFaults } from "../support/shapes/faults";
import { copyOf, mutate, mutations, type Mutation } from "../support/shapes/mutations";
import { describeMutation, givenBy, secretTexts } from "../support/shapes/samples";

const count = Number(process.env.HA_MONITORING_SHAPES ?? 1000);
const seed = Number(process.env.HA_MONITORING_SEED ?? 1201);

/** What is wrong with the answer to arguments of another shape. */
function faultsOf(base: string, changes: Mutation[]): string[] {
  const args = copyOf(bases[base]) as MonitoringStackArgs;
  const done = changes.map((change) => describeMutation(change, mutate(args, stackFields, change)));
  const describeFault = (fault: string) => `${fault}\n    after ${base}: ${done.join("; ")}`;
  try {
    const { model, problems } = resolve(args, "project/stack/monitoring");
    const faults = problemFaults(problems, {
      ...{ args, field: stackFields, given: givenBy(changes), secrets: secretTexts(changes) },
    });
    return [...faults, ...(model === undefined && problems.length === 0 ? ["no answer"] : [])].map(
      describeFault,
    );
  } catch (error) {
    return [describeFault(`it throws ${String((error as Error).stack).slice(0, 400)}`)];
  }
}

describe("the check of a stack", () => {
  it.each(Object.entries(bases))(
    "finds nothing wrong with the stack that the shapes are made from: %s",
    (_, args) => {
      expect(
        resolve(args, "project/stack/monitoring").problems.map(
          ({ path, says }) => `${formatPath(path)}: ${says}`,
        ),
      ).toEqual([]);
    },
  );

  it(`answers ${count} shapes of arguments (HA_MONITORING_SHAPES=${count} HA_MONITORING_SEED=${seed})`, () => {
    const samples = fc.sample(fc.tuple(fc.constantFrom(...Object.keys(bases)), mutations), {
      numRuns: count,
      seed,
    });
    const faults = samples.flatMap(([base, changes]) => faultsOf(base, changes));
    expect(faults.slice(0, 20)).toEqual([]);
  });
});
