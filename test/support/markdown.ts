/** A fenced block of a page. */
export interface FencedBlock {
  /** What is behind the fence: the language, and for shell how it is run. */
  info: string;
  text: string;
  /** Line of the fence. */
  line: number;
}

/** How a block of shell is run: ```` ```sh run ```` and so on; docs/index.md says the same to readers. */
export const shellMarks = {
  run: "on the desk, in the project's folder, by test/lab/docs",
  monitor: "as root on a monitor, by test/lab/examples",
  target: "as root on a target, by test/lab/examples",
  internet: "by nobody: it needs the internet or an account",
} as const;

export type ShellMark = keyof typeof shellMarks;

/** The fenced blocks of a page, in order. */
export function fencedBlocks(markdown: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let open: (FencedBlock & { fence: string }) | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    const [, fence = "", info = ""] = /^\s*(`{3,})(.*)$/.exec(line) ?? [];
    if (fence === open?.fence && info === "") {
      blocks.push({ info: open.info, text: open.text, line: open.line });
      open = undefined;
    } else if (open) open.text += `${line}\n`;
    else if (fence !== "") open = { info: info.trim(), text: "", line: index + 1, fence };
  }
  if (open) throw new Error(`the block that begins in line ${open.line} never ends`);
  return blocks;
}

/** The blocks of shell with one mark. */
export function shellBlocks(markdown: string, mark: ShellMark): FencedBlock[] {
  return fencedBlocks(markdown).filter(({ info }) => info === `sh ${mark}`);
}

/** The page without its fenced blocks and code in lines. */
export function prose(markdown: string): string {
  return markdown.replaceAll(/^\s*(`{3,})[^\n]*\n[^]*?^\s*\1$/gm, "").replaceAll(/`[^`\n]*`/g, "");
}

/** Names by which links lead to the headings of a page, as GitHub makes them. */
export function anchors(markdown: string): string[] {
  const headings = fencedBlocks(markdown).reduce((text, block) => text.replace(block.text, ""), markdown);
  return [...headings.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Targets of a page's links, but for those that lead out of the project. */
export function localLinks(markdown: string): string[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The tables of a page: cells of the head, and of each row. */
export function tables(markdown: string): { head: string[]; rows: string[][] }[] {
  const cells = (line: string) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  return [...markdown.matchAll(/^(\|.*\|)\n\|[ -|]*\|\n((?:\|.*\|\n)*)/gm)].map(
    ([, head = "", rows = ""]) => ({
      head: cells(head),
      rows: rows.trimEnd().split("\n").map(cells),
    }),
  );
}
