import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../lab/polling";
import { renderHostBundle } from "../../templates/host/hostBundle";
import { demo, demoBundle, waitFor, withFiles } from "./bundles";
import { program, type Machine } from "./machine";

/** What a bundle does to a machine when all goes well. */
export function describeApplying(machine: () => Machine): void {
  const applied = async (...bundle: Parameters<Machine["apply"]>) => {
    const result = await machine().apply(...bundle);
    expect(result).toMatchObject({ status: 0, stderr: "" });
    return result.stdout;
  };
  const events = async () => {
    const noted = await machine().sh(`cat ${demo.events}; : >${demo.events}`);
    return noted.split("\n").filter(Boolean);
  };

  describe("a bundle is applied", () => {
    beforeEach(async () => {
      await applied(demoBundle());
      await events();
    });
    afterAll(() => machine().remove(demo.name));

    it("brings users, directories and files with their modes and owners, and a running service", async () => {
      await machine().remove(demo.name);
      const facts = await applied(demoBundle());
      const ids = await machine().sh(`id -u ${demo.user}; id -g ${demo.user}`);
      expect(facts).toBe(`user ${demo.user} ${ids.replace("\n", " ")}\n`);
      expect(await machine().sh(`getent passwd ${demo.user} | cut -d : -f 6,7`)).toBe(
        "/nonexistent:/usr/sbin/nologin",
      );
      expect(
        await machine().sh(
          `stat -c '%n %a %U:%G' ${demo.directory} ${demo.state} ${demo.conf} ${demo.unitFile}`,
        ),
      ).toBe(
        [
          `${demo.directory} 750 root:${demo.user}`,
          `${demo.state} 750 ${demo.user}:${demo.user}`,
          `${demo.conf} 640 root:${demo.user}`,
          `${demo.unitFile} 644 root:root`,
        ].join("\n"),
      );
      expect(await machine().read(demo.conf)).toBe("one");
      expect(await machine().sh(`systemctl is-enabled ${demo.unit}; systemctl is-active ${demo.unit}`)).toBe(
        "enabled\nactive",
      );
      expect(await events()).toEqual(["started", "changed"]);
    });

    it("waits for a unit that is restarted with the one that it requires, and is slow", async () => {
      const slowPair = (version: number) => {
        const first = "/etc/systemd/system/ha-monitoring-first.service";
        const second = "/etc/systemd/system/ha-monitoring-second.service";
        const units = [first, second].map((path) => ({ unit: path.replace(/.*\//, ""), restartOn: [path] }));
        const sleeping = "ExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target";
        const requires = "Requires=ha-monitoring-first.service\nAfter=ha-monitoring-first.service";
        return withFiles(
          { name: "slow-pair", host: "monitor-a", services: units },
          [first, `[Unit]\nDescription=Version ${version}\n[Service]\n${sleeping}`],
          [second, `[Unit]\n${requires}\n[Service]\nExecStartPre=/bin/sleep 3\n${sleeping}`],
        );
      };
      // Listed after the unit that requires it, and so started with it: not once more for its changed file.
      await applied({ ...slowPair(1), services: [...(slowPair(1).services ?? [])].reverse() });
      expect(
        await machine().sh(
          "journalctl --sync; journalctl --output cat --unit ha-monitoring-first.service | grep -c ^Started",
        ),
      ).toBe("1");
      const before = await machine().processOf("ha-monitoring-second.service");
      await applied(slowPair(2));
      const after = await machine().processOf("ha-monitoring-second.service");
      expect(after).not.toBe(before);
      expect(Number(after)).toBeGreaterThan(0);
      await machine().remove("slow-pair");
    });

    it("restarts a socket to which hosts connect all the time", async () => {
      const [name, busy] = ["ha-monitoring-busy", "/tmp/busy"];
      const bundle = (version: number) =>
        withFiles(
          {
            ...{ name: "busy", host: "monitor-a" },
            services: [{ unit: `${name}.socket`, restartOn: [`/etc/systemd/system/${name}.socket`] }],
          },
          [
            `/etc/systemd/system/${name}.socket`,
            `[Unit]\nDescription=Version ${version}\n[Socket]\nListenStream=127.0.0.1:7777\n[Install]\nWantedBy=sockets.target`,
          ],
          // It never takes a connection, so that one is always waiting.
          [
            `/etc/systemd/system/${name}.service`,
            `[Unit]\nRequires=${name}.socket\nAfter=${name}.socket\n[Service]\nExecStart=/bin/sleep infinity`,
          ],
        );
      await applied(bundle(0));
      const connect = "timeout 1 bash -c 'exec 3<>/dev/tcp/127.0.0.1/7777'";
      await machine().sh(`touch ${busy}; (while [ -e ${busy} ]; do ${connect}; done >/dev/null 2>&1 &)`);
      try {
        await eventually(60, () => machine().sh(`systemctl is-active ${name}.service`));
        for (let version = 1; version <= 10; version++) await applied(bundle(version));
      } finally {
        await machine().sh(`rm ${busy}`);
        await machine().remove("busy");
      }
    });

    it("changes nothing the second time", async () => {
      const everything = [
        demo.directory,
        demo.state,
        demo.conf,
        demo.unitFile,
        "/etc/systemd/system",
        "/etc/ha-monitoring",
      ];
      const look = async () => [
        await machine().identity(...everything),
        await machine().processOf(demo.unit),
        await machine().sh(
          "systemctl show --property UnitsLoadFinishTimestampMonotonic --property UnitsLoadTimestampMonotonic",
        ),
      ];
      const before = await look();
      await applied(demoBundle());
      expect(await look()).toEqual(before);
      expect(await events()).toEqual([]);
    });

    it("reloads a service when its configuration changes, and leaves other files alone", async () => {
      const process = await machine().processOf(demo.unit);
      const unitFile = await machine().identity(demo.unitFile);
      await applied(demoBundle({ conf: "two" }));
      expect(await machine().read(demo.conf)).toBe("two");
      expect(await machine().processOf(demo.unit)).toBe(process);
      expect(await machine().identity(demo.unitFile)).toBe(unitFile);
      expect(await events()).toEqual(["reloaded", "changed"]);
    });

    it("restarts a service when its unit changes, and does not reload it as well", async () => {
      const process = await machine().processOf(demo.unit);
      await applied(demoBundle({ description: "Another", conf: "two" }));
      expect(await machine().processOf(demo.unit)).not.toBe(process);
      expect(await machine().sh(`systemctl show --property Description --value ${demo.unit}`)).toBe(
        "Another",
      );
      expect(await events()).toEqual(["started", "changed"]);
    });

    it("starts a service that somebody stopped and disabled", async () => {
      await machine().sh(`systemctl --quiet disable --now ${demo.unit}`);
      await applied(demoBundle());
      expect(await machine().sh(`systemctl is-enabled ${demo.unit}; systemctl is-active ${demo.unit}`)).toBe(
        "enabled\nactive",
      );
      expect(await events()).toEqual(["started"]);
    });

    it("corrects what was changed by hand: content, mode, owner, a symbolic link, a missing file", async () => {
      for (const damage of [
        `echo changed >>${demo.conf}`,
        `chmod 0666 ${demo.conf}`,
        `chown nobody-special ${demo.conf}`,
        `cp ${demo.conf} /tmp/elsewhere; ln -sf /tmp/elsewhere ${demo.conf}`,
        `rm ${demo.conf}`,
      ]) {
        await machine().sh(damage);
        await applied(demoBundle());
        expect(await machine().sh(`stat -c '%F %a %U:%G' ${demo.conf}; cat ${demo.conf}`), damage).toBe(
          `regular file 640 root:${demo.user}\none`,
        );
        expect(await events(), damage).toEqual(["reloaded", "changed"]);
      }
      expect(await machine().sh("cat /tmp/elsewhere; rm /tmp/elsewhere")).toBe("one");
    });

    it("corrects mode and owner of a directory", async () => {
      await machine().sh(`chmod 0777 ${demo.directory}; chown nobody-special ${demo.directory}`);
      await applied(demoBundle());
      expect(await machine().sh(`stat -c '%a %U:%G' ${demo.directory}`)).toBe(`750 root:${demo.user}`);
    });

    it("carries any content to the letter", async () => {
      const content = "\\n %s $HOME `id`\t\r\n\n  é | || #\n#\nend\n'\"\n";
      const path = `${demo.directory}/letters`;
      await applied(withFiles(demoBundle(), [path, content], [`${demo.directory}/empty`, ""]));
      expect((await machine().run(`cat ${path}`)).stdout).toBe(content);
      expect(await machine().read(`${demo.directory}/empty`)).toBe("");
    });

    it("removes files, units, users and directories that the bundle no longer lists", async () => {
      const other = "ha-monitoring-other";
      const more = withFiles(
        demoBundle(),
        [`${demo.directory}/more/file`, "more"],
        [
          `/etc/systemd/system/${other}.service`,
          "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target",
        ],
      );
      const before = await machine().inventory();
      await applied({
        ...more,
        users: [demo.user, other],
        directories: [
          ...(more.directories ?? []),
          { path: `${demo.directory}/more`, mode: "0755", owner: `root:${other}` },
          { path: `/var/lib/${other}`, mode: "0755", owner: `${other}:root`, state: true },
        ],
        services: [...(more.services ?? []), { unit: `${other}.service` }],
      });
      await machine().sh(`touch /var/lib/${other}/file; systemctl is-active ${other}`);
      await events();
      await applied(demoBundle());
      expect(await events()).toEqual(["changed"]);
      await machine().sh(`: >${demo.events}`);
      expect(await machine().changesSince(before)).toEqual([]);
    });

    it("reads its output even when nobody listens any more, and ends although its caller hangs up", async () => {
      const bundle = demoBundle({ conf: "left alone", checks: [waitFor("/tmp/hung-up", "/tmp/checking")] });
      await machine().sh("cat >/tmp/bundle", renderHostBundle(bundle));
      await machine().sh(
        `{ ${program} apply </tmp/bundle & echo $! >/tmp/pid; } 2>&1 | true; until [ -e /tmp/checking ]; do sleep 0.1; done; kill -HUP $(cat /tmp/pid); touch /tmp/hung-up`,
      );
      await machine().sh(
        "while kill -0 $(cat /tmp/pid) 2>/dev/null; do sleep 0.1; done; rm /tmp/pid /tmp/bundle /tmp/checking /tmp/hung-up",
      );
      expect(await machine().read(demo.conf)).toBe("left alone");
      expect(await events()).toEqual(["reloaded", "changed"]);
    });
  });

  describe("keys", () => {
    const keys = [
      {
        path: "/etc/ha-monitoring/identity.key",
        mode: "0640",
        owner: "root:operator",
        commonName: "monitor-a",
        alternativeNames: ["DNS:monitor-a", "IP:198.51.100.10", "IP:2001:db8::10"],
      },
    ];
    const identity = {
      name: "identity",
      host: "monitor-a",
      commands: [{ name: "openssl", packages: ["openssl"] }],
      directories: [{ path: "/etc/ha-monitoring", mode: "0755", owner: "root:root" }],
      keys,
    };
    let request: string;
    beforeAll(async () => {
      request = await applied(identity);
    });
    afterAll(() => machine().remove("identity"));

    it("are made on the machine, which prints a request for them", async () => {
      const path = "/etc/ha-monitoring/identity.key";
      expect(await machine().sh(`stat -c '%a %U:%G' ${path}; head -n 1 ${path}`)).toBe(
        "640 root:operator\n-----BEGIN PRIVATE KEY-----",
      );
      const text = await machine().sh("openssl req -noout -verify -text 2>&1", request);
      expect(text).toContain("CN = monitor-a".replaceAll(" = ", text.includes("CN = ") ? " = " : "="));
      expect(text).toContain("DNS:monitor-a, IP Address:198.51.100.10, IP Address:2001:DB8:0:0:0:0:0:10");
      expect(text).toContain("NIST CURVE: P-256");
      expect(await machine().sh("openssl req -noout -pubkey", request)).toBe(
        await machine().sh(`openssl pkey -in ${path} -pubout`),
      );
    });

    it("stay, and so does the request, until its names change", async () => {
      const before = await machine().identity("/etc/ha-monitoring/identity.key");
      expect(await applied({ ...identity, notes: ["applied again"] })).toBe(request);
      const other = await applied({
        ...identity,
        keys: keys.map((key) => ({ ...key, alternativeNames: ["DNS:b"] })),
      });
      expect(await machine().sh("openssl req -noout -text", other)).toContain("DNS:b");
      expect(await machine().identity("/etc/ha-monitoring/identity.key")).toBe(before);
    });

    it("are made anew when they are damaged, but somebody else's file is not touched", async () => {
      await machine().sh(": >/etc/ha-monitoring/identity.key");
      expect(await applied(identity)).not.toBe(request);
      await machine().remove("identity");
      await machine().sh("mkdir /etc/ha-monitoring; echo mine >/etc/ha-monitoring/identity.key");
      expect(await machine().apply(identity)).toMatchObject({
        status: 1,
        stderr:
          "ha-monitoring: monitor-a: bundle identity: /etc/ha-monitoring/identity.key is there already and is no ECDSA P-256 private key; nothing live was changed\n",
      });
      expect(await machine().sh("cat /etc/ha-monitoring/identity.key; rm -r /etc/ha-monitoring")).toBe(
        "mine",
      );
    });
  });
}
