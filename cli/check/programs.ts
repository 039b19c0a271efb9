/** The programs of this machine, or of images, that judge files. */
import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian's package of each program. */
const packages: Record<string, string> = {
  amtool: "prometheus-alertmanager",
  haproxy: "haproxy",
  nft: "nftables",
  promtool: "prometheus",
  "systemd-analyze": "systemd",
  wg: "wireguard-tools",
};

/** Images by the name of the program that they are for; "" names the image of every other program. */
export type Images = Readonly<Record<string, string>>;

/** What a program said and how it ended, or why there is none. */
export type Ran = { status: number; said: string } | { missing: string };

/** How a program is run. */
export interface RunOptions {
  /** Directory that an image is shown, under the same path. */
  root: string;
  /** Whether the program needs a network namespace of its own. */
  network: boolean;
}

const timeLimit = 60_000;

/** Runs programs: that of an image which is named for it, else that of PATH, else that of the image for all others. */
export class Programs {
  private readonly versions = new Map<string, Promise<string | undefined>>();

  constructor(
    private readonly images: Images,
    private readonly path = process.env["PATH"] ?? "",
  ) {}

  async run(program: string, words: string[], options: RunOptions): Promise<Ran> {
    const own = this.images[program];
    if (own !== undefined) return this.runInImage(own, program, words, options);
    const found = this.find(program);
    if (found !== undefined) return this.runHere(found, words, options.network);
    const common = this.images[""];
    if (common !== undefined) return this.runInImage(common, program, words, options);
    return {
      missing: `install Debian's package ${packages[program] ?? program}, or name an image with --check-image ${program}=IMAGE`,
    };
  }

  /** Version of a program, as it tells it; undefined when it does not. */
  version(program: string, options: RunOptions): Promise<string | undefined> {
    const known = this.versions.get(program) ?? this.askVersion(program, options);
    this.versions.set(program, known);
    return known;
  }

  private async askVersion(program: string, options: RunOptions): Promise<string | undefined> {
    const ran = await this.run(program, ["--version"], options);
    return "missing" in ran ? undefined : /version (\d+\.\d+\.\d+)/.exec(ran.said)?.[1];
  }

  /** Path of a program. System administrators' programs are not on everybody's PATH. */
  private find(program: string): string | undefined {
    const directories = [...this.path.split(delimiter).filter(Boolean), "/usr/sbin", "/sbin"];
    return directories.map((directory) => join(directory, program)).find(isProgram);
  }

  private async runHere(program: string, words: string[], network: boolean): Promise<Ran> {
    if (!network) return call(program, words);
    const unshare = this.find("unshare");
    if (unshare === undefined) return { missing: "its check needs unshare, of the package util-linux" };
    const isRoot = process.getuid?.() === 0;
    const namespace = [...(isRoot ? [] : ["--user", "--map-root-user"]), "--net"];
    const allowed = await call(unshare, [...namespace, "true"]);
    if (allowed.status !== 0) {
      return {
        missing: `its check needs a network namespace, which this user may not make (${oneLine(allowed.said)})`,
      };
    }
    return call(unshare, [...namespace, program, ...words]);
  }

  private async runInImage(
    image: string,
    program: string,
    words: string[],
    { root, network }: RunOptions,
  ): Promise<Ran> {
    const docker = this.find("docker");
    if (docker === undefined) return { missing: `the image ${image} needs docker, which is not on PATH` };
    const container = [
      ...["run", "--rm", "--network", "none", "--user", network ? "0" : "65534"],
      ...["--cap-drop", "ALL", ...(network ? ["--cap-add", "NET_ADMIN"] : [])],
      ...["--volume", `${root}:${root}:ro`, "--entrypoint", program, image],
    ];
    const ran = await call(docker, [...container, ...words]);
    // Docker's own statuses: it failed, the program cannot be run, there is none.
    if (ran.status < 125 || ran.status > 127) return ran;
    return { missing: `the image ${image} cannot run it (${oneLine(ran.said)})` };
  }
}

function call(program: string, words: string[]): Promise<{ status: number; said: string }> {
  return new Promise((resolve) => {
    const options = { timeout: timeLimit, maxBuffer: 16 * 1024 * 1024, env: { ...process.env, LC_ALL: "C" } };
    const child = execFile(program, words, options, (error, stdout, stderr) => {
      const said = stdout + stderr;
      if (error === null) return resolve({ status: 0, said });
      if (error.killed)
        return resolve({ status: 1, said: `${said}\nit did not end within ${timeLimit / 1000} s` });
      const isEnded = typeof error.code === "number";
      resolve({ status: isEnded ? Number(error.code) : 1, said: isEnded ? said : said + error.message });
    });
    child.stdin?.end();
  });
}

function oneLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}

/** Whether a path is a file that this process may run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
