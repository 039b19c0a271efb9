/** A check of staged files: what the host runs, and how the same program judges the same files on any other machine. */
export interface BundleCheck {
  /** The line of shell that the host runs. */
  run: string;
  /** The call on another machine. Absent when only the host can know. */
  elsewhere?: ProgramCall;
}

/** A call of a program, with the places of files still open. */
export interface ProgramCall {
  /** Name on PATH. */
  program: string;
  /** Version of the host's program, where it is known: what an older one refuses may be right. */
  version?: string;
  /** Arguments: plain words, files of the bundle by their paths on the host, or a text that is put into a file. */
  words: CallWord[];
  /** Further files of the bundle that the program reads, because one that is named leads to them. */
  reads?: string[];
  /** Directories under which the program finds directories of the host: a container's, by the host's. */
  mounts?: Record<string, string>;
  /** True when the program asks the kernel for a network namespace that it may change. */
  network?: boolean;
  /** Regular expressions for lines of output that say no more than that this machine is not the host. */
  ignores?: string[];
}

/** One argument of a call. `file` is a path on the host; `text` is a content, and `of` the path of the file that it is derived from. */
export type CallWord = string | { file: string } | { text: string; of: string };

/** A check whose line on the host is the call itself, with the staged copies of the files. */
export function checkStaged(
  program: string,
  words: (string | { file: string })[],
  more: Omit<ProgramCall, "program" | "words"> = {},
): BundleCheck {
  const shown = words.map((word) => (typeof word === "string" ? word : `"$(staged ${word.file})"`));
  return { run: [program, ...shown].join(" "), elsewhere: { program, words, ...more } };
}

/** A check of units by systemd. Programs that are installed by other means than a bundle's files are not there on other machines. */
export function checkUnits(unitFiles: string[]): BundleCheck {
  return checkStaged("systemd-analyze", ["verify", "--man=no", ...unitFiles.map((file) => ({ file }))], {
    ignores: ["Command .* is not executable: No such file or directory$"],
  });
}
