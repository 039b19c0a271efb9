import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dependenciesOf, dependentsOf, forEachDependentsFirst } from "../../lab/engine/graph";
import { Limiter } from "../../lab/engine/limiter";
import type { ResourceState } from "../../lab/engine/state";
import { resourceState } from "./states";

async function order(
  resources: ResourceState[],
  fails: (resource: ResourceState) => boolean = () => false,
): Promise<string[]> {
  const done: string[] = [];
  await forEachDependentsFirst(resources, async (resource) => {
    await new Promise((resolve) => setImmediate(resolve));
    done.push(resource.id);
    return !fails(resource);
  });
  return done;
}

describe("the order of deletions", () => {
  test("a resource depends on what it takes from, its parent, its provider and what it is deletedWith", () => {
    const resource = resourceState("a", {
      ...{ dependencies: ["urn:b"], propertyDependencies: { x: ["urn:c", "urn:b"] }, parent: "urn:d" },
      ...{ provider: "urn:e::id", deletedWith: "urn:f" },
    });
    expect(dependenciesOf(resource)).toEqual(["urn:b", "urn:c", "urn:d", "urn:e", "urn:f"]);
  });

  test("in any graph, everything goes once and after all that depends on it", async () => {
    const graph = fc
      .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 })
      .map((edges) =>
        edges.map((targets, index) =>
          resourceState(String(index), {
            dependencies: index === 0 ? [] : targets.map((target) => `urn:${target % index}`),
          }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(graph, async (resources) => {
        const done = await order(resources);
        expect([...done].sort()).toEqual(resources.map(({ id }) => id).sort());
        for (const { id, dependencies } of resources)
          for (const urn of dependencies)
            expect(done.indexOf(id)).toBeLessThan(done.indexOf(urn.slice("urn:".length)));
      }),
      { numRuns: 50 },
    );
  });

  test("what a failed one depends on stays, the rest goes", async () => {
    const resources = [
      ...[resourceState("root"), resourceState("middle", { dependencies: ["urn:root"] })],
      ...[resourceState("leaf", { dependencies: ["urn:middle"] }), resourceState("other")],
    ];
    expect(await order(resources, ({ id }) => id === "leaf")).toEqual(["leaf", "other"]);
  });

  test("old and new instances whose dependency changed direction do not wait for each other", async () => {
    const resources = [
      resourceState("a", { id: "old a", pendingDelete: true, dependencies: ["urn:b"] }),
      resourceState("b", { id: "old b", pendingDelete: true }),
      resourceState("a", { id: "new a" }),
      resourceState("b", { id: "new b", dependencies: ["urn:a"] }),
    ];
    const done = await order(resources);
    expect(done.indexOf("old a")).toBeLessThan(done.indexOf("old b"));
    expect(done.indexOf("new b")).toBeLessThan(done.indexOf("new a"));
  });

  test("dependents are found however far away", () => {
    const resources = [
      ...[resourceState("a"), resourceState("b", { dependencies: ["urn:a"] })],
      ...[resourceState("c", { parent: "urn:b" }), resourceState("d")],
    ];
    expect(dependentsOf("urn:a", resources).map(({ id }) => id)).toEqual(["b", "c"]);
  });
});

describe("operations at the same time", () => {
  test("are never more than the limit, and begin in the order in which they came", async () => {
    const limiter = new Limiter(3);
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    const task = (index: number) => async () => {
      begun.push(index);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, (index * 7) % 5));
      running -= 1;
      if (index % 4 === 0) throw new Error("on purpose");
    };
    const indices = Array.from({ length: 20 }, (_, index) => index);
    const ended = await Promise.allSettled(indices.map((index) => limiter.run(task(index))));
    expect(begun).toEqual(indices);
    expect(most).toBe(3);
    expect(ended.filter(({ status }) => status === "rejected")).toHaveLength(5);
  });

  test.each([0, -1, 1.5, NaN])("a limit of %d is refused", (limit) => {
    expect(() => new Limiter(limit)).toThrow(/must be a whole number of at least 1/);
  });
});
