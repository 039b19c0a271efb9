import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { run } from "../../lab/hosts/command";
import { moduleVersion } from "../../lab/releases/recipes";
import { goEnvironment, goToolchain } from "../../lab/toolchain/go";
import type { FieldTable } from "../../model/upstreamFields";
import { defaultVersions } from "../../model/versions";
import { typesText } from "./types";

const root = join(__dirname, "../..");
const warning = "Made by `npm run upstream-fields`: do not change it by hand.";

type Program = "alertmanager" | "prometheus";

/** Reads the fields of the default version of a program. The first run compiles the program, which takes minutes. */
async function readTable(program: Program): Promise<FieldTable> {
  const go = await goToolchain(console.log);
  const directory = join(__dirname, program);
  const version = defaultVersions[program];
  const call = (...words: string[]) => run(go, ["-C", directory, ...words], { environment: goEnvironment });
  await call("get", `github.com/prometheus/${program}@${moduleVersion(program, version)}`);
  await call("mod", "tidy");
  const { stdout: source } = await call("list", "-m", "-f", "{{.Dir}}", `github.com/prometheus/${program}`);
  const { stdout } = await call("run", "-tags=remove_all_sd", "-gcflags=all=-l", ".", version, source.trim());
  return JSON.parse(stdout) as FieldTable;
}

function tableText(table: FieldTable): string {
  return (
    `import type { FieldTable } from "../upstreamFields";\n\n` +
    `/** What ${table.program} ${table.version} reads. ${warning} */\n` +
    `export const ${table.program}Fields: FieldTable = ${JSON.stringify(table, undefined, 2)};\n`
  );
}

async function write(name: string, text: string): Promise<void> {
  const options = JSON.parse(readFileSync(join(root, ".prettierrc.json"), "utf8")) as object;
  const file = join(root, "model/upstream", name);
  writeFileSync(file, await format(text, { ...options, parser: "typescript" }));
  console.log(`Wrote ${file}`);
}

async function main(): Promise<void> {
  const alertmanager = await readTable("alertmanager");
  await write("alertmanager.ts", tableText(alertmanager));
  await write(
    "alertmanagerTypes.ts",
    `import type * as pulumi from "@pulumi/pulumi";\n\n// ${warning}\n\n${typesText(alertmanager)}`,
  );
  await write("prometheus.ts", tableText(await readTable("prometheus")));
}

void main();
