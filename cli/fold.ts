/** Columns that every terminal has. */
const columns = 80;

/** A text in lines that fit a terminal, where it has blanks to fold at; lines after the first begin with an indent. */
export function fold(text: string, indent = "  "): string {
  const lines: string[] = [];
  const start = /^ */.exec(text)?.[0] ?? "";
  let line = "";
  for (const word of text.slice(start.length).split(" ")) {
    const longer = line === "" ? start + word : `${line} ${word}`;
    if (longer.length <= columns || line.trim() === "") {
      line = longer;
    } else {
      lines.push(line);
      line = `${indent}${word}`;
    }
  }
  return [...lines, line].join("\n");
}
