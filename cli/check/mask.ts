/** What a program said about files, without what stands in those that not everybody may read: as the apply program tells it. */
import type { TreeFile } from "./tree";

// Shorter texts are in every other line.
const shortest = 8;

/** Hides texts of guarded files in what programs say. */
export class Mask {
  private readonly lines: string[];
  private readonly words: string[];

  /** @param shown texts whose words a preview shows anyway. */
  constructor(files: Iterable<TreeFile>, shown: string) {
    const guarded = [...files].filter(({ mode }) => !/[4-7]$/.test(mode));
    this.lines = long(guarded.flatMap(linesToHide));
    this.words = long(guarded.flatMap(wordsToHide))
      .filter((word) => !shown.includes(word))
      .sort((one, other) => other.length - one.length);
  }

  /** Lines with nothing guarded in them. */
  hide(said: string): string[] {
    const lines = said.split("\n").map((line) => line.trim());
    const told = lines.filter((line) => line !== "" && !this.lines.some((secret) => line.includes(secret)));
    if (told.length === 0) return ["it said nothing that may be shown"];
    return told.map((line) =>
      this.hideBeginnings(this.words.reduce((rest, word) => rest.replaceAll(word, "(hidden)"), line)),
    );
  }

  // Readers of YAML quote a value of another type than theirs by its first letters.
  private hideBeginnings(line: string): string {
    return line.replace(/`([^`]*)\.\.\.`|([^ `]+)\.\.\./g, (quoted, inTicks?: string, plain?: string) => {
      const text = inTicks ?? plain ?? "";
      if (!this.lines.some((secret) => secret.includes(text))) return quoted;
      return inTicks === undefined ? "(hidden)..." : "`(hidden)...`";
    });
  }
}

function linesToHide({ mode, content }: TreeFile): string[] {
  const lines = content.split("\n").map((line) => line.trim());
  return mode.endsWith("00") ? [...lines, ...wordsOf(content)] : lines;
}

function wordsToHide({ mode, content }: TreeFile): string[] {
  // The name of a setting, up to its colon, is no value.
  const values = mode.endsWith("00")
    ? content
    : content.replaceAll(/^[ \t]*(?:-[ \t]+)*[A-Za-z_][\w.-]*:(?=\s|$)/gm, " ");
  const words = wordsOf(values);
  return [...words, ...words.flatMap((word) => word.split(/[/?&@#%+(){}<>|\\[\]]+/))];
}

function wordsOf(text: string): string[] {
  return text.split(/[\s"=:,;']+/);
}

function long(texts: string[]): string[] {
  return [...new Set(texts.filter((text) => text.length >= shortest))];
}
