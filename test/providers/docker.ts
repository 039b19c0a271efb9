import { copyFileSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "vitest";
import { execute, type Executed } from "../support/execute";
import type { SshServer } from "./sshServer";

// Runs the docker program on this machine.
function docker(...words: string[]): Executed {
  return execute("docker", words);
}

/** Skips a test, and says why, where this machine has no Docker; fails where CI is set. */
export function requireDocker(context: TestContext): void {
  const reason = dockerProblem();
  if (reason === undefined) return;
  if (process.env["CI"]) throw new Error(reason);
  context.skip(reason);
}

/** Settings of a docker provider that reaches this machine's Docker through a test's sshd. */
export function dockerOverSsh(server: SshServer): { host: string; sshOpts: string[] } {
  return {
    host: `ssh://${server.user}@127.0.0.1:${server.port}`,
    sshOpts: [
      ...["-F", "none", "-i", server.privateKeyFile, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"],
      ...["-o", `UserKnownHostsFile=${server.knownHostsFile}`, "-o", "StrictHostKeyChecking=yes"],
    ],
  };
}

/** Builds a small image: this machine's `sleep` and its libraries, so that nothing is downloaded. */
export function buildImage(name: string, directory: string): void {
  const program = realpathSync("/bin/sleep");
  const libraries = execute("ldd", [program]).stdout.match(/\/\S+/g) ?? [];
  const copy = (from: string, to: string) => {
    mkdirSync(dirname(join(directory, to)), { recursive: true });
    copyFileSync(realpathSync(from), join(directory, to));
  };
  copy(program, "/root/bin/sleep");
  for (const library of libraries) copy(library, join("/root", library));
  writeFileSync(
    join(directory, "Dockerfile"),
    'FROM scratch\nCOPY root /\nENTRYPOINT ["/bin/sleep"]\nCMD ["3600"]\n',
  );
  const built = docker("build", "--quiet", "--tag", name, directory);
  if (built.status !== 0) throw new Error(built.output);
}

/** What Docker says of a container, as far as programs/containers.ts has a say in it. */
export function inspectContainer(name: string): Record<string, unknown> {
  const [answer] = JSON.parse(docker("inspect", name).stdout) as [
    {
      Config: { Cmd: string[]; Env: string[]; User: string; Hostname: string; Healthcheck: object };
      HostConfig: Record<string, unknown> & { RestartPolicy: { Name: string }; LogConfig: { Type: string } };
      Mounts: { Name?: string; Source: string; Destination: string; RW: boolean }[];
      NetworkSettings: { Networks: Record<string, { Aliases: string[] | null }> };
    },
  ];
  const { Config: config, HostConfig: host } = answer;
  const networks = answer.NetworkSettings.Networks;
  return {
    command: config.Cmd,
    environment: config.Env.filter((entry) => !entry.startsWith("PATH=")).sort(),
    ...{ user: config.User, hostname: config.Hostname, healthcheck: config.Healthcheck },
    ...{ memory: host["Memory"], swap: host["MemorySwap"], restart: host.RestartPolicy.Name },
    ...{ readOnly: host["ReadonlyRootfs"], dropped: host["CapDrop"], security: host["SecurityOpt"] },
    log: host.LogConfig.Type,
    mounts: answer.Mounts.map((mount) => [mount.Name ?? mount.Source, mount.Destination, mount.RW]).sort(),
    networks: Object.keys(networks),
    alias: Object.values(networks).every(({ Aliases }) => Aliases?.includes("server")),
  };
}

/** Removes whatever a test has left of its containers, networks, volumes and images. */
export function removeLeftovers(prefix: string): void {
  const remove = [
    ["container", "rm", "--force", "--volumes"],
    ["network", "rm"],
    ["volume", "rm"],
    ["image", "rm", "--force"],
  ];
  for (const [kind = "", ...words] of remove)
    for (const name of named(kind, prefix)) docker(kind, ...words, name);
}

/** Names of everything of a test that Docker has, sorted. */
export function everythingNamed(prefix: string): string[] {
  return ["container", "network", "volume", "image"].flatMap((kind) => named(kind, prefix)).sort();
}

function named(kind: string, prefix: string): string[] {
  const format = { container: "{{.Names}}", image: "{{.Repository}}" }[kind] ?? "{{.Name}}";
  const everything = kind === "container" ? ["--all"] : [];
  const names = docker(kind, "ls", ...everything, "--format", format).stdout.split("\n");
  return names.filter((name) => name.startsWith(prefix));
}

function dockerProblem(): string | undefined {
  try {
    const { status, stderr } = docker("version");
    return status === 0 ? undefined : `Docker does not answer on this machine: ${stderr.trim()}`;
  } catch {
    return "docker is not on this machine; install Debian's package docker.io";
  }
}
