import { join } from "node:path";
import { defineConfig } from "vitest/config";

const second = 1000;
const minute = 60 * second;

// Outputs that end up in a string by mistake throw instead of saying "Calling [toString] on an [Output<T>] …".
const env = { PULUMI_ERROR_OUTPUT_STRING: "true" };

/** Tests in three rooms, the cheapest first; one `vitest run` runs them all. */
export default defineConfig({
  test: {
    projects: [
      {
        // Examples name the package as its users do.
        resolve: { alias: { "ha-monitoring": join(import.meta.dirname, "components/index.ts") } },
        test: {
          name: "fast",
          include: ["test/*.test.ts", "test/{model,program,templates,components,engine,render}/**/*.test.ts"],
          globalSetup: "test/support/prepareMachine.ts",
          env,
          testTimeout: 20 * second,
          hookTimeout: minute,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // The program that applies bundles, on throw-away machines of its own.
        test: {
          name: "host",
          include: ["test/host/**/*.test.ts"],
          env,
          testTimeout: 5 * minute,
          hookTimeout: 15 * minute,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Whole stacks on lab hosts, which wait more than they work: two files at a time, each with a lab of its own.
        test: {
          name: "lab",
          include: ["test/lab/**/*.test.ts"],
          env,
          testTimeout: 10 * minute,
          hookTimeout: 15 * minute,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
