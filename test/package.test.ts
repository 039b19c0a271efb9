import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { GetSchemaRequest, type GetSchemaResponse } from "@pulumi/pulumi/proto/provider_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settings, writeStack } from "./render/support";
import { makeRequest } from "./support/certificates";
import { wireGuardKeyOf } from "./support/deployment";
import { execute } from "./support/execute";
import { fencedBlocks } from "./support/markdown";
import { hostKey, privateKey } from "./support/monitors";

const root = join(__dirname, "..");
const directory = mkdtempSync(join(tmpdir(), "ha-monitoring-package-"));
const consumer = join(directory, "consumer");
const installed = join(consumer, "node_modules/ha-monitoring");
afterAll(() => rmSync(directory, { recursive: true }));

interface Packed {
  filename: string;
  size: number;
  files: { path: string }[];
}

const { typescript } = (
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { devDependencies: { typescript: string } }
).devDependencies;
let packed: Packed;

/** Runs a program that must succeed; returns what it printed. */
function run(program: string, programArguments: string[], cwd = consumer): string {
  const { status, stdout, output } = execute(program, programArguments, { cwd, timeoutSeconds: 300 });
  if (status !== 0) throw new Error(`${program} ${programArguments.join(" ")} failed:\n${output}`);
  return stdout;
}

/** Source files below a directory of the project, without their endings. */
function sources(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return entries.filter((name) => name.endsWith(".ts")).map((name) => `${folder}/${name.slice(0, -3)}`);
}

/** A program that deploys a stack on hosts that print these facts, by the name of the command. */
const program = (facts: Record<string, string>) => `
const machine = (name: string, address: string) => ({
  name,
  address,
  connection: { privateKey: ${JSON.stringify(privateKey)}, hostKey: ${JSON.stringify(hostKey)} },
});
const args: MonitoringStackArgs = {
  monitors: [machine("monitor-a", "198.51.100.10"), machine("monitor-b", "198.51.100.11")],
  alerting: { config: { route: { receiver: "nobody" }, receivers: [{ name: "nobody" }] } },
};
async function main(): Promise<void> {
  const names: string[] = [];
  const facts: Record<string, string> = ${JSON.stringify(facts)};
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => {
      names.push(name);
      return { id: name, state: { ...(inputs as object), stdout: facts[name] ?? "", certPem: "c", privateKeyPem: "k" } };
    },
    call: () => ({}),
  });
  const stack = new MonitoringStack("monitoring", args);
  const trustBundle: pulumi.Output<string> = stack.trustBundle;
  trustBundle.apply((pem) => console.log(pem, names.includes("monitoring-ca-root")));
}
void main();
`;

beforeAll(() => {
  // It builds the package first.
  const told = run("npm", ["pack", "--json", "--silent", "--pack-destination", directory], root);
  [packed] = JSON.parse(told.slice(told.indexOf("[\n"))) as [Packed];
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ name: "consumer", private: true }));
  const quietly = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--silent"];
  run("npm", ["install", ...quietly, join(directory, packed.filename), `typescript@${typescript}`]);
}, 300_000);

