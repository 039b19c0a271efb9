import { describe, expect, it } from "vitest";
import { readApplyProgram } from "../../templates/host/programs";
import { program, type Machine } from "./machine";

/** Where the program lets itself be installed. */
export function describeInstalling(machine: () => Machine): void {
  const supported = "Debian 12, Debian 13 and Ubuntu 24.04";
  const install = "sh /tmp/apply.new install /tmp/apply.new";
  /** Runs the installation on a machine that looks different. */
  const installWhere = async (difference: string, as = "") => {
    await machine().sh(
      "cat >/tmp/apply.new; chmod 0644 /tmp/apply.new",
      `${readApplyProgram()}# another version\n`,
    );
    return machine().run(`unshare --mount sh -c '${difference}; ${as} ${install}'`);
  };

  describe("the program is installed", () => {
    it("on a supported machine, whole or not at all, and only if it is another one", async () => {
      await machine().install(`${readApplyProgram()}# an older version\n`);
      const old = await machine().identity(program);
      await machine().install();
      expect(await machine().read(program)).toBe(readApplyProgram().replace(/\n$/, ""));
      expect(await machine().sh(`stat -c '%a %U:%G' ${program} /var/lib/ha-monitoring`)).toBe(
        "755 root:root\n700 root:root",
      );
      const identity = await machine().identity(program);
      expect(identity).not.toBe(old);
      await machine().install();
      expect(await machine().identity(program)).toBe(identity);
    });

    it.each<[string, string, string, string[]]>([
      [
        "another distribution",
        'printf "ID=fedora\\nVERSION_ID=42\\n" >/tmp/os-release; mount --bind /tmp/os-release /etc/os-release',
        "",
        [`this host runs fedora-42; supported are ${supported}`],
      ],
      [
        "another version",
        'printf "ID=debian\\nVERSION_ID=\\"11\\"\\n" >/tmp/os-release; mount --bind /tmp/os-release /etc/os-release',
        "",
        [`this host runs debian-11; supported are ${supported}`],
      ],
      [
        "another init",
        "mount -t tmpfs none /run/systemd",
        "",
        [`the init of this host is systemd, not systemd; supported are ${supported} with systemd running`],
      ],
      [
        "a user who is not root",
        "true",
        "runuser -u nobody-special --",
        ["connected as nobody-special, who is not root: connect as root, or give the user passwordless sudo"],
      ],
    ])("but not on %s", async (_, difference, as, lines) => {
      const before = await machine().inventory();
      expect(await installWhere(difference, as)).toEqual({
        status: 1,
        stdout: "",
        stderr: lines.map((line) => `ha-monitoring: ${line}\n`).join(""),
      });
      expect(await machine().changesSince(before)).toEqual([]);
    });

    it("by a user with passwordless sudo", async () => {
      expect(await installWhere("true", "runuser -u operator -- sudo -n")).toEqual({
        status: 0,
        stdout: "",
        stderr: "",
      });
      await machine().install();
    });

    it("and needs root for everything", async () => {
      for (const call of ["apply", "remove demo", "uninstall"]) {
        expect(await machine().run(`runuser -u nobody-special -- sh ${program} ${call}`)).toMatchObject({
          status: 1,
          stderr: "ha-monitoring: this needs root: connect as root, or give the user passwordless sudo\n",
        });
      }
    });
  });
}
