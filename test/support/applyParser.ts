import { join } from "node:path";
import { readApplyProgram } from "../../templates/host/programs";
import { inTemporaryDirectory, writeFiles } from "./files";
import { execute, type Executed } from "./execute";

/** What the program on the machine says of a bundle when it only reads it: the bundle's record, or what is malformed. */
export function readWithApplyProgram(bundle: string): Executed {
  return inTemporaryDirectory((directory) => {
    writeFiles(directory, { apply: readApplyProgram() });
    return execute("sh", [join(directory, "apply"), "parse"], { input: bundle });
  });
}
