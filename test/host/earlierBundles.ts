import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A bundle as an earlier version of the library wrote it. */
export function earlier(name: string): string {
  return readFileSync(join(__dirname, "earlier", `${name}.bundle`), "utf8");
}
