import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { dockerTarget, runBesideDocker, type DockerConnection, DockerError } from "../dockerRemote";
import { toText, type PropertyMap } from "../values";
import { withDocker } from "./dockerContainerOperations";
import {
  refuseUnsupported,
  requireText,
  type Created,
  type Instance,
  type ProviderContext,
} from "./provider";

const supportedBuild = [
  ...["context", "dockerfile", "buildArgs", "tags", "target", "noCache", "labels", "label", "networkMode"],
  ...["extraHosts", "pullParent", "platform", "forceRemove", "remove"],
];

/** Builds an image on the machine from a directory on this one, or pulls it if the machine does not have it. */
export async function createImage(inputs: PropertyMap, context: ProviderContext): Promise<Created> {
  const name = requireText(inputs, "name");
  if (inputs["build"]) await build(name, inputs["build"] as PropertyMap, context);
  return withDocker(context, async (docker) => {
    const image = (await findImage(docker, name)) ?? (await pull(docker, name, inputs));
    return { id: `${image.id}${name}`, outputs: { imageId: image.id, repoDigest: image.repoDigest } };
  });
}

/** `keepLocally` and `forceRemove` are only noted, for the day when the image goes. */
export function updateImage(old: Instance): Promise<PropertyMap> {
  return Promise.resolve(old.outputs);
}

/** Removes the image's name, and the image if that was its last one; with `keepLocally` nothing. */
export async function deleteImage(old: Instance, context: ProviderContext): Promise<void> {
  if (old.inputs["keepLocally"] === true) return;
  const name = requireText(old.inputs, "name");
  const force = old.inputs["forceRemove"] === true ? "?force=1" : "";
  await withDocker(context, async (docker) => {
    if (await findImage(docker, name))
      await docker.request("DELETE", `/images/${encodeURIComponent(name)}${force}`);
  });
}

/** The command that builds an image from a tar archive on its stdin. */
export function buildCommand(name: string, options: PropertyMap): string[] {
  refuseUnsupported("docker:index/remoteImage:RemoteImage build", options, supportedBuild);
  const pairs = (key: string, flag: string) =>
    Object.entries((options[key] ?? {}) as PropertyMap).flatMap(([left, right]) => [
      flag,
      `${left}=${toText(right)}`,
    ]);
  const list = (key: string, flag: string) =>
    ((options[key] ?? []) as string[]).flatMap((value) => [flag, value]);
  const single = (key: string, flag: string) => (options[key] ? [flag, toText(options[key])] : []);
  const switched = (key: string, flag: string) => (options[key] === true ? [flag] : []);
  return [
    ...["docker", "build", "--tag", name, ...list("tags", "--tag")],
    ...["--file", toText(options["dockerfile"] ?? "Dockerfile")],
    ...pairs("buildArgs", "--build-arg"),
    ...[...pairs("labels", "--label"), ...pairs("label", "--label")],
    ...[
      ...single("target", "--target"),
      ...single("networkMode", "--network"),
      ...single("platform", "--platform"),
    ],
    ...list("extraHosts", "--add-host"),
    ...[...switched("noCache", "--no-cache"), ...switched("pullParent", "--pull")],
    ...[...switched("forceRemove", "--force-rm"), "-"],
  ];
}

async function build(name: string, options: PropertyMap, context: ProviderContext): Promise<void> {
  const command = buildCommand(name, options);
  const directory = resolve(context.workDirectory, requireText(options, "context"));
  const archive = spawn("tar", ["--create", "--file=-", "--directory", directory, "."], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaints = "";
  archive.stderr.on("data", (data: Buffer) => (complaints += data.toString()));
  const { status, output } = await runBesideDocker(
    dockerTarget(context.configuration),
    command,
    archive.stdout,
  );
  if (status === 0) return;
  const last = output.trim().split("\n").slice(-40).join("\n");
  throw new Error(`${command.join(" ")} < ${directory} ended with status ${status}:\n${complaints}${last}`);
}

interface FoundImage {
  id: string;
  repoDigest: string;
}

async function findImage(docker: DockerConnection, name: string): Promise<FoundImage | undefined> {
  try {
    const image = (await docker.request("GET", `/images/${encodeURIComponent(name)}/json`)) as unknown as {
      Id: string;
      RepoDigests?: string[];
    };
    return { id: image.Id, repoDigest: image.RepoDigests?.[0] ?? "" };
  } catch (error) {
    if (error instanceof DockerError && error.status === 404) return undefined;
    throw error;
  }
}

async function pull(docker: DockerConnection, name: string, inputs: PropertyMap): Promise<FoundImage> {
  const hasTag = /[:@][^/]*$/.test(name);
  const platform = inputs["platform"] ? `&platform=${encodeURIComponent(toText(inputs["platform"]))}` : "";
  const path = `/images/create?fromImage=${encodeURIComponent(hasTag ? name : `${name}:latest`)}${platform}`;
  // Docker reports a failed pull in the last line of an answer that began well.
  const progress = toText(await docker.request("POST", path));
  const image = await findImage(docker, name);
  if (image) return image;
  const problem = /"error":"([^"]*)"/.exec(progress)?.[1] ?? progress.trim().split("\n").at(-1);
  throw new Error(`image ${name} is not on the machine and cannot be pulled: ${problem}`);
}
