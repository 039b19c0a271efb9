/** Prints as JSON what the program registers when it is rendered: `tsx dumpRegistrations.ts STACK_FILE`. A process of its own, because its Pulumi is another one. */
import { join } from "node:path";
import { runProgram } from "../../cli/program";
import { readStackFile } from "../../cli/stackFile";

const [stackFile = ""] = process.argv.slice(2);
process.stdout.write(JSON.stringify(runProgram(join(__dirname, "../../index.ts"), readStackFile(stackFile))));
