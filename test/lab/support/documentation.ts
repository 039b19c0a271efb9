import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "../../../lab/stack";

/** A page of the documentation. */
export interface Page {
  /** As in `rotate.md`. */
  name: string;
  text: string;
}

/** All pages in docs/. */
export function documentationPages(): Page[] {
  return readdirSync(join(projectDirectory, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => documentationPage(name));
}

/** One page. */
export function documentationPage(name: string): Page {
  return { name, text: readFileSync(join(projectDirectory, "docs", name), "utf8") };
}
