import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, type TestContext } from "vitest";
import { run } from "../../../lab/hosts/command";
import { execute } from "../../support/execute";
import { findTool, requireTool } from "../../support/tools";

const installer = join(__dirname, "../../../templates/programs/install-release.sh");
const architecture = { x64: "amd64", arm64: "arm64" }[arch()] ?? arch();

/** A mirror of one program's releases, and the machine's directory below which they are installed. */
class Place {
  readonly root = mkdtempSync(join(tmpdir(), "ha-monitoring-releases-"));
  readonly directory = join(this.root, "opt");
  readonly units = join(this.root, "units");
  /** What the mirror has, by path. */
  readonly served = new Map<string, Buffer>();
  /** Every path that was asked for. */
  readonly asked: string[] = [];
  /** Answers in the mirror's place. */
  answer: ((path: string, response: ServerResponse) => boolean) | undefined;
  private readonly server: Server;

  constructor() {
    // Programs are tried as a user who can read no more than everybody.
    chmodSync(this.root, 0o755);
    mkdirSync(this.units);
    this.server = createServer((request, response) => {
      const path = request.url ?? "";
      this.asked.push(path);
      if (this.answer?.(path, response)) return;
      const content = this.served.get(path);
      response.writeHead(content ? 200 : 404).end(content);
    });
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.root, { recursive: true });
  }

  /** Publishes a release whose program says what it is; returns the checksum of its archive. */
  publish(
    version: string,
    program = `#!/bin/sh\necho "demo, version ${version} (branch: HEAD)"\n`,
    built = architecture,
    beside: (directory: string) => void = () => undefined,
    ...tarOptions: string[]
  ): string {
    const name = `demo-${version}.linux-${built}`;
    mkdirSync(join(this.root, name));
    writeFileSync(join(this.root, name, "demo"), program);
    chmodSync(join(this.root, name, "demo"), 0o755);
    beside(join(this.root, name));
    const archived = execute("tar", [
      "-c",
      "-I",
      "gzip -1",
      ...tarOptions,
      "-f",
      join(this.root, "archive"),
      "-C",
      this.root,
      name,
    ]);
    expect(archived).toMatchObject({ status: 0, output: "" });
    const archive = readFileSync(join(this.root, "archive"));
    const sum = createHash("sha256").update(archive).digest("hex");
    this.served.set(`/v${version}/${name}.tar.gz`, archive);
    const others = `${"0".repeat(64)}  demo-${version}.windows-${built}.zip\n`;
    this.served.set(`/v${version}/sha256sums.txt`, Buffer.from(`${others}${sum}  ${name}.tar.gz\n`));
    rmSync(join(this.root, name), { recursive: true });
    return sum;
  }

  /** Has the units name a release, as the unit of a running service does. */
  use(version: string): void {
    writeFileSync(
      join(this.units, "demo.service"),
      `[Service]\nExecStart=${this.directory}/demo-${version}/demo --flag\n`,
    );
  }

  async install(context: TestContext, version: string, settings: Record<string, string> = {}, path = "") {
    requireTool(context, "curl");
    const all = { directory: this.directory, program: "demo", version, from: this.url, ...settings };
    const manifest = join(this.root, "manifest");
    writeFileSync(
      manifest,
      Object.entries(all)
        .map(([name, value]) => `${name} ${value}\n`)
        .join(""),
    );
    const { status, stdout, stderr } = await run("sh", [installer, manifest, this.units], {
      allowFailure: true,
      environment: { PATH: [path, process.env.PATH, join(findTool("curl") ?? "", "../..")].join(":") },
    });
    return { status, output: `${stdout}${stderr}` };
  }

  /** What is installed, hidden leftovers included. */
  installed(): string[] {
    return existsSync(this.directory) ? readdirSync(this.directory).sort() : [];
  }
}

