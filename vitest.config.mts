import { join } from "node:path";
import { defineConfig } from "vitest/config";

const minute = 60_000;
/** Against hangs only: tests wait with limits of their own, which follow the load of the machine. */
const hang = 30 * minute;

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
          include: [
            "test/*.test.ts",
            "test/{model,program,templates,components,engine,providers,render}/**/*.test.ts",
          ],
          globalSetup: ["test/support/prepareMachine.ts", "test/support/preparePulumi.ts"],
          env,
          testTimeout: 5 * minute,
          hookTimeout: 5 * minute,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // The program that applies bundles, on throw-away machines of its own.
        test: {
          name: "host",
          include: ["test/host/**/*.test.ts"],
          env,
          testTimeout: hang,
          hookTimeout: hang,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Whole stacks on lab hosts, which wait more than they work: two files at a time, each with a lab of its own.
        test: {
          name: "lab",
          include: ["test/lab/**/*.test.ts"],
          globalSetup: "test/support/preparePulumi.ts",
          env,
          testTimeout: hang,
          hookTimeout: hang,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
