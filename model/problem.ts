/** Longest sentence: the value may be a whole file. */
const mostCharacters = 1000;

/** Where a value stands in the arguments, e.g. `["monitors", 0, "connection", "port"]`. */
export type Path = readonly (string | number)[];

/** One mistake in the arguments. */
export interface Problem {
  path: Path;
  /** The wrong value, if it is no secret, what is allowed, and how to fix it. */
  says: string;
}

/** One problem, or none when nothing is wrong. */
export function problemAt(path: Path, says: string | undefined): Problem[] {
  return says === undefined ? [] : [{ path, says }];
}

/** The problems of a value that stands at a path. */
export function under(path: Path, problems: Problem[]): Problem[] {
  return path.length === 0
    ? problems
    : problems.map(({ path: inner, says }) => ({ path: [...path, ...inner], says }));
}

/**
 * The problems of a component's arguments, by the paths where the user wrote their values.
 *
 * @param otherwise path of all arguments that `places` does not list.
 * @param places path by the name of the argument, or by two names with a dot between them; the longer one counts.
 */
export function placed(problems: Problem[], otherwise: Path, places: Record<string, Path> = {}): Problem[] {
  return problems.map(({ path, says }) => {
    for (const length of [2, 1]) {
      const place = places[path.slice(0, length).join(".")];
      if (place !== undefined && path.length >= length)
        return { path: [...place, ...path.slice(length)], says };
    }
    return { path: [...otherwise, ...path], says };
  });
}

/** A path as the user writes it, and as `pulumi config set --path` takes it, e.g. `monitors[0].connection.port` or `rules["own.yml"]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (text === "") return step;
    return /^[\w-]+$/.test(step) ? `${text}.${step}` : `${text}[${JSON.stringify(step)}]`;
  }, "");
}

/** One sentence for each problem, without repetitions. */
export function sentences(problems: Problem[]): string[] {
  return [
    ...new Set(
      problems.map(({ path, says }) => oneLine(path.length === 0 ? says : `${formatPath(path)}: ${says}`)),
    ),
  ];
}

// A wrong value may hold line ends, which would look like further problems, and what a terminal takes as commands.
function oneLine(text: string): string {
  const escaped = text.replaceAll(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    character === "\n" ? "\\n" : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return escaped.length > mostCharacters ? `${escaped.slice(0, 300)} [...] ${escaped.slice(-600)}` : escaped;
}
