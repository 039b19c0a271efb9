import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { renderHostBundle, type HostBundle } from "../../templates/host/hostBundle";
import { demo, demoBundle, withFiles } from "./bundles";
import { program, type Machine } from "./machine";

const state = "/var/lib/ha-monitoring";

/** To which stack a bundle belongs, which version the records have, and where root writes no file. */
export function describeOwning(machine: () => Machine): void {
  const succeeds = async (result: ReturnType<Machine["run"]>) =>
    expect(await result).toMatchObject({ status: 0, stderr: "" });
  const failure = async (result: ReturnType<Machine["run"]>) => {
    const { status, stderr } = await result;
    expect(status, stderr).toBe(1);
    return stderr;
  };
  /** The host as the version before this one left it, whose state had no format. */
  const installEarlier = async () => {
    await machine().sh(`rm ${state}/format`);
    await succeeds(machine().install(readFileSync(join(__dirname, "earlier/apply.sh"), "utf8")));
  };
  const of = (stack: string, conf = "one") => demoBundle({ stack, conf });
  const remove = (stack: string) => machine().run(`${program} remove ${demo.name} monitor-a ${stack}`);

  describe("a bundle belongs to a stack", () => {
    afterEach(() => machine().remove(demo.name));

    it("and another stack neither changes nor removes it, until it is handed over", async () => {
      await succeeds(machine().apply(of("shop/prod")));
      const refusal = `${demo.says} it belongs to the stack shop/prod, and bank/prod may not change it; nothing was changed; `;
      expect(await failure(machine().apply(of("bank/prod", "two")))).toBe(
        `${refusal}to hand everything of shop/prod on this host over, run there as root: ${program} transfer shop/prod bank/prod\n`,
      );
      expect(await failure(remove("bank/prod"))).toContain("it belongs to the stack shop/prod");
      expect(await failure(machine().apply(demoBundle({ conf: "two" })))).toContain("shop/prod");
      expect(await machine().read(demo.conf)).toBe("one");

      await succeeds(machine().run(`${program} transfer shop/prod bank/prod`));
      expect(await failure(machine().apply(of("shop/prod", "three")))).toContain("bank/prod");
      await succeeds(machine().apply(of("bank/prod", "two")));
      expect(await machine().read(demo.conf)).toBe("two");
      await succeeds(remove("bank/prod"));
      expect(await machine().sh(`ls ${state}/bundles`)).toBe("");
    });

    it("also while its first transaction is unfinished", async () => {
      const sleeping = { ...of("shop/prod"), checks: ["sleep 60"] };
      await machine().sh("cat >/tmp/bundle", renderHostBundle(sleeping));
      await machine().run(
        `${program} apply </tmp/bundle & until pgrep -f '^sleep 60$'; do sleep 0.1; done; kill -9 $!; pkill -f '^sleep 60$'; wait`,
      );
      expect(await failure(machine().apply(of("bank/prod")))).toContain("shop/prod");
      await succeeds(machine().apply(of("shop/prod")));
    });

    it("and the program stays as long as another stack's bundles are there", async () => {
      await succeeds(machine().apply(of("shop/prod")));
      await succeeds(machine().run(`${program} uninstall monitor-a bank/prod`));
      expect(await machine().sh(`ls ${program}`)).toBe(program);
      expect(await failure(machine().run(`${program} uninstall monitor-a shop/prod`))).toContain(
        "there are still bundles on this host, remove them first: demo",
      );
    });

    it("refuses what is no stack's name", async () => {
      expect(await failure(machine().run(`${program} transfer shop/prod 'a b'`))).toContain(
        "'a b' is not the name of a stack: PROJECT/STACK",
      );
    });
  });

  describe("the state of the host has a version", () => {
    afterEach(async () => {
      await machine().sh(`echo 1 >${state}/format`);
      await machine().remove(demo.name);
    });

    it("and a host that the version before it deployed is taken over: nothing is restarted, no key is made anew, and the bundle gets an owner", async () => {
      const key = { path: demo.key, mode: "0600", owner: "root:root" };
      const identity = {
        keys: [{ ...key, commonName: "demo", alternativeNames: ["DNS:demo"] }],
        commands: [{ name: "openssl", packages: ["openssl"] }],
      };
      await installEarlier();
      await succeeds(machine().apply(demoBundle(identity)));
      const process = await machine().processOf(demo.unit);
      const files = await machine().identity(demo.conf, demo.unitFile, demo.directory, demo.key);
      await machine().sh(`: >${demo.events}`);

      await succeeds(machine().install());
      await succeeds(machine().apply(demoBundle({ ...identity, stack: "shop/prod" })));
      expect(await machine().processOf(demo.unit)).toBe(process);
      expect(await machine().identity(demo.conf, demo.unitFile, demo.directory, demo.key)).toBe(files);
      expect(await machine().read(demo.events)).toBe("");
      expect(await machine().read(`${state}/format`)).toBe("1");
      expect(await machine().sh(`sed -n 1p ${state}/bundles/demo`)).toBe(
        "bundle demo on monitor-a for shop/prod",
      );
    });

    it("and so is one on which that version was killed in the middle of a change", async () => {
      await installEarlier();
      await succeeds(machine().apply(demoBundle()));
      const failing = renderHostBundle(
        demoBundle({ conf: "two", probes: [{ within: 60, run: "sleep 60" }] }),
      );
      await machine().sh("cat >/tmp/bundle", failing);
      await machine().run(
        `${program} apply </tmp/bundle & until pgrep -f '^sleep 60$'; do sleep 0.1; done; kill -9 $!; pkill -f '^sleep 60$'; wait`,
      );
      expect(await machine().read(demo.conf)).toBe("two");

      await succeeds(machine().install());
      await succeeds(machine().apply(of("shop/prod")));
      expect(await machine().read(demo.conf)).toBe("one");
      expect(await machine().sh(`systemctl is-active ${demo.unit}`)).toBe("active");
      await succeeds(remove("shop/prod"));
    });

    it("and one of a newer program is refused by everything, also by an installation", async () => {
      await succeeds(machine().apply(demoBundle()));
      await machine().sh(`echo 2 >${state}/format`);
      const says = `${state} has the format 2, and this program knows 1: the host was deployed by a newer version of ha-monitoring, use that version\n`;
      const before = await machine().identity(program, demo.conf);
      await machine().sh(`{ cat ${program}; echo '# another version'; } >/tmp/other`);
      for (const call of [
        machine().apply(demoBundle({ conf: "two" })),
        machine().remove(demo.name),
        machine().run("sh /tmp/other install /tmp/other"),
      ]) {
        expect(await failure(call)).toContain(says);
      }
      expect(await machine().identity(program, demo.conf)).toBe(before);
    });
  });

  describe("root follows no symbolic link that others than root can make", () => {
    const open = "/run/ha-monitoring-open";
    const bundle = (...directories: HostBundle["directories"] & object): HostBundle => ({
      ...{ name: demo.name, host: "monitor-a" },
      directories: [{ path: open, mode: "0750", owner: "65534:65534", state: true }, ...directories],
    });
    const inner = { path: `${open}/sockets`, mode: "0750", owner: "65534:65534", state: true };
    afterEach(async () => {
      await machine().remove(demo.name);
      await machine().sh(`rm -rf ${open} /root/victim`);
    });

    it("and gives away no directory behind it", async () => {
      await succeeds(machine().apply(bundle(inner)));
      await machine().sh("mkdir -m 0700 /root/victim");
      await machine().sh(
        `setpriv --reuid 65534 --regid 65534 --clear-groups sh -c 'cd ${open} && mv sockets old && ln -s /root/victim sockets'`,
      );
      expect(await failure(machine().apply({ ...bundle(inner), notes: ["again"] }))).toContain(
        `${inner.path} leads through a symbolic link that others than root can have made, to /root/victim; remove the link`,
      );
      expect(await machine().sh("stat -c '%a %U' /root/victim")).toBe("700 root");
    });

    it("and puts no file into a directory that others may write to", async () => {
      expect(await failure(machine().apply(withFiles(bundle(inner), [`${inner.path}/file`, "x"])))).toContain(
        `${inner.path}/file is in ${inner.path}, to which this bundle lets others than root write`,
      );
      await machine().sh(`install -d -o 65534 ${open}`);
      const { directories: _, ...files } = withFiles(bundle(), [`${open}/file`, "x"]);
      expect(await failure(machine().apply(files))).toContain(
        `${open} would hold files of this bundle, and others than root can write to it; run: chown root ${open} && chmod go-w ${open}`,
      );
    });

    it("but links that root made are followed, as before", async () => {
      await machine().sh("mkdir /root/victim && ln -s /root/victim /run/ha-monitoring-link");
      const { directories: _, ...files } = withFiles(bundle(), ["/run/ha-monitoring-link/file", "x"]);
      await succeeds(machine().apply(files));
      expect(await machine().read("/root/victim/file")).toBe("x");
      await machine().remove(demo.name);
      await machine().sh("rm /run/ha-monitoring-link");
    });
  });

  describe("the program says in one line", () => {
    it("what a command said that failed without a message of its own", async () => {
      await machine().sh(
        "printf '#!/bin/sh\\necho no space left >&2\\nexit 1\\n' >/usr/local/sbin/sync; chmod +x /usr/local/sbin/sync",
      );
      const { stderr } = await machine().apply(demoBundle());
      await machine().sh("rm /usr/local/sbin/sync");
      await machine().remove(demo.name);
      expect(stderr.trim().split("\n").at(-1)).toMatch(/^ha-monitoring: .*no space left/);
      expect(stderr).not.toMatch(/^no space left/m);
    });
  });

  describe("300 unchanged files", () => {
    it("are looked at by a few processes, not by some for each", async () => {
      const many = withFiles(
        {
          name: "many",
          host: "monitor-a",
          directories: [{ path: "/etc/ha-monitoring-many", mode: "0755", owner: "root:root" }],
        },
        ...Array.from(
          { length: 300 },
          (_, index) => [`/etc/ha-monitoring-many/${index}`, `${index}`] as [string, string],
        ),
      );
      await succeeds(machine().apply(many));
      await machine().sh("cat >/tmp/many", renderHostBundle(many));
      // In a namespace of its own, processes are numbered one after the other.
      const last = await machine().sh(
        `unshare --pid --fork sh -c '${program} apply </tmp/many && sh -c "echo \\$\\$"'`,
      );
      await succeeds(machine().remove("many"));
      expect(Number(last)).toBeLessThan(400);
    });
  });
}
