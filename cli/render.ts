import { join } from "node:path";
import { writeFolder, type FolderChanges } from "./folder";
import { runProgram } from "./program";
import { renderResources } from "./rendered";
import { readStackFile } from "./stackFile";

/** What was rendered, or every mistake because of which nothing was. */
export type RenderResult = { errors: string[] } | { errors: []; changes: FolderChanges };

/**
 * Writes everything that `pulumi up` would put on the machines of a stack into a folder, with placeholders for what only a machine or a run
 * knows. It needs no state, no key and no network. Once a process.
 *
 * @throws when the stack's file or the folder cannot be used.
 */
export function render(stackFile: string, folder: string): RenderResult {
  const { resources, errors } = runProgram(join(__dirname, "../index"), readStackFile(stackFile));
  if (errors.length > 0) return { errors };
  return { errors: [], changes: writeFolder(folder, renderResources(resources)) };
}
