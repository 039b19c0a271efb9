import { pipe, run } from "./command";

/** Copies an image of this machine's Docker engine into the engine inside a container, unless it is there. */
export async function loadImage(container: string, image: string): Promise<void> {
  const inspect = ["image", "inspect", "--format", "{{.Created}} {{json .RootFS}}", image];
  // Not by id: engines with different image stores give one image different ids.
  const here = (await run("docker", inspect)).stdout;
  const there = await run("docker", ["exec", container, "docker", ...inspect], { allowFailure: true });
  if (there.status === 0 && there.stdout === here) return;
  await pipe(
    ["docker", "save", image],
    ["docker", "exec", "--interactive", container, "docker", "load", "--quiet"],
  );
}
