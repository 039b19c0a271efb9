import { buildAlertmanagerBase, buildAlertmanagerImage, debianImage } from "../../../lab/hosts/images";
import type { Lab, LabHost } from "../../../lab/hosts/lab";
import { ImageRegistry } from "../../../lab/hosts/imageRegistry";
import { eventually } from "../../../lab/polling";

/** Images in a registry that the hosts of a lab reach, by what they are for. */
export interface OfferedImages {
  /** What hosts build Alertmanager's image on. */
  baseImage: string;
  /** A finished image. */
  finished: string;
}

/** Starts a registry with all images that a host may ask for, and lets these hosts ask it. */
export async function startRegistry(
  lab: Lab,
  hosts: LabHost[],
): Promise<{ registry: ImageRegistry; images: OfferedImages }> {
  const registry = await ImageRegistry.start((hosts[0] as LabHost).address.replace(/\d+$/, "1"));
  try {
    const images = {
      baseImage: await registry.offer(await buildAlertmanagerBase(), debianImage("debian13")),
      finished: await registry.offer(await buildAlertmanagerImage(), "example/alertmanager:finished"),
    };
    await Promise.all(hosts.map((host) => trustRegistry(lab, host, registry)));
    return { registry, images };
  } catch (error) {
    registry.stop();
    throw error;
  }
}

async function trustRegistry(lab: Lab, host: LabHost, registry: ImageRegistry): Promise<void> {
  const file = "/etc/docker/daemon.json";
  const settings = JSON.parse((await lab.exec(host, `cat ${file}`)).stdout) as object;
  await lab.exec(
    host,
    `cat >${file} && if systemctl --quiet is-active docker; then systemctl reload docker; fi`,
    {
      stdin: JSON.stringify({ ...settings, "insecure-registries": [registry.host] }),
    },
  );
  // A reload is a signal, which Docker follows in its own time.
  await eventually(60, () =>
    lab.exec(
      host,
      `if systemctl --quiet is-active docker; then docker info --format '{{json .RegistryConfig}}' | grep -qF '"${registry.host}"'; fi`,
    ),
  );
}

const foreignHaproxyCfg = `global
    log stderr format raw daemon
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend web
    bind 0.0.0.0:8080
    http-request return status 200 content-type text/plain string "somebody else's"
`;

/** Somebody else's HAProxy, which serves on port 8080. */
export async function installForeignHaproxy(lab: Lab, host: LabHost): Promise<void> {
  await lab.exec(
    host,
    "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y haproxy curl >/dev/null",
  );
  await lab.exec(
    host,
    "cat >/etc/haproxy/haproxy.cfg && systemctl enable --quiet haproxy && systemctl restart haproxy",
    {
      stdin: foreignHaproxyCfg,
    },
  );
}

/** How somebody else's HAProxy runs: changes when it was restarted, reloaded or written to. */
export async function foreignHaproxy(lab: Lab, host: LabHost): Promise<string> {
  const { stdout } = await lab.exec(
    host,
    "systemctl show --property MainPID,NRestarts,ActiveState,ActiveEnterTimestampMonotonic,StateChangeTimestampMonotonic,UnitFileState haproxy;" +
      " stat --format '%i %a %U %y' /etc/haproxy/haproxy.cfg; pgrep --list-full haproxy | grep -v ha-monitoring; curl --silent http://127.0.0.1:8080/",
  );
  return stdout;
}

/** Somebody else's container, volume and network on a host, without an image from anywhere. */
export async function startForeignContainer(lab: Lab, host: LabHost): Promise<void> {
  await lab.exec(
    host,
    "tar -ch $(ldd /usr/bin/sleep | grep -o '/[^ ]*') /usr/bin/sleep 2>/dev/null | docker import --change 'CMD [\"/usr/bin/sleep\", \"infinity\"]' - somebody/else:1 >/dev/null" +
      " && docker network create --label owner=somebody foreign >/dev/null && docker volume create foreign >/dev/null" +
      " && docker run --detach --name foreign --restart always --network foreign --volume foreign:/data somebody/else:1 >/dev/null" +
      " && docker create --name foreign-stopped somebody/else:1 >/dev/null",
  );
}
