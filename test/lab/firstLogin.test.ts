import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DropletImage } from "../../components";
import type { WantedMachine } from "../../lab/digitalocean/machines";
import { SimulatedDigitalOcean } from "../../lab/digitalocean/simulatedDigitalOcean";
import type { Result } from "../../lab/engine/events";
import { PulumiEngine } from "../../lab/engine/pulumiEngine";
import { run } from "../../lab/hosts/command";
import type { HostFile } from "../../lab/hosts/host";
import { Lab } from "../../lab/hosts/lab";
import { ensureSshKeyPair } from "../../lab/hosts/sshKeys";
import { runOverSsh } from "../../lab/ssh/connection";
import { projectDirectory } from "../../lab/stack";
import { output } from "./support/cluster";
import type { DropletHostSettings } from "./programs/dropletHosts";

const token = "dop_v1_of_the_lab";

/** An image that a droplet is made from, by what its cloud.cfg says. */
interface TestedImage {
  image: DropletImage;
  /** Whether there is a default user: Debian's is `debian`, with sudo for everything and no password asked. */
  defaultUser: boolean;
  /** Whether root's keys only print that the default user must log in. */
  disableRoot: boolean;
}

// Each pair of properties is there once.
const images: Record<string, TestedImage> = {
  "as-debian-13": { image: "debian-13-x64", defaultUser: true, disableRoot: true },
  "root-only-13": { image: "debian-13-x64", defaultUser: false, disableRoot: false },
  "user-and-root-12": { image: "debian-12-x64", defaultUser: true, disableRoot: false },
  "nobody-12": { image: "debian-12-x64", defaultUser: false, disableRoot: true },
};
const names = Object.keys(images);

/** The host that the program has made of a droplet. */
interface DeployedHost {
  name: string;
  address: string;
  hostKey: string;
  /** Private key in OpenSSH's format. */
  firstLogin: string;
}

