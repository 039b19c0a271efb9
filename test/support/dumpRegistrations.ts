/** Prints as JSON what the program registers when it is rendered: `tsx dumpRegistrations.ts STACK_FILE`. A process of its own, because its Pulumi is another one. */
import { join } from "node:path";
import { runProgram } from "../../cli/program";
import type { Registered } from "../../cli/runtime/resources";
import { readStackFile } from "../../cli/stackFile";

const [stackFile = ""] = process.argv.slice(2);
const program = join(__dirname, "../../index.ts");
const resources: Registered[] = [];
const nothing = () => undefined;
const errors = runProgram(program, readStackFile(stackFile), {
  registered: (resource) => resources.push(resource),
  applied: nothing,
  installed: nothing,
});
process.stdout.write(JSON.stringify({ resources, errors }));
