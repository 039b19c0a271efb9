import { basename } from "node:path";
import { checkHosts } from "./check/checkHosts";
import { Programs, type Images } from "./check/programs";
import { reportChecks } from "./check/report";
import { changesOf } from "./changes/changes";
import { describeChanges, summarize } from "./changes/text";
import { fold } from "./fold";
import { readFolder } from "./folder";
import { render, renderProgram, type Rendered, type RenderResult } from "./render";

/** How the command is used. */
export const renderUsage = `Usage: ha-monitoring render --stack FILE [--program FILE] [--out FOLDER]
                             [--check | --check-all] [--check-image IMAGE]...
                             [--against FOLDER] [--summary]

Writes every file that pulumi up would put on every host into a folder, with
placeholders for what only a host or a run knows. It needs no Pulumi, no state,
no key and no network.

  --stack FILE    the stack's configuration, such as Pulumi.prod.yaml; the
                  Pulumi.yaml beside it has the defaults
  --program FILE  a program of your own that uses the components, or the
                  directory of its package, run with Pulumi's own SDK: slower
                  (default: the program of ha-monitoring, which is described by
                  the stack's configuration alone)
  --out FOLDER    where to write; what is there and no longer rendered is
                  removed (default: rendered)
  --check         let amtool, promtool, haproxy, nft, wg and systemd-analyze
                  judge what was rendered, as the hosts do before they take it;
                  status 1 when one refuses a file. Programs that are not here
                  are named
  --check-all     the same, and status 1 when a program is not here, too
  --check-image [PROGRAM=]IMAGE
                  run this program, or all that are not on PATH, in an image of
                  Docker; can be given more than once
  --against FOLDER
                  what was rendered before, which may be the folder of --out:
                  says what changes on which host, file by file, and what that
                  restarts or reloads
  --summary       of these changes, one line for each host
  --help          this text
  --version       the version of ha-monitoring
`;

/** The command's options, as `parseArgs` takes them. */
export const renderOptions = {
  stack: { type: "string" },
  program: { type: "string" },
  out: { type: "string" },
  check: { type: "boolean" },
  "check-all": { type: "boolean" },
  "check-image": { type: "string", multiple: true },
  against: { type: "string" },
  summary: { type: "boolean" },
} as const;

/** What the command was given. */
export interface RenderArguments {
  stack: string;
  program?: string;
  out?: string;
  check?: boolean;
  "check-all"?: boolean;
  "check-image"?: string[];
  against?: string;
  summary?: boolean;
}

/** Renders, checks, and says what was done; returns the exit status. */
export async function runRender(given: RenderArguments): Promise<number> {
  const started = performance.now();
  const folder = given.out || "rendered";
  let before: Map<string, string> | undefined;
  try {
    before = given.against === undefined ? undefined : readFolder(given.against);
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    return 1;
  }
  const result = await tryToRender(given, folder);
  if (!("changes" in result)) {
    for (const error of result.errors) process.stderr.write(`error: ${error.trimStart()}\n`);
    return 1;
  }
  const { written, removed, unchanged } = result.changes;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const took = given.program === undefined ? "" : `; running ${given.program} took ${seconds} s`;
  say(`${folder}: ${written} written, ${removed} removed, ${unchanged} unchanged${took}`);
  say(`hosts: ${listOf([...result.hosts.keys()])}`);
  if (before !== undefined) {
    const changes = changesOf(before, readFolder(folder));
    process.stdout.write(`\n${given.summary ? summarize(changes) : describeChanges(changes)}\n\n`);
  }
  const isChecked = given.check === true || given["check-all"] === true || given["check-image"] !== undefined;
  const status = isChecked ? await check(result, given) : 0;
  // A command is to be copied, so it stays one line.
  if (status === 0) process.stdout.write(`next: ${nextCommand(given.stack, isChecked)}\n`);
  return status;
}

async function tryToRender({ stack, program }: RenderArguments, folder: string): Promise<RenderResult> {
  try {
    return program === undefined ? render(stack, folder) : await renderProgram(program, stack, folder);
  } catch (error) {
    return { errors: [(error as Error).message] };
  }
}

async function check({ hosts }: Rendered, given: RenderArguments): Promise<number> {
  const outcomes = await checkHosts(hosts, new Programs(imagesOf(given["check-image"] ?? [])));
  const { errors, remarks } = reportChecks(outcomes);
  remarks.forEach(say);
  for (const error of errors) process.stderr.write(`error: ${error}\n`);
  const isIncomplete = outcomes.some(({ missing }) => missing !== undefined);
  return errors.length > 0 || (given["check-all"] && isIncomplete) ? 1 : 0;
}

/** Images by program, of what `--check-image` was given. A name of an image has no "=" in it. */
function imagesOf(given: string[]): Images {
  const entries = given.map((each): [string, string] => {
    const [program = "", image] = each.split("=", 2);
    return image === undefined ? ["", program] : [program, image];
  });
  return Object.fromEntries(entries);
}

const mostNamed = 20;

function listOf(names: string[]): string {
  const more = names.length - mostNamed;
  return more > 1 ? `${names.slice(0, mostNamed).join(", ")} and ${more} more` : names.join(", ");
}

function nextCommand(stackFile: string, isChecked: boolean): string {
  const stack = /^Pulumi\.(.+)\.ya?ml$/.exec(basename(stackFile))?.[1] ?? "NAME";
  return isChecked
    ? `pulumi preview --diff --stack ${stack}`
    : `npx ha-monitoring render --stack ${stackFile} --check`;
}

function say(line: string): void {
  process.stdout.write(`${fold(line)}\n`);
}