describe("the keys that a droplet's user data brings", () => {
  const directory = mkdtempSync(join(tmpdir(), "lab-first-login-"));
  const lab = new Lab({ stateDirectory: join(directory, "lab") });
  const own = ensureSshKeyPair(join(directory, "administrator"), "administrator");
  const log: string[] = [];
  const cloud = new SimulatedDigitalOcean({
    ...{ lab, token, files: imageFiles },
    log: (line) => log.push(line),
  });
  const hosts = new Map<string, DeployedHost>();

  const engine = (more: DropletHostSettings[] = []) => {
    const droplets = [...names.map((name) => ({ name, image: images[name]!.image })), ...more];
    return new PulumiEngine({
      ...{ program: join(__dirname, "programs", "dropletHosts.ts"), project: "first-login", stack: "test" },
      config: {
        ...{ "digitalocean:apiEndpoint": cloud.endpoint, "digitalocean:token": token },
        ...{ publicKey: own.publicKey, sshPrivateKey: own.privateKey, droplets: JSON.stringify(droplets) },
      },
      secretConfig: ["digitalocean:token", "sshPrivateKey"],
      stateDirectory: join(directory, "stack"),
    });
  };
  const machine = (name: string) =>
    cloud.account.droplets.find((droplet) => droplet.name === name)?.machine ?? name;
  const on = (name: string, command: string) => output(lab, machine(name), command);
  const deployed = (name: string) => {
    const host = hosts.get(name);
    if (!host) throw new Error(`no droplet ${name}`);
    return host;
  };
  const logIn = async (name: string, user: string, privateKey: string) => {
    const { address: host, hostKey } = deployed(name);
    const { problem, stdout } = await runOverSsh(
      { host, hostKey, user, privateKey, dialErrorLimit: 0 },
      "id -un",
      "",
      {},
    );
    expect(problem).toBe("");
    return stdout.trim();
  };

  let first: Result;

  beforeAll(async () => {
    await cloud.listen();
    first = await engine().up();
    for (const host of (first.outputs["hosts"] ?? []) as DeployedHost[]) hosts.set(host.name, host);
  });

  afterAll(async () => {
    await cloud.close();
    await lab.down();
    rmSync(directory, { recursive: true, force: true });
  });

  test("every image lets the first connection in as root", () => {
    expect(first.errors, log.join("\n")).toEqual([]);
    expect([...hosts.keys()].sort()).toEqual([...names].sort());
  });

  test.each(names)("%s: the first login key logs in as nobody afterwards", async (name) => {
    expect(await logIn(name, "root", own.privateKey)).toBe("root");
    for (const user of ["root", "debian"])
      await expect(logIn(name, user, deployed(name).firstLogin), user).rejects.toThrow(
        "All configured authentication methods failed",
      );
    expect(await on(name, "grep -rl ha-monitoring-first-login /root /home || :")).toBe("");
    // cloud-init was not asked for a default user, so it made none.
    expect(await on(name, "getent passwd debian || :")).toBe("");
    expect(await on(name, "passwd -S root")).toMatch(/^root L /);
  });

  test.each(names)("%s: sshd offers the host's own key only", async (name) => {
    const { address, hostKey } = deployed(name);
    const { stdout } = await run("ssh-keyscan", ["-T", "60", "-t", "rsa,ecdsa,ed25519", address]);
    expect(stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([
      `${address} ${hostKey}`,
    ]);
  });

  test.each(names)("%s: cloud-init finds the user data valid, and has nothing to warn of", async (name) => {
    expect(await on(name, "cloud-init schema --system")).toMatch(
      /^(Valid cloud-config: system userdata|.*Valid schema user-data)$/m,
    );
    expect(await on(name, "grep -E 'WARNING|ERROR|DEPRECATED' /var/log/cloud-init.log || :")).toBe("");
  });

  test.each(names)(
    "%s: root alone can read the first host key where cloud-init has kept it",
    async (name) => {
      const find =
        'key=$(sed -n "/BEGIN OPENSSH/{n;s/ *//p;q}" /var/lib/cloud/instance/user-data.txt); test -n "$key"';
      const among = '-rlsF -e "$key" /etc /home /root /run /tmp /var || :';
      expect(await on(name, `${find}; grep ${among}`)).toContain("/user-data.txt");
      expect(await on(name, `${find}; runuser -u nobody-special -- grep ${among}`)).toBe("");
    },
  );

  test.each(["as-debian-13", "user-and-root-12"])(
    "%s: retiring the key takes its line from every account, and nothing else",
    async (name) => {
      const line = "ssh-ed25519 AAAA ha-monitoring-first-login";
      await on(
        name,
        `add() { install -d -o "$1" -g "$2" -m 700 "/home/$1/.ssh"; printf '%s\n' "$3" >"/home/$1/.ssh/$4"; chown "$1:$2" "/home/$1/.ssh/$4"; }
        add operator operator 'command="exit 142" ${line}
ssh-ed25519 BBBB kept
# ha-monitoring-first-login kept' authorized_keys
        chmod 640 /home/operator/.ssh/authorized_keys
        add operator operator '${line}' authorized_keys2; chmod 600 /home/operator/.ssh/authorized_keys2
        add nobody-special nobody-special '' other
        # What a link names is not the account's.
        printf '%s\n' '${line}' >/etc/linked; chmod 644 /etc/linked
        ln -s /etc/linked /home/nobody-special/.ssh/authorized_keys`,
      );
      await retire(name);
      const show =
        "cd /home/operator/.ssh; stat -c '%n %a %U %G' *; cat authorized_keys; wc -c <authorized_keys2";
      expect(await on(name, show)).toBe(
        [
          ...["authorized_keys 640 operator operator", "authorized_keys2 600 operator operator"],
          ...["ssh-ed25519 BBBB kept", "# ha-monitoring-first-login kept", "0"],
        ].join("\n"),
      );
      expect(await on(name, "cat /etc/linked; cat /home/nobody-special/.ssh/authorized_keys")).toBe(line);
    },
  );

  test.each(["as-debian-13", "user-and-root-12"])(
    "%s: sshd takes the next connection whenever a step has ended, however often it is run",
    async (name) => {
      const steps = `f=$(mktemp); cat >"$f"
        for try in 1 2 3 4 5 6 7 8; do
          sh -s -- make 1 <"$f" >/dev/null || echo failed
          bash -c 'exec 3<>/dev/tcp/127.0.0.1/22' 2>/dev/null || echo refused
        done`;
      const { stdout } = await lab.exec(machine(name), steps, { stdin: hostKeyProgram });
      expect(stdout).toBe("");
    },
  );

  test("a droplet whose cloud-init fails is not adopted, and the error names what failed and where to look", async () => {
    cloud.disturbNextCloudInit({ error: "it broke" });
    const { errors } = await engine([{ name: "broken", image: "debian-13-x64" }]).up();
    const messages = errors.map(({ message }) => message).join("\n");
    expect(messages).toMatch(/broken: cloud-init failed: .*scripts-per-instance/);
    expect(messages).toContain("look at /var/log/cloud-init-output.log on the host");
    expect((await engine().up()).errors).toEqual([]);
  });

  async function retire(name: string): Promise<void> {
    await lab.exec(machine(name), "sh -s -- retire 1 s-1vcpu-2gb", { stdin: hostKeyProgram });
  }
});

const hostKeyProgram = readFileSync(join(projectDirectory, "templates", "programs", "host-key.sh"));

function imageFiles({ hostname }: WantedMachine): HostFile[] {
  const { defaultUser, disableRoot } = images[hostname] ?? { defaultUser: true, disableRoot: true };
  const settings = { users: defaultUser ? ["default"] : [], disable_root: disableRoot };
  return [
    { path: "/etc/cloud/cloud.cfg.d/98_image.cfg", content: `${JSON.stringify(settings)}\n`, mode: 0o644 },
  ];
}