describe("the installer of releases", () => {
  let place: Place;

  beforeEach(async () => {
    place = new Place();
    await place.open();
  });
  afterEach(() => place.close());

  it.for([
    ["x86_64", "amd64"],
    ["aarch64", "arm64"],
    // What some kernels and macOS call it.
    ["arm64", "arm64"],
  ] as const)("takes on a %s the archive for %s", async ([machine, built], context) => {
    place.publish("1.0.0", undefined, built);
    const installed = await place.install(context, "1.0.0", {}, pretend(place, machine));
    expect(installed).toEqual({ status: 0, output: "" });
    expect(place.asked).toEqual(["/v1.0.0/sha256sums.txt", `/v1.0.0/demo-1.0.0.linux-${built}.tar.gz`]);
  });

  it("downloads, checks and unpacks, and says nothing", async (context) => {
    const sum = place.publish("1.0.0");
    expect(await place.install(context, "1.0.0")).toEqual({ status: 0, output: "" });
    expect(place.installed()).toEqual(["demo-1.0.0"]);
    expect(readdirSync(join(place.directory, "demo-1.0.0")).sort()).toEqual(["archive.sha256", "demo"]);
    expect(readFileSync(join(place.directory, "demo-1.0.0/archive.sha256"), "utf8")).toBe(`${sum}\n`);
  });

  it("asks for nothing when it is there already", async (context) => {
    place.publish("1.0.0");
    await place.install(context, "1.0.0");
    place.asked.length = 0;
    expect(await place.install(context, "1.0.0", { from: "http://127.0.0.1:1" })).toMatchObject({
      status: 0,
    });
    expect(place.asked).toEqual([]);
  });

  it("puts in order what is there but does not run", async (context) => {
    place.publish("1.0.0");
    await place.install(context, "1.0.0");
    writeFileSync(join(place.directory, "demo-1.0.0/demo"), "damaged");
    expect(await place.install(context, "1.0.0")).toEqual({ status: 0, output: "" });
    expect(readFileSync(join(place.directory, "demo-1.0.0/demo"), "utf8")).toContain("version 1.0.0");
    expect(place.installed()).toEqual(["demo-1.0.0"]);
  });

  it("runs the program as nobody, who gains nothing, when root installs it", async (context) => {
    if (process.getuid?.() !== 0) return context.skip("only root can become somebody else");
    const told = join(place.root, "told");
    writeFileSync(told, "");
    chmodSync(told, 0o666);
    const program = `#!/bin/sh\n{ id -u; id -G; grep -E '^(NoNewPrivs|Cap(Prm|Bnd))' /proc/self/status; } >${told}\necho demo, version 1.0.0-\n`;
    place.publish("1.0.0", program);
    expect(await place.install(context, "1.0.0")).toEqual({ status: 0, output: "" });
    expect(readFileSync(told, "utf8").split("\n").filter(Boolean)).toEqual([
      "65534",
      "65534",
      "CapPrm:\t0000000000000000",
      "CapBnd:\t0000000000000000",
      "NoNewPrivs:\t1",
    ]);
  });

  it("takes a pinned checksum in the place of the release's own", async (context) => {
    const sha256 = place.publish("1.0.0");
    place.served.delete("/v1.0.0/sha256sums.txt");
    expect(await place.install(context, "1.0.0", { sha256 })).toEqual({ status: 0, output: "" });
    expect(place.asked).not.toContain("/v1.0.0/sha256sums.txt");
  });

  it("takes the known checksum of the architecture in the place of the release's own", async (context) => {
    const known = {
      "sha256-amd64": "0".repeat(64),
      "sha256-arm64": "0".repeat(64),
      [`sha256-${architecture}`]: place.publish("1.0.0"),
    };
    place.served.delete("/v1.0.0/sha256sums.txt");
    expect(await place.install(context, "1.0.0", known)).toEqual({ status: 0, output: "" });
    expect(place.installed()).toEqual(["demo-1.0.0"]);
  });

  it("refuses an archive whose checksum is not the known one, whatever the release's own says", async (context) => {
    place.publish("1.0.0");
    const known = { [`sha256-${architecture}`]: "0".repeat(64) };
    const { status, output } = await place.install(context, "1.0.0", known);
    expect(output).toMatch(/has the SHA-256 [0-9a-f]{64}, but 0{64} is expected\n$/);
    expect(status).toBe(1);
    expect(place.installed()).toEqual([]);
  });

  it("puts a release with a pinned checksum beside the one that runs, which stays until the next", async (context) => {
    place.publish("1.0.0");
    await place.install(context, "1.0.0");
    place.use("1.0.0");
    const sha256 = place.publish("1.0.0", "#!/bin/sh\n# rebuilt\necho demo, version 1.0.0-\n");
    const pinned = `1.0.0-${sha256.slice(0, 12)}`;
    expect(await place.install(context, "1.0.0", { sha256 })).toEqual({ status: 0, output: "" });
    expect(place.installed()).toEqual(["demo-1.0.0", `demo-${pinned}`]);
    expect(readFileSync(join(place.directory, "demo-1.0.0/demo"), "utf8")).not.toContain("rebuilt");
    expect(readFileSync(join(place.directory, `demo-${pinned}/demo`), "utf8")).toContain("rebuilt");
    place.use(pinned);
    place.asked.length = 0;
    await place.install(context, "1.0.0", { sha256 });
    expect(place.asked).toEqual([]);
    expect(place.installed()).toEqual([`demo-${pinned}`]);
  });

  it("keeps the release that a unit names until the next, and drops those before it", async (context) => {
    for (const version of ["1.0.0", "1.1.0", "1.2.0"]) {
      place.publish(version);
      expect(await place.install(context, version)).toMatchObject({ status: 0 });
      place.use(version);
    }
    expect(place.installed()).toEqual(["demo-1.1.0", "demo-1.2.0"]);
  });

  it("leaves other programs alone, and clears what a killed run has left", async (context) => {
    place.publish("1.0.0");
    const others = ["demo-of-others-1.0.0", "another-1.0.0"];
    for (const each of [...others, ".demo.abc123"]) {
      mkdirSync(join(place.directory, each), { recursive: true });
    }
    await place.install(context, "1.0.0");
    expect(place.installed()).toEqual(["another-1.0.0", "demo-1.0.0", "demo-of-others-1.0.0"]);
  });

  describe("touches nothing and says one clear line", () => {
    const archive = `demo-2.0.0.linux-${architecture}.tar.gz`;
    const path = `/v2.0.0/${archive}`;
    const cases: [name: string, damage: (place: Place) => void, message: string | RegExp][] = [
      [
        "when the checksum is another",
        ({ served }) => served.set("/v2.0.0/sha256sums.txt", Buffer.from(`${"a".repeat(64)}  ${archive}\n`)),
        new RegExp(`${archive} has the SHA-256 [0-9a-f]{64}, but a{64} is expected`),
      ],
      [
        "when the file is cut short",
        ({ served }) => served.set(path, served.get(path)?.subarray(0, 100) ?? Buffer.of()),
        /has the SHA-256 [0-9a-f]{64}, but [0-9a-f]{64} is expected/,
      ],
      [
        "when the connection is cut",
        (at) => {
          at.answer = (asked, response) => {
            if (asked !== path) return false;
            response.writeHead(200, { "content-length": "1000" }).write("x");
            setTimeout(() => response.destroy(), 10);
            return true;
          };
        },
        /cannot be downloaded: curl: \(18\)/,
      ],
      [
        "when the release does not exist",
        ({ served }) => served.clear(),
        /v2.0.0\/sha256sums.txt cannot be downloaded: curl: \(22\) .*404/,
      ],
      [
        "when the mirror has the checksums only",
        ({ served }) => served.delete(path),
        /cannot be downloaded: curl: \(22\) .*404/,
      ],
      [
        "when the release has no archive for the machine's architecture",
        ({ served }) => served.set("/v2.0.0/sha256sums.txt", Buffer.from(`${"a".repeat(64)}  demo.zip\n`)),
        `/v2.0.0/sha256sums.txt has no line for ${archive}`,
      ],
      [
        "when the program does not run",
        (at) => at.publish("2.0.0", "#!/bin/sh\necho no such library >&2\nexit 127\n"),
        "does not run as version 2.0.0 here: no such library",
      ],
      [
        "when the program is of another version",
        (at) => at.publish("2.0.0", "#!/bin/sh\necho demo, version 2.0.01\n"),
        "does not run as version 2.0.0 here: demo, version 2.0.01",
      ],
      [
        "when the archive is none",
        (at) => {
          const content = Buffer.from("no archive");
          const sum = createHash("sha256").update(content).digest("hex");
          at.served.set(path, content).set("/v2.0.0/sha256sums.txt", Buffer.from(`${sum}  ${archive}\n`));
        },
        `${archive} cannot be unpacked, to 16 MB at most: `,
      ],
      [
        "when it is a bomb of files",
        (at) =>
          at.publish("2.0.0", undefined, architecture, (directory) => {
            for (let number = 0; number < 1001; number++) writeFileSync(join(directory, `${number}`), "");
          }),
        `${archive} holds more than 1,000 files and directories`,
      ],
      [
        "when a sparse file would be larger than all may be",
        (at) => at.publish("2.0.0", undefined, architecture, withHole, "--sparse"),
        `${archive} cannot be unpacked, to 16 MB at most: `,
      ],
      [
        "when it is a bomb of bytes",
        (at) => at.publish("2.0.0", undefined, architecture, withHole),
        `${archive} cannot be unpacked, to 16 MB at most: tar: `,
      ],
      [
        "when it holds a symbolic link",
        (at) =>
          at.publish("2.0.0", undefined, architecture, (directory) =>
            symlinkSync("/etc/shadow", join(directory, "LICENSE")),
          ),
        `${archive} holds demo-2.0.0.linux-${architecture}/LICENSE, which is neither a file nor a directory`,
      ],
      [
        "when it holds a device",
        (at) =>
          at.publish("2.0.0", undefined, architecture, (directory) =>
            execute("mkfifo", [join(directory, "device")]),
          ),
        `${archive} holds demo-2.0.0.linux-${architecture}/device, which is neither a file nor a directory`,
      ],
    ];

    it.for(cases)("%s", async ([, damage, message], context) => {
      place.publish("1.0.0");
      await place.install(context, "1.0.0");
      place.use("1.0.0");
      place.publish("2.0.0");
      damage(place);
      const { status, output } = await place.install(context, "2.0.0", { "unpacked-megabytes": "16" });
      expect(output).toMatch(/^demo 2\.0\.0 is not installed: [^\n]*\n$/);
      expect(output).toMatch(typeof message === "string" ? new RegExp(escaped(message)) : message);
      expect(status).toBe(1);
      expect(place.installed()).toEqual(["demo-1.0.0"]);
    });

    it("when the mirror is down", { timeout: 30_000 }, async (context) => {
      const { status, output } = await place.install(context, "2.0.0", { from: "http://127.0.0.1:1" });
      expect(output).toMatch(
        /^demo 2\.0\.0 is not installed: http:\/\/127\.0\.0\.1:1\/.* cannot be downloaded: .*\n$/,
      );
      expect(status).toBe(1);
      expect(place.installed()).toEqual([]);
    });

    it.for(["riscv64", "armv7l", "i686", "s390x"])("when the host is a %s", async (machine, context) => {
      const { status, output } = await place.install(context, "2.0.0", {}, pretend(place, machine));
      expect(output).toContain(
        `this machine is a ${machine}; releases are used for x86_64 (amd64) and aarch64 (arm64)`,
      );
      expect(status).toBe(1);
      expect(place.asked).toEqual([]);
    });
  });
});

/** A file of more than 16 MB, of which next to nothing is on the disk. */
function withHole(directory: string): void {
  writeFileSync(join(directory, "hole"), "");
  truncateSync(join(directory, "hole"), 17 * 2 ** 20);
}

/** A directory for PATH in which `uname` names this machine. */
function pretend(place: Place, machine: string): string {
  const programs = join(place.root, "bin");
  mkdirSync(programs);
  writeFileSync(join(programs, "uname"), `#!/bin/sh\necho ${machine}\n`, { mode: 0o755 });
  return programs;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