describe("the package", { timeout: 120_000 }, () => {
  it("has what is needed to use it, and nothing else", () => {
    const built = [
      ...sources("cli"),
      ...sources("components"),
      ...sources("mixins"),
      ...sources("model"),
      ...sources("program"),
      ...sources("templates"),
      ...sources("testing"),
      "index",
    ];
    const programs = readdirSync(join(root, "templates/programs"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
    expect(packed.files.map(({ path }) => path).sort()).toEqual(
      [
        ...["CHANGELOG.md", "LICENSE", "PulumiPlugin.yaml", "README.md", "package.json", "tsconfig.json"],
        ...built.flatMap((path) => [`dist/${path}.js`, `dist/${path}.d.ts`]),
        ...programs.map((path) => `dist/${path}`),
        ...built.filter((path) => !/^(cli|testing)\//.test(path)).map((path) => `${path}.ts`),
      ].sort(),
    );
  });

  it("is below 550 kB", () => {
    expect(packed.size).toBe(statSync(join(directory, packed.filename)).size);
    expect(packed.size).toBeLessThan(550_000);
  });

  it("shows the doc comments of the sources in an editor", () => {
    for (const path of ["components/shapes", "components/stack/args", "components/stack/monitoringStack"]) {
      const comments = readFileSync(join(root, `${path}.ts`), "utf8").match(/\/\*\*[^]*?\*\//g) ?? [];
      const declarations = readFileSync(join(installed, `dist/${path}.d.ts`), "utf8");
      const withoutLayout = (text: string) => text.replaceAll(/\s+/g, " ");
      expect(comments.length).toBeGreaterThan(0);
      for (const comment of comments) expect(withoutLayout(declarations)).toContain(withoutLayout(comment));
    }
  });

  it("type-checks under strict, declarations of all libraries included, and runs, imported by CommonJS and by ESM", async () => {
    const facts: Record<string, string> = {};
    for (const [host, address] of [
      ["monitor-a", "198.51.100.10"],
      ["monitor-b", "198.51.100.11"],
    ] as const) {
      facts[`monitoring-ca-${host}-identity`] = await makeRequest(host, [`DNS:${host}`, `IP:${address}`]);
      facts[`monitoring-overlay-${host}-key`] =
        `wireguard /etc/ha-monitoring/wireguard/private.key ${wireGuardKeyOf(host)}\n`;
    }
    const head =
      'import * as pulumi from "@pulumi/pulumi";\nimport { MonitoringStack, type MonitoringStackArgs } from "ha-monitoring";\n';
    const consumers = {
      "commonjs/package.json": JSON.stringify({ type: "commonjs" }),
      "commonjs/index.ts": head + program(facts),
      "esm/package.json": JSON.stringify({ type: "module" }),
      "esm/index.ts": head + program(facts),
      "required/package.json": JSON.stringify({ type: "commonjs" }),
      "required/index.ts":
        'import pulumi = require("@pulumi/pulumi");\nimport monitoring = require("ha-monitoring");\n' +
        `import MonitoringStack = monitoring.MonitoringStack;\ntype MonitoringStackArgs = monitoring.MonitoringStackArgs;\n${program(facts)}`,
      "tsconfig.json": JSON.stringify({
        compilerOptions: {
          ...{ strict: true, skipLibCheck: false, module: "nodenext", target: "es2022", types: ["node"] },
          ...{ rootDir: ".", outDir: "out" },
        },
        include: ["commonjs", "esm", "required"],
      }),
    };
    for (const [path, text] of Object.entries(consumers)) {
      mkdirSync(join(consumer, path, ".."), { recursive: true });
      writeFileSync(join(consumer, path), text);
    }
    run(join(consumer, "node_modules/.bin/tsc"), ["--project", "."]);
    for (const kind of ["commonjs", "esm", "required"]) {
      mkdirSync(join(consumer, "out", kind), { recursive: true });
      writeFileSync(
        join(consumer, `out/${kind}/package.json`),
        consumers[`${kind}/package.json` as keyof typeof consumers],
      );
      expect(run("node", [`out/${kind}/index.js`]), kind).toBe("c true\n");
    }
  });

  it("has entries for its components and for tests of programs, and for nothing else", () => {
    const { exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
      exports: Record<string, string>;
    };
    expect(Object.keys(exports)).toEqual([".", "./testing", "./package.json"]);
    for (const [entry, path] of Object.entries(exports)) {
      const name = `ha-monitoring${entry.slice(1)}`;
      const loaded = run("node", ["-p", `Object.keys(require(${JSON.stringify(name)})).join(" ")`]);
      expect(loaded, path).toMatch(
        entry === "./package.json" ? /name version/ : /\b(MonitoringStack|mocks)\b/,
      );
    }
    const deep = execute("node", ["-e", 'require("ha-monitoring/dist/cli/render")'], { cwd: consumer });
    expect(deep.output).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  it("runs the unit test that docs/testing-your-program.md shows, in CommonJS and ESM, and older compilers find its types", () => {
    const page = fencedBlocks(readFileSync(join(root, "docs/testing-your-program.md"), "utf8"));
    const files = page.filter(({ info }) => /^ts index\./.test(info));
    expect(files.map(({ info }) => info)).toEqual(["ts index.ts", "ts index.test.ts"]);
    const folder = join(consumer, "tested");
    const common = { strict: true, target: "es2022", types: ["node"] };
    const older = { module: "commonjs", moduleResolution: "node10", ignoreDeprecations: "6.0" };
    const settings = { "tsconfig.json": { module: "nodenext" }, "older.json": { ...older, noEmit: true } };
    for (const type of ["commonjs", "module"]) {
      mkdirSync(join(folder, type), { recursive: true });
      writeFileSync(join(folder, type, "package.json"), JSON.stringify({ type }));
      for (const { info, text } of files) writeFileSync(join(folder, type, info.slice("ts ".length)), text);
    }
    for (const [name, options] of Object.entries(settings)) {
      writeFileSync(join(folder, name), JSON.stringify({ compilerOptions: { ...common, ...options } }));
      run(join(consumer, "node_modules/.bin/tsc"), ["--project", join(folder, name)]);
    }
    for (const type of ["commonjs", "module"]) {
      const tested = run("node", ["--test", "--test-reporter=tap", join(folder, type, "index.test.js")]);
      expect(tested, type).toMatch(/^# pass 1\n# fail 0$/m);
    }
  }, 900_000);

  it("serves its components to programs in other languages as it does from the sources", async () => {
    // The CLI installs what the plugin needs first, which must not try to build what is built.
    run("npm", ["run", "--silent", "prepare"], installed);
    // What it starts of a package that PulumiPlugin.yaml says is a plugin.
    expect(readFileSync(join(installed, "PulumiPlugin.yaml"), "utf8")).toContain("runtime: nodejs");
    const host = spawn(
      "node",
      [join(consumer, "node_modules/@pulumi/pulumi/cmd/run-plugin"), installed, "127.0.0.1:1"],
      {
        ...{ cwd: installed, stdio: ["ignore", "pipe", "inherit"] },
      },
    );
    try {
      const port = await new Promise<string>((resolve, reject) => {
        host.stdout.once("data", (data: Buffer) => resolve(data.toString().trim()));
        host.once("exit", (status) => reject(new Error(`the plugin host ended with status ${status}`)));
      });
      const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
      const response = await new Promise<GetSchemaResponse>((resolve, reject) =>
        client.getSchema(new GetSchemaRequest(), (error: Error | null, answer: GetSchemaResponse) =>
          error ? reject(error) : resolve(answer),
        ),
      );
      client.close();
      const schema = JSON.parse(response.getSchema()) as { name: string; resources: object; types: object };
      const golden = JSON.parse(
        readFileSync(join(__dirname, "goldens/schema.json"), "utf8"),
      ) as typeof schema;
      expect(schema.name).toBe("ha-monitoring");
      expect(schema.resources).toEqual(golden.resources);
      expect(schema.types).toEqual(golden.types);
    } finally {
      host.kill();
    }
  });

  it("renders programs of its users: in TypeScript as Pulumi reads it, and as an ES module", () => {
    const key = "own:sshPrivateKey";
    const programs = {
      "own/package.json": JSON.stringify({ name: "own" }),
      // What Node.js itself does not read: an enum, and a module without its ending.
      "own/index.ts":
        'import * as pulumi from "@pulumi/pulumi";\nimport { HostFirewall, type InboundRule } from "ha-monitoring";\n' +
        'import { host } from "./host";\nenum Port { App = 8080 }\n' +
        'const rule: InboundRule = { protocol: "tcp", port: Port.App, sources: [], purpose: pulumi.getStack() };\n' +
        'new HostFirewall("web", { host, rules: [rule] });\n',
      "own/host.ts":
        'import * as pulumi from "@pulumi/pulumi";\nimport { SshHost } from "ha-monitoring";\n' +
        'const privateKey = new pulumi.Config().requireSecret("sshPrivateKey");\n' +
        `export const host = new SshHost("web", { address: "198.51.100.21", connection: { privateKey, hostKey: ${JSON.stringify(hostKey)} } });\n`,
      "module/package.json": JSON.stringify({ name: "module", type: "module" }),
      "module/index.js":
        'import pulumi from "@pulumi/pulumi";\nimport { HostFirewall, SshHost } from "ha-monitoring";\n' +
        'const privateKey = new pulumi.Config().requireSecret("sshPrivateKey");\n' +
        `const host = new SshHost("web", { address: "198.51.100.21", connection: { privateKey, hostKey: ${JSON.stringify(hostKey)} } });\n` +
        'new HostFirewall("web", { host, rules: [{ protocol: "tcp", port: 8080, sources: [], purpose: pulumi.getStack() }] });\n' +
        'export const name = "module";\n',
      "own/Pulumi.yaml": "name: own\nruntime: nodejs\n",
      "own/Pulumi.prod.yaml": JSON.stringify({ config: { [key]: { secure: "v1:a" } } }),
    };
    for (const [path, text] of Object.entries(programs)) {
      mkdirSync(join(consumer, path, ".."), { recursive: true });
      writeFileSync(join(consumer, path), text);
    }
    const rendered = ["own", "own/index.ts", "module/index.js"].map((own, index) => {
      const folder = `rendered-${index}`;
      const given = ["--program", own, "--stack", "own/Pulumi.prod.yaml", "--out", folder];
      expect(run(join(consumer, "node_modules/.bin/ha-monitoring"), ["render", ...given])).toContain(
        `; running ${own} took `,
      );
      return readFileSync(join(consumer, folder, "web/etc/ha-monitoring/firewall/rules.nft"), "utf8");
    });
    expect(rendered[0]).toContain("prod");
    expect(rendered).toEqual([rendered[0], rendered[0], rendered[0]]);
  });

  it("renders a stack with 1,000 targets, as a whole process, with the processor's time of a few seconds", () => {
    const stacks = join(directory, "stacks");
    mkdirSync(stacks);
    const targets = Array.from({ length: 1000 }, (_, index) => ({
      name: `target-${index}`,
      address: `198.18.${index >> 8}.${index & 255}`,
      connection: { hostKey },
    }));
    const stackFile = writeStack(stacks, settings({ targets }));
    const program = join(consumer, "node_modules/.bin/ha-monitoring");
    const told = run("sh", ["-c", '"$0" "$@" && times', program, "render", "--stack", stackFile]);
    expect(told).toMatch(/^rendered: 19\d{3} written, 0 removed, 0 unchanged\nhosts: /);
    expect(readdirSync(join(consumer, "rendered/target-999"))).toEqual(["etc", "usr"]);
    // The processor's time, because the disk and other tests make everybody wait. docs/preview-in-ci.md has what was measured of the whole.
    const [, minutes, seconds] = /(\d+)m([\d.]+)s \S+\n$/.exec(told) ?? [];
    expect(Number(minutes) * 60 + Number(seconds)).toBeLessThan(6);
    expect(Number(seconds)).toBeGreaterThan(0.1);
  });
});
