import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { run } from "../../lab/hosts/command";
import { moduleVersion } from "../../lab/releases/recipes";
import { goEnvironment, goToolchain } from "../../lab/toolchain/go";
import { defaultVersions } from "../../model/versions";

const root = join(__dirname, "../..");

/** Writes the table of fields of the default version of a program. The first run compiles the program, which takes minutes. */
async function writeTable(program: "alertmanager" | "prometheus"): Promise<void> {
  const go = await goToolchain(console.log);
  const directory = join(__dirname, program);
  const version = defaultVersions[program];
  const call = (...words: string[]) => run(go, ["-C", directory, ...words], { environment: goEnvironment });
  await call("get", `github.com/prometheus/${program}@${moduleVersion(program, version)}`);
  await call("mod", "tidy");
  const { stdout } = await call("run", "-tags=remove_all_sd", "-gcflags=all=-l", ".", version);
  const file = join(root, "model/upstream", `${program}.ts`);
  const text =
    `import type { FieldTable } from "../upstreamFields";\n\n` +
    `/** What ${program} ${version} reads. Made by \`npm run upstream-fields\`: do not change it by hand. */\n` +
    `export const ${program}Fields: FieldTable = ${stdout.trim()};\n`;
  const options = {
    parser: "typescript",
    ...(JSON.parse(readFileSync(join(root, ".prettierrc.json"), "utf8")) as object),
  };
  writeFileSync(file, await format(text, options));
  console.log(`Wrote ${file}`);
}

async function main(): Promise<void> {
  for (const program of ["alertmanager", "prometheus"] as const) await writeTable(program);
}

void main();
