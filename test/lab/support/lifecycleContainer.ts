import { pipe, run } from "../../../lab/hosts/command";
import { labels } from "../../../lab/hosts/labels";
import type { Lab, LabHost } from "../../../lab/hosts/lab";

/** A machine of the lab without systemd: a container whose first process is sshd, on the image of another host, with its keys. */
export async function startWithoutSystemd(lab: Lab, name: string, like: LabHost): Promise<LabHost> {
  const container = `${lab.id}-${name}`;
  const image = await run("docker", ["inspect", "--format", "{{.Config.Image}}", like.container]);
  const address = like.address.replace(/\d+$/, "200");
  await run("docker", [
    ...["create", "--name", container, "--hostname", name, "--network", lab.id, "--ip", address],
    ...["--label", `${labels.lab}=${lab.id}`, "--label", `${labels.host}=${name}`],
    ...[image.stdout.trim(), "sh", "-c", "mkdir -p /run/sshd && exec /usr/sbin/sshd -D"],
  ]);
  const keys = ["ssh_host_ed25519_key", "ssh_host_ed25519_key.pub", "lab_authorized_keys"];
  const paths = keys.map((key) => `etc/ssh/${key}`);
  await pipe(
    ["docker", "exec", like.container, "tar", "-C", "/", "-c", ...paths],
    ["docker", "cp", "-", `${container}:/`],
  );
  await run("docker", ["start", container]);
  return { ...like, name, container, address };
}
