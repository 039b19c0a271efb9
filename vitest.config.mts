import { basename, join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const minute = 60_000;
/** Against hangs only: tests wait with limits of their own, which follow the load of the machine. */
const hang = 30 * minute;
/** Labs at a time. Hosts that boot and tests that wait leave processors idle to a third one. */
const labs = 3;

// Outputs that end up in a string by mistake throw instead of saying "Calling [toString] on an [Output<T>] …".
const env = { PULUMI_ERROR_OUTPUT_STRING: "true" };

// Files that take minutes, the longest first. Without a cache, vitest goes by size, and one worker ends minutes after the other.
const long = [
  ...[
    "killed",
    "lifecycle",
    "examples",
    "delivery",
    "docs",
    "upgrade",
    "droplets",
    "debian12",
    "alertmanager",
  ],
  ...["debian13", "twoMonitors", "badInput", "gossip", "firewall", "wireguard", "prometheus"],
];

/** Runs files that take minutes first, the others in vitest's own order. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId, project }: TestSpecification) => {
      const place = project.name === "fast" ? -1 : long.indexOf(basename(moduleId, ".test.ts"));
      return place < 0 ? long.length : place;
    };
    return (await super.sort(files)).sort((one, other) => placeOf(one) - placeOf(other));
  }
}

/** Tests in three rooms, the cheapest first; one `vitest run` runs them all. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        // Examples name the package as its users do.
        resolve: {
          alias: {
            // The longer name first: an alias is a prefix.
            "ha-monitoring/testing": join(import.meta.dirname, "testing/index.ts"),
            "ha-monitoring": join(import.meta.dirname, "components/index.ts"),
          },
        },
        test: {
          name: "fast",
          include: [
            "test/*.test.ts",
            "test/{cli,model,program,templates,testing,components,engine,providers,render}/**/*.test.ts",
          ],
          globalSetup: ["test/support/prepareMachine.ts", "test/support/preparePulumi.ts"],
          env,
          testTimeout: 5 * minute,
          hookTimeout: 5 * minute,
          // vitest would leave one processor free.
          maxWorkers: 2,
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
          maxWorkers: labs,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Whole stacks on lab hosts, which wait about as long as they work: some files at a time, each with a lab of its own.
        test: {
          name: "lab",
          include: ["test/lab/**/*.test.ts"],
          globalSetup: "test/support/preparePulumi.ts",
          env,
          testTimeout: hang,
          hookTimeout: hang,
          maxWorkers: labs,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
