import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SimulatedDigitalOcean } from "../../lab/digitalocean/simulatedDigitalOcean";
import type { Result } from "../../lab/engine/events";
import { PulumiEngine } from "../../lab/engine/pulumiEngine";
import { runOverSsh } from "../../lab/ssh/connection";
import { run } from "../../lab/hosts/command";
import { Lab } from "../../lab/hosts/lab";
import { ensureSshKeyPair, type SshKeyPair } from "../../lab/hosts/sshKeys";
import { eventually } from "../../lab/polling";
import type { DropletSettings } from "./programs/droplets";

interface DeployedDroplet {
  name: string;
  id: string;
  address: string;
  address6: string;
}

const token = "dop_v1_of_the_lab";
/** Longer than a busy machine needs to see that a droplet's systemd runs. */
const secondsOfUserData = 10;

describe("droplets of the simulated DigitalOcean are hosts of the lab", () => {
  const directory = mkdtempSync(join(tmpdir(), "lab-digitalocean-"));
  const lab = new Lab({ stateDirectory: join(directory, "lab") });
  const log: string[] = [];
  let cloud: SimulatedDigitalOcean;
  let port = 0;

  const keyPair = (name: string) => ensureSshKeyPair(join(directory, "keys", name), name);
  const own = keyPair("administrator");
  const hostKeys = { web: keyPair("web"), other: keyPair("other"), new: keyPair("new") };

  async function startCloud(): Promise<void> {
    cloud = new SimulatedDigitalOcean({ lab, token, log: (line) => log.push(line) });
    // Another program of this machine may have the port of the cloud before for a moment, as that of a connection of its own.
    await eventually(60, () => cloud.listen(port));
    port = Number(new URL(cloud.endpoint).port);
  }

  const engine = (droplets: DropletSettings[]) =>
    new PulumiEngine({
      ...{ program: join(__dirname, "programs", "droplets.ts"), project: "lab-droplets", stack: "test" },
      config: {
        ...{ "digitalocean:apiEndpoint": cloud.endpoint, "digitalocean:token": token },
        ...{ publicKey: own.publicKey, droplets: JSON.stringify(droplets) },
      },
      secretConfig: ["digitalocean:token", "droplets"],
      stateDirectory: join(directory, "stack"),
    });

  function deployed(result: Result): DeployedDroplet[] {
    expect(result.errors, log.join("\n")).toEqual([]);
    return result.outputs["addresses"] as DeployedDroplet[];
  }

  /** Runs a command on a droplet as root, with the administrator's own key. */
  const onDroplet = async (address: string, hostKey: string, command: string, dialErrorLimit = 20) => {
    const connection = { host: address, privateKey: own.privateKey, hostKey, dialErrorLimit };
    const { problem, stdout, stderr } = await runOverSsh(connection, command, "", {});
    return { problem, output: `${stdout}${stderr}`.trim() };
  };

  const handingOver = ({ privateKey, publicKey }: SshKeyPair, ...more: string[]) =>
    [
      ...["#cloud-config", "ssh_deletekeys: true", "ssh_pwauth: false", "disable_root: false"],
      ...["ssh_keys:", `  ed25519_public: ${publicKey}`, "  ed25519_private: |"],
      ...privateKey
        .trim()
        .split("\n")
        .map((line) => `    ${line}`),
      ...more,
      "",
    ].join("\n");

  const web: DropletSettings = {
    ...{ name: "web", ipv6: true },
    userData: handingOver(
      hostKeys.web,
      ...["write_files:", "  - path: /srv/app/secret", "    permissions: '0640'", "    owner: root:adm"],
      ...[
        "    content: |",
        "      first",
        "runcmd:",
        "  - id -un >/srv/app/user",
        "  - [touch, /srv/app/a b]",
      ],
    ),
  };
  const broken: DropletSettings = {
    ...{ name: "broken", image: "debian-12-x64" },
    userData: handingOver(hostKeys.other, "packages: [no-such-package]", "runcmd: [echo said; exit 3]"),
  };

  let droplets: DeployedDroplet[];
  const droplet = (name: string) => {
    const found = droplets.find((one) => one.name === name);
    if (!found) throw new Error(`no droplet ${name}`);
    return found;
  };

  beforeAll(async () => {
    await startCloud();
    // The engine makes both at the same time.
    cloud.disturbNextCloudInit({ seconds: secondsOfUserData, warning: "a module is old" }, web.name);
    cloud.disturbNextCloudInit({ error: "it broke" }, broken.name);
    droplets = deployed(await engine([web, broken]).up());
  });

  afterAll(async () => {
    await cloud.close();
    await lab.down();
    rmSync(directory, { recursive: true, force: true });
  });

  test("an active droplet may still be at its user data; who asks waits for the end of it", async () => {
    const { id, address } = droplet("web");
    const ask = (options: string) =>
      onDroplet(address, hostKeys.web.publicKey, `cloud-init status ${options}`);
    const { problem, output } = await ask("--wait --long");
    expect(output).toContain("status: done");
    expect(output).toContain("\t- a module is old");
    // A recoverable error.
    expect(problem).toBe("Process exited with status 2");
    const files = "/var/lib/cloud/instance/user-data.txt /var/lib/cloud/instance/boot-finished";
    const times = await onDroplet(address, hostKeys.web.publicKey, `stat -c %Y ${files}`);
    const [begun = 0, ended = 0] = times.output.split("\n").map(Number);
    expect(ended - begun).toBeGreaterThanOrEqual(secondsOfUserData);
    const created = cloud.account.actions.find(({ resource_id }) => String(resource_id) === id);
    expect(created).toMatchObject({ type: "create", status: "completed" });
    expect(Date.parse(created?.completed_at ?? "") / 1000).toBeLessThan(ended);
  });

  test("it shows the host key of the user data and no other, lets in the account's key, over both families", async () => {
    const { address, address6 } = droplet("web");
    for (const host of [address, address6]) {
      expect(await onDroplet(host, hostKeys.web.publicKey, "hostname")).toEqual({
        problem: "",
        output: "web",
      });
      const { stdout } = await run("ssh-keyscan", ["-T", "60", "-t", "rsa,ecdsa,ed25519", host]);
      const shown = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      expect(shown).toEqual([`${host} ${hostKeys.web.publicKey}`]);
    }
    await expect(onDroplet(address, hostKeys.other.publicKey, "true", 0)).rejects.toThrow(
      "host key mismatch",
    );
    const { output } = await onDroplet(
      address,
      hostKeys.web.publicKey,
      "cat ~/.ssh/authorized_keys; ls /etc/ssh",
    );
    expect(output).toContain(own.publicKey);
    expect(output).toContain("ssh_host_ed25519_key");
    expect(output).not.toMatch(/ssh_host_(rsa|ecdsa)_key/);
  });

  test("it has the files of its user data, and its commands have run", async () => {
    const { address } = droplet("web");
    const show = "cd /srv/app; stat -c '%a %U %G' secret; cat secret user; ls";
    const shown = await onDroplet(address, hostKeys.web.publicKey, show);
    expect(shown).toEqual({ problem: "", output: "640 root adm\nfirst\nroot\na b\nsecret\nuser" });
  });

  test("it has no Docker, and Docker can be installed on it", async () => {
    const ask = (command: string) => onDroplet(droplet("web").address, hostKeys.web.publicKey, command);
    expect((await ask("command -v docker")).problem).not.toBe("");
    const install = "apt-get update -q && apt-get install -q -y docker.io docker-cli";
    const log = await ask(`{ DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND; ${install}; } 2>&1`);
    expect(log.problem, log.output).toBe("");
    expect(await ask("docker info --format '{{.OSType}}'")).toEqual({ problem: "", output: "linux" });
  });

  test("what is wrong in user data is named by the host, with the exit status of an error", async () => {
    const { address } = droplet("broken");
    const ask = (options: string) =>
      onDroplet(address, hostKeys.other.publicKey, `cloud-init status ${options}`);
    const { problem, output } = await ask("--wait --long");
    expect(problem).toBe("Process exited with status 1");
    expect(output).toContain("status: error");
    for (const module of ["package-update-upgrade-install", "scripts-per-instance", "scripts-user"])
      expect(output).toContain(`('${module}', `);
    expect(droplet("broken").address6).toBe("");
    const { output: said } = await onDroplet(
      address,
      hostKeys.other.publicKey,
      "grep -xE 'said|it broke' /var/log/cloud-init-output.log; . /etc/os-release; echo $VERSION_ID",
    );
    expect(said.split("\n").sort()).toEqual(["12", "it broke", "said"]);
  });

  test("a resize switches it off and on: it keeps its addresses and the key that it has by then, and runs no user data again", async () => {
    const { id, address } = droplet("web");
    const made = await onDroplet(
      address,
      hostKeys.web.publicKey,
      "rm /etc/ssh/ssh_host_ed25519_key* /srv/app/user; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub",
    );
    droplets = deployed(await engine([{ ...web, size: "s-2vcpu-2gb" }, broken]).up());
    expect(droplet("web")).toMatchObject({ id, address });
    const show = "cloud-init status --wait; hostname; ls /srv/app";
    const { output } = await onDroplet(address, made.output, show);
    expect(output).toMatch(/status: done\nweb\na b\nsecret$/);
  });

  test("other user data is another droplet, which is there before the old one is gone", async () => {
    const before = droplet("web");
    const changed = { ...web, size: "s-2vcpu-2gb", userData: handingOver(hostKeys.new) };
    const most: number[] = [];
    let ended = false;
    const watch = async () => {
      while (!ended) {
        most.push((await lab.status()).filter(({ name }) => name.startsWith("web-")).length);
        await sleep(300);
      }
    };
    const [result] = await Promise.all([
      engine([changed, broken])
        .up()
        .finally(() => (ended = true)),
      watch(),
    ]);
    droplets = deployed(result);
    const after = droplet("web");
    expect(Math.max(...most)).toBe(2);
    expect(after.id).not.toBe(before.id);
    expect(after.address).not.toBe(before.address);
    const names = (await lab.status()).map(({ name }) => name);
    expect(names).toEqual([`broken-${droplet("broken").id}`, `web-${after.id}`]);
    const asked = await onDroplet(
      after.address,
      hostKeys.new.publicKey,
      "cloud-init status --wait; hostname",
    );
    expect(asked.output).toMatch(/status: done\nweb$/);

    // All of it is remembered by a process that comes later.
    await cloud.close();
    await startCloud();
    const { changes } = await engine([changed, broken]).preview();
    expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  test("a droplet without user data makes keys of its own", async () => {
    droplets = deployed(await engine([{ name: "plain", userData: "#cloud-config\n" }]).up());
    const { address, id } = droplet("plain");
    const kinds = async () => {
      const { stdout } = await run("ssh-keyscan", ["-T", "60", "-t", "rsa,ecdsa,ed25519", address], {
        allowFailure: true,
      });
      return stdout.match(/^[^#]\S+ \S+/gm)?.map((line) => line.split(" ")[1]);
    };
    await eventually(60, async () => {
      expect((await kinds())?.sort()).toEqual(["ecdsa-sha2-nistp256", "ssh-ed25519", "ssh-rsa"]);
    });
    expect((await lab.status()).map(({ name }) => name)).toEqual([`plain-${id}`]);
  });

  test("destroy leaves no host, no key, no secret", async () => {
    expect((await engine([]).destroy()).errors).toEqual([]);
    expect(await lab.status()).toEqual([]);
    expect(log).toEqual([]);
    expect(JSON.stringify(cloud.requests)).not.toMatch(/PRIVATE KEY|dop_v1/);
  });
});
