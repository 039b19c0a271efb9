import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { MonitoringStackArgs } from "../../components";
import { formatPath, sentences, type Path, type Problem } from "../../model/problem";
import { resolve } from "../../model/stack";
import { stackFields } from "../../model/stackFields";
import { breakOuts, RenderedStack } from "../support/hostile/breakOuts";
import { leavesOf, replaced, textSettings, type Leaf } from "../support/hostile/leaves";
import { isProblem, outputAround } from "../support/hostile/outputs";
import { renderAll } from "../support/hostile/rendering";
import { stacks } from "../support/hostile/stacks";
import { hostile } from "../support/hostile/strings";

const count = Number(process.env.HA_MONITORING_HOSTILE_STRINGS ?? 300);
const seed = Number(process.env.HA_MONITORING_SEED ?? 1201);
const repeat = `HA_MONITORING_HOSTILE_STRINGS=${count} HA_MONITORING_SEED=${seed}`;

type StackName = keyof typeof stacks;
const names = Object.keys(stacks) as StackName[];
const places = names.flatMap((stack) =>
  leavesOf(stacks[stack], stackFields).map((leaf) => ({ stack, leaf })),
);

/** A text in the place of a valid one. */
interface Sample {
  stack: StackName;
  leaf: Leaf;
  text: string;
  args: MonitoringStackArgs;
}

/** Hostile texts, at all places in turn. */
function makeSamples(): Sample[] {
  const [first = 0] = fc.sample(fc.nat(places.length - 1), { numRuns: 1, seed });
  return fc
    .sample(hostile, { numRuns: count, seed })
    .map((make, index) => {
      const { stack, leaf } = places[(first + index) % places.length] as (typeof places)[number];
      const text = make(String(leaf.value));
      const args = replaced(stacks[stack], stackFields, leaf.value, text) as MonitoringStackArgs;
      return { stack, leaf, text, args };
    })
    .filter(({ leaf, text }) => text !== leaf.value);
}

function describeSample({ stack, leaf, text }: Sample): string {
  const place = `${formatPath(leaf.path)}${leaf.isKey ? ", its name" : ""}`;
  return `${place} of the stack "${stack}" is ${JSON.stringify(text).slice(0, 300)}: `;
}

/** What the model says of a sample; a fault is whatever it throws. */
function check(sample: Sample): { problems: Problem[]; faults: string[] } {
  try {
    const { problems } = resolve(sample.args, "project/stack/monitoring");
    return { problems, faults: refusalFaults(sample, problems) };
  } catch (error) {
    return { problems: [], faults: [`the check throws ${String(error).slice(0, 300)}`] };
  }
}

/** What is wrong with the problems of a refused sample: each must be about a place of the text, on one line. */
function refusalFaults({ stack, leaf, text }: Sample, problems: Problem[]): string[] {
  const own = leavesOf(stacks[stack], stackFields).filter(({ value }) => value === leaf.value);
  // A wrong name is a problem of its section, and a text may be a document with paths of its own.
  const isAllowed = (path: Path) =>
    own.some((each) => {
      const section = each.path.slice(0, -1);
      if (!each.isKey) return isWithin(path, each.path);
      return isWithin(path, [...section, text]) || formatPath(path) === formatPath(section);
    });
  return [
    ...problems
      .filter(({ path }) => !isAllowed(path))
      .map(({ path, says }) => `it is refused at ${formatPath(path)}: ${says.slice(0, 200)}`),
    ...sentences(problems)
      .filter((line) => /[\p{Cc}\p{Zl}\p{Zp}]/u.test(line) || line.length > 1100)
      .map((line) => `it is refused with ${JSON.stringify(line.slice(0, 300))}`),
  ];
}

/** Whether a path is another one, or goes on from there. */
function isWithin(path: Path, place: Path): boolean {
  return place.every((step, index) => path[index] === step);
}

/** Paths of the Outputs in which all places of a text may be; none when one of them is always known. */
function outputsOf({ stack, leaf }: Sample): Path[] {
  const own = leavesOf(stacks[stack], stackFields).filter(({ value }) => value === leaf.value);
  const around = own.map(({ path }) => outputAround(path));
  if (own.some(({ isKey }, index) => isKey && around[index] === own[index]?.path)) return [];
  const paths = around.filter((path) => path !== undefined);
  return paths.length < own.length
    ? []
    : [...new Map(paths.map((path) => [formatPath(path), path])).values()];
}

/** What samples change beside their texts; those with Outputs may also be refused. */
async function renderedFaults(
  stack: StackName,
  samples: Sample[],
  outputs: (sample: Sample) => Path[],
): Promise<string[]> {
  const [first, ...others] = await renderAll([
    { args: stacks[stack], outputs: [] },
    ...samples.map((sample) => ({ args: sample.args, outputs: outputs(sample) })),
  ]);
  expect(first?.errors).toEqual([]);
  const before = new RenderedStack(stacks[stack], first?.changed ?? {});
  return samples.flatMap((sample, index) => {
    const after = { args: sample.args, delta: others[index] as (typeof others)[number] };
    const { errors } = after.delta;
    const isRefused = outputs(sample).length > 0 && errors.length > 0 && errors.every(isProblem);
    if (isRefused) return [];
    const found = breakOuts(before, after, { from: String(sample.leaf.value), to: sample.text });
    return found.slice(0, 1).map((fault) => `${describeSample(sample)}${fault}`);
  });
}

describe("hostile texts in arguments", () => {
  it("have a place at every setting that holds a text", () => {
    const asMonitor = (path: string) => path.replace(/^targets\b/, "monitors");
    const visited = places.map(({ leaf }) =>
      asMonitor(leaf.path.map((step) => (typeof step === "number" ? "*" : step)).join(".")),
    );
    const settings = textSettings(stackFields).map(asMonitor);
    expect(
      settings.filter((each) => !visited.some((path) => path === each || path.startsWith(`${each}.`))),
    ).toEqual([]);
  });

  describe(repeat, { timeout: 1_800_000 }, () => {
    let samples: { sample: Sample; problems: Problem[]; faults: string[] }[];
    beforeAll(() => {
      samples = makeSamples().map((sample) => ({ sample, ...check(sample) }));
    }, 600_000);

    it("they are refused where they stand, or accepted", () => {
      const faults = samples.flatMap(({ sample, faults: own }) =>
        own.slice(0, 1).map((fault) => `${describeSample(sample)}${fault}`),
      );
      expect(faults, repeat).toEqual([]);
    });

    const samplesIn = (stack: StackName) => samples.filter(({ sample }) => sample.stack === stack);

    it.each(names)("what is accepted in the stack %s stays a text in all that is rendered", async (stack) => {
      const accepted = samplesIn(stack).filter(({ problems }) => problems.length === 0);
      const faults = await renderedFaults(
        stack,
        accepted.map(({ sample }) => sample),
        () => [],
      );
      expect(faults, repeat).toEqual([]);
    });

    it.each(names)(
      "the same in an Output of the stack %s, or it is refused once it is known",
      async (stack) => {
        const later = samplesIn(stack)
          .map(({ sample }) => sample)
          .filter((sample) => outputsOf(sample).length > 0);
        expect(await renderedFaults(stack, later, outputsOf), repeat).toEqual([]);
      },
    );
  });
});
