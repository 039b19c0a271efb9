import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Runs a program as `pulumi up` does: in its own directory, an exported function is called, and what is not ready yet is awaited.
 *
 * @param program a file, or the directory of a package, whose `main` or index counts.
 * @throws what the program throws, and when it uses another copy of this library.
 */
export async function loadProgram(program: string): Promise<unknown> {
  const isDirectory = existsSync(program) && statSync(program).isDirectory();
  const directory = realpathSync(isDirectory ? program : dirname(program));
  readTypeScript(directory);
  // A directory's index may be in TypeScript, which only the loader of TypeScript makes known.
  const file = createRequire(join(directory, "program.js")).resolve(
    isDirectory ? directory : realpathSync(program),
  );
  refuseOtherCopies(file);
  process.chdir(directory);
  const exported = isEsModule(file)
    ? ((await import(pathToFileURL(file).href)) as { default?: unknown })
    : { default: createRequire(file)(file) as unknown };
  const main = exported.default ?? exported;
  return typeof main === "function" ? await (main as () => unknown)() : main;
}

/** Makes require() read TypeScript as Pulumi's language host does: by the project's own ts-node and compiler, or else by the SDK's. */
function readTypeScript(directory: string): void {
  // tsx and other loaders have made it known already.
  if (require.extensions[".ts"] !== undefined) return;
  const vendor = join(dirname(require.resolve("@pulumi/pulumi")), "vendor");
  const found = (name: string, otherwise: string) => {
    try {
      return createRequire(join(directory, "program.js")).resolve(name);
    } catch {
      return join(vendor, otherwise);
    }
  };
  const { register } = createRequire(__filename)(found("ts-node", "ts-node@7.0.1")) as {
    register: (options: object) => void;
  };
  register({
    compiler: found("typescript", "typescript@3.8.3/typescript.js"),
    // Types are for the compiler: `pulumi preview` has them checked.
    transpileOnly: true,
    skipProject: true,
    compilerOptions: { target: "es2020", module: "commonjs", esModuleInterop: true },
  });
}

function isEsModule(file: string): boolean {
  const extension = extname(file);
  if (extension === ".mjs" || extension === ".mts") return true;
  if (extension === ".cjs" || extension === ".cts") return false;
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    const manifest = join(directory, "package.json");
    if (existsSync(manifest)) {
      return (JSON.parse(readFileSync(manifest, "utf8")) as { type?: string }).type === "module";
    }
    if (directory === dirname(directory)) return false;
  }
}

/** Each copy of the library has hosts of its own, and only those of this copy are observed. */
function refuseOtherCopies(file: string): void {
  let used: string;
  try {
    used = createRequire(file).resolve("ha-monitoring");
  } catch {
    return;
  }
  const own = realpathSync(require.resolve("../components/index"));
  if (realpathSync(used) === own) return;
  throw new Error(
    `${file} uses the ha-monitoring of ${used}, and this command belongs to ${own}; run the command of that copy: npx ha-monitoring in the directory of the program`,
  );
}
