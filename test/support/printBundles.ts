/** Prints as JSON the bundles that a stack's program makes: `tsx printBundles.ts STACK_FILE`. A process of its own, because its Pulumi is another one. */
import { join } from "node:path";
import type { AppliedBundle } from "../../cli/check/tree";
import { runProgram } from "../../cli/program";
import { readStackFile } from "../../cli/stackFile";

const [stackFile = ""] = process.argv.slice(2);
const bundles: AppliedBundle[] = [];
const errors = runProgram(join(__dirname, "../../index.ts"), readStackFile(stackFile), {
  registered: () => undefined,
  applied: (bundle, isSecret) => bundles.push({ bundle, isSecret }),
  installed: () => undefined,
});
process.stdout.write(JSON.stringify({ bundles, errors }));
