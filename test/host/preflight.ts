import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Preflight } from "../../model/preflight";
import { renderPreflight } from "../../templates/host/preflight";
import { program, type Machine } from "./machine";

const stack = "shop/prod";
const overlayAddress = "fd00:5::1";
const needs: Preflight = {
  listeners: [
    { protocol: "udp", address: "0.0.0.0", port: 51820, setting: "listenPort" },
    { protocol: "udp", address: "::", port: 51820, setting: "listenPort" },
    { protocol: "tcp", address: overlayAddress, port: 9100, setting: "nodeExporter.port" },
    { protocol: "tcp", address: "127.0.0.1", port: 9090, setting: "prometheus.port" },
    { protocol: "tcp", address: "0.0.0.0", port: 9094, setting: "gossip.streamPort" },
  ],
  sshPort: 22,
  sshLogins: 4,
  open: [
    { family: "ip", protocol: "udp", port: 51820 },
    { family: "ip", protocol: "tcp", port: 9094 },
    { family: "ip6", protocol: "tcp", port: 9100, networkInterface: "wg0" },
  ],
  interfaceName: "wg0",
  networks: ["198.19.7.0/24"],
  space: [{ directory: "/var/lib", megabytes: 1 }],
  needsDocker: true,
};

/** What a host is asked before anything is put on it. */
export function describePreflight(machine: () => Machine): void {
  const ask = (what: Preflight = needs, within = "") =>
    machine().run(
      within === ""
        ? `${program} preflight`
        : `cat >/tmp/needs; unshare --mount sh -c '${within}; exec ${program} preflight </tmp/needs'`,
      renderPreflight("target-a", stack, what),
    );
  const findings = async (...given: Parameters<typeof ask>) => {
    const { status, stdout, stderr } = await ask(...given);
    const lines = stderr.split("\n").filter((line) => line !== "");
    expect({ status, stdout }).toEqual({ status: lines.length > 0 ? 1 : 0, stdout: "" });
    return lines.map((line) => {
      expect(line).toMatch(/^ha-monitoring: target-a: /);
      return line
        .replace("ha-monitoring: target-a: ", "")
        .replaceAll(/process \d+/g, "process N")
        .replaceAll(/\d+ MB free/g, "M MB free");
    });
  };
  const listen = (unit: string, ...sockets: string[]) =>
    machine().sh(
      `systemd-run --quiet --unit ${unit} --property Type=notify --property NotifyAccess=all perl -MIO::Socket::IP -e '
        @all = map { my ($p, $a, $n) = split /,/; IO::Socket::IP->new(Proto => $p, LocalHost => $a, LocalPort => $n,
          $p eq "tcp" ? (Listen => 1) : (), V6Only => 1) or die "$_: $@" } @ARGV;
        system("systemd-notify --ready"); sleep' ${sockets.join(" ")}`,
    );

  describe("a host is asked before anything is put on it", () => {
    it("has nothing to say when everything is free, and nothing is changed", async () => {
      const before = await machine().inventory();
      expect(await findings()).toEqual([]);
      expect(await machine().changesSince(before)).toEqual([]);
    });

    describe("with services of its own", () => {
      beforeAll(async () => {
        await listen("own-exporter.service", "tcp,::,9100", "tcp,0.0.0.0,9090", "udp,0.0.0.0,51820");
        await listen("own-other.service", "tcp,127.0.0.1,9100", "tcp,::1,9090", "tcp,127.0.0.2,9094");
        await machine().sh(
          "ip link add wg0 type bridge; ip link add own0 type bridge; ip addr add 198.19.7.129/25 dev own0; ip link set own0 up",
        );
      });
      afterAll(async () => {
        await machine().sh(
          "systemctl stop own-exporter own-other; ip link delete wg0; ip link delete own0; rm -f /tmp/needs",
        );
      });

      const holder = "perl (own-exporter.service, process N)";
      const held = (port: string, of: string, setting: string) =>
        `port ${port} of ${of} is held by ${holder}; choose another ${setting}, or stop what holds it`;
      const taken = [
        held("51820 (udp)", "0.0.0.0:51820", "listenPort"),
        held("9100 (tcp)", "[::]:9100", "nodeExporter.port"),
        held("9090 (tcp)", "0.0.0.0:9090", "prometheus.port"),
        "port 9094 (tcp) of 127.0.0.2:9094 is held by perl (own-other.service, process N); choose another gossip.streamPort, or stop what holds it",
        "wg0 is on this host already and is not ours; choose another interfaceName",
        "the overlay's 198.19.7.0/24 overlaps what this host routes already (198.19.7.128/25,198.19.7.129); choose another network",
      ];

      it("names each conflict, who holds it and the setting that helps, and no socket that is no conflict", async () => {
        expect(await findings()).toEqual(taken);
      });

      it("all findings are reported at once", async () => {
        const { length } = taken;
        const all = await findings(
          { ...needs, space: [{ directory: "/var/lib/not/there", megabytes: 99_999_999 }] },
          [
            'sed "/^Package: tzdata$/,/^Status:/ s/^Status: .*/Status: install ok half-configured/" /var/lib/dpkg/status >/tmp/status',
            "mount --bind /tmp/status /var/lib/dpkg/status",
            'printf "#!/bin/sh\\necho 1970\\n" >/tmp/date && chmod +x /tmp/date && mount --bind /tmp/date /usr/bin/date',
          ].join(" && "),
        );
        expect(all).toEqual([
          "the clock says 1970, and certificates are valid from today on; set it, for example by timedatectl set-ntp true",
          "packages are half installed, so that no other can be: tzdata; run dpkg --configure -a on the host",
          ...taken,
          "/var/lib/not/there has M MB free, and a first deployment needs 99999999 MB",
        ]);
        expect(all).toHaveLength(length + 3);
        await machine().sh("rm -f /tmp/status /tmp/date");
      });
    });

    it("says that a user who becomes root by sudo may not use Docker, and how to change that, with Docker and without", async () => {
      const as = async (user: string, within = "") =>
        (
          await machine().run(
            `cat >/tmp/needs; ${within}env SUDO_USER=${user} ${program} preflight </tmp/needs`,
            renderPreflight("target-a", stack, needs),
          )
        ).stderr;
      await machine().sh("useradd --system preflight-user");
      const refused =
        "ha-monitoring: target-a: the user preflight-user may not use Docker, which makes the container of Alertmanager; run groupadd --force --system docker && usermod --append --groups docker preflight-user on the host (the group docker has the rights of root), or connect as root\n";
      expect(await as("preflight-user")).toBe(refused);
      // What the message names is enough, and Docker need not be there.
      await machine().sh(
        "groupadd --force --system docker && usermod --append --groups docker preflight-user",
      );
      expect(await as("preflight-user")).toBe("");
      await machine().sh("gpasswd --delete preflight-user docker");
      // A user to whom Docker answers all the same.
      await machine().sh(`printf '#!/bin/sh\\nexit 0\\n' >/tmp/docker && chmod 755 /tmp/docker`);
      const answered =
        'unshare --mount sh -c \'touch /usr/local/bin/docker; mount --bind /tmp/docker /usr/local/bin/docker; exec "$0" "$@"\' ';
      expect(await as("preflight-user", answered)).toBe("");
      expect(await as("root")).toBe("");
      await machine().sh("rm -f /usr/local/bin/docker /tmp/docker /tmp/needs; userdel preflight-user");
    });

    it("says that the firewall would close SSH if sshd listens on another port", async () => {
      expect(await findings({ ...needs, sshPort: 2222 })).toEqual([
        "nothing listens on port 2222 (tcp), the only one that the firewall would leave open for SSH; set sshPort to the port on which sshd itself listens: 22",
      ]);
    });

    it("says which limit of sshd is below what a run needs, in which file, and nothing of a limit that only slows a run down", async () => {
      const file = "/etc/ssh/sshd_config.d/limits.conf";
      const limited = async (...lines: string[]) => {
        await machine().sh(`cat >${file}; sshd -t`, `${lines.join("\n")}\n`);
        return findings();
      };
      const most = (count: number, setting: string, normal: string) =>
        `of connections that have not logged in, sshd takes ${count} at once (${setting} in ${file}), and a run needs 4; set ${normal} there, and run systemctl reload ssh`;
      try {
        for (const [value, all, count] of [
          ["3", "3:30:3", 3],
          ["2:100:60", "2:100:60", 2],
        ] as const)
          expect(await limited(`  maxstartups ${value}`)).toEqual([
            most(count, `MaxStartups ${all}`, "MaxStartups 10:30:100"),
          ]);
        expect(await limited("PerSourceMaxStartups 1")).toEqual([
          most(1, "PerSourceMaxStartups 1", "PerSourceMaxStartups none"),
        ]);
        // Some logins are refused by chance, and tried again; the last limit is of sessions, beyond which ssh opens connections.
        for (const enough of [
          "MaxStartups 4",
          "MaxStartups 3:50:10",
          "MaxStartups 10:30:60",
          "MaxSessions 1",
        ])
          expect(await limited(enough), enough).toEqual([]);
        // It says nothing of a configuration that sshd refuses.
        await machine().sh(`echo nonsense >${file}`);
        expect(await findings()).toEqual([]);
      } finally {
        await machine().sh(`rm ${file}`);
      }
    });

    describe("with a firewall of its own", () => {
      const table = "table inet own";
      const orTrust = ", or set trustForeignFirewall if it lets that in already";
      const closed = "port 51820 (udp), port 9094 (tcp), port 9100 (tcp) of wg0";
      let before: string[] = [];
      const installed = async () => (await machine().sh("dpkg-query -W -f '${Package}\\n'")).split("\n");
      const load = (...rules: string[]) =>
        machine().sh(`nft -f - <<'END'\n${table}\ndelete ${table}\n${table} {\n${rules.join("\n")}\n}\nEND`);
      const input = (policy: string, ...rules: string[]) =>
        load(`chain input {`, `type filter hook input priority filter; policy ${policy};`, ...rules, "}");

      const install = (...packages: string[]) =>
        `{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends ${packages.join(" ")}; } >/tmp/apt 2>&1 </dev/null`;

      beforeAll(async () => {
        before = await installed();
        await machine().sh(install("ufw", "nftables"));
      });
      afterAll(async () => {
        await machine().sh(`nft delete ${table} 2>/dev/null; ufw --force disable >/dev/null; rm -f /tmp/apt`);
        const brought = (await installed()).filter((name) => !before.includes(name));
        await machine().sh(`apt-get -qq -y purge ${brought.join(" ")} >/dev/null 2>&1`);
      });

      it("says what ufw drops and the commands that let it in, after which it says nothing more", async () => {
        expect(await findings()).toEqual([]);
        await machine().sh("ufw allow 22/tcp && ufw --force enable");
        const commands = ["ufw allow 51820/udp", "ufw allow 9094/tcp"];
        const overlay = "ufw allow in on wg0";
        expect(await findings()).toEqual(
          expect.arrayContaining([
            `ufw drops what comes in to port 51820 (udp), port 9094 (tcp); run on the host: ${commands.join("; ")}${orTrust}`,
            `ufw drops what comes in to port 9100 (tcp) of wg0; run on the host: ${overlay}${orTrust}`,
          ]),
        );
        // As for a host whose firewall is trusted.
        expect(await findings({ ...needs, open: [] })).toEqual([]);
        await machine().sh(commands.join(" && "));
        expect(await findings()).toEqual([
          `ufw drops what comes in to port 9100 (tcp) of wg0; run on the host: ${overlay}${orTrust}`,
        ]);
        await machine().sh(overlay);
        expect(await findings()).toEqual([]);
        await machine().sh("mv /usr/sbin/nft /usr/sbin/nft.away");
        expect(await findings()).toEqual([]);
        await machine().sh(`ufw delete allow 9094/tcp`);
        expect(await findings()).toEqual([
          `ufw drops what comes in to port 9094 (tcp); run on the host: ufw allow 9094/tcp${orTrust}`,
        ]);
        await machine().sh("mv /usr/sbin/nft.away /usr/sbin/nft; ufw --force disable");
        expect(await findings()).toEqual([]);
      });

      it("says what firewalld drops and the commands that let it in, after which it says nothing more", async () => {
        await machine().sh(install("firewalld"));
        await machine().sh("systemctl start firewalld; firewall-cmd --state");
        try {
          const commands = [
            ...["51820/udp", "9094/tcp"].map((port) => `firewall-cmd --permanent --add-port=${port}`),
            ...["firewall-cmd --permanent --zone=trusted --add-interface=wg0", "firewall-cmd --reload"],
          ];
          expect(await findings()).toEqual([
            `firewalld drops what comes in to ${closed}; run on the host: ${commands.join("; ")}${orTrust}`,
          ]);
          await machine().sh(commands.join(" && "));
          expect(await findings()).toEqual([]);
          // The ports are open in the zone public only.
          await machine().sh("firewall-cmd --set-default-zone=drop");
          expect((await findings()).map((line) => line.split("; ")[0])).toEqual([
            "firewalld drops what comes in to port 51820 (udp), port 9094 (tcp)",
          ]);
        } finally {
          await machine().sh("systemctl stop firewalld");
        }
        expect(await findings()).toEqual([]);
      });

      it("reads rules of iptables, negated ones too, and the sets of ipset that they name", async () => {
        await machine().sh(install("iptables", "ipset"));
        const [wireGuard, gossip] = ["port 51820 (udp)", "port 9094 (tcp)"];
        const ofIPv4 = { ...needs, open: needs.open.filter(({ family }) => family === "ip") };
        const cases: [rule: string, ...closed: string[]][] = [
          ["-p tcp -m set --match-set ports dst", wireGuard],
          ["-m set --match-set ports dst"],
          ["-p udp -m set ! --match-set ports dst", wireGuard, gossip],
          ["-m set --match-set both src,dst", wireGuard],
          ["-m set --match-set inside src"],
          ["-m set --match-set inside dst", wireGuard, gossip],
          ["-p tcp ! --dport 22", wireGuard],
          ["-p tcp ! --dport 9094", wireGuard, gossip],
          ["! -s 192.0.2.1/32"],
          ["! -i eth0", wireGuard, gossip],
        ];
        try {
          await machine().sh(
            `ipset restore`,
            `create ports bitmap:port range 0-65535
add ports 22
add ports 9094
add ports 51820
create both hash:ip,port
add both 10.0.0.1,tcp:22
add both 10.0.0.1,tcp:9094
add both 10.0.0.1,udp:9100
create inside hash:net
add inside 10.0.0.0/8
`,
          );
          await machine().sh("iptables -P INPUT DROP");
          for (const [rule, ...closed] of cases) {
            await machine().sh(`iptables -F INPUT; iptables -A INPUT ${rule} -j ACCEPT`);
            const found = await findings(ofIPv4);
            expect(
              found.map((line) => /drops what comes in to (.*?); let/.exec(line)?.[1]),
              rule,
            ).toEqual(closed.length > 0 ? [closed.join(", ")] : []);
          }
        } finally {
          await machine().sh("iptables -P INPUT ACCEPT; iptables -F INPUT; ipset destroy");
        }
      });

      it("says which chain of nftables drops what is needed, and nothing of chains that do not", async () => {
        const dropped = [
          `the chain input of the table inet own (nftables or iptables) drops what comes in to ${closed}; let it in there (in the notation of nft: udp dport 51820 accept; tcp dport 9094 accept; iifname "wg0" accept)${orTrust}`,
        ];
        const known = "ct state established,related accept";
        const local = 'iifname "lo" accept';
        await input("drop", known, local, "tcp dport { 22, 80-443 } accept");
        expect(await findings()).toEqual(dropped);
        await input("accept", known, 'log prefix "x " counter reject');
        expect(await findings()).toEqual(dropped);
        const lets = [
          ["tcp dport 9000-9200 accept", "udp dport { 53, 51820 } accept"],
          ['iifname "wg0" accept comment "drop"', "tcp dport 9094 counter accept", "udp dport 51820 accept"],
          ["counter accept"],
        ];
        for (const rules of lets) {
          await input("drop", known, ...rules);
          expect(await findings(), rules.join()).toEqual([]);
        }
        await input("accept", "tcp dport 22 drop");
        expect(await findings()).toEqual([]);
        await load("chain forward {", "type filter hook forward priority filter; policy drop;", "}");
        expect(await findings()).toEqual([]);
      });

      describe("whose rules name sets, maps and chains", () => {
        const [wireGuard, gossip, exporter] = [
          "port 51820 (udp)",
          "port 9094 (tcp)",
          "port 9100 (tcp) of wg0",
        ];
        const definitions = [
          'set ports { type inet_service; flags interval; elements = { 22 comment "a, b }", 9000-9099, 9100-9200 } }',
          "set many { type inet_service; elements = { 22, 25, 53, 80, 443, 587, 993, 995, 3306, 5432, 6379, 8080, 8443, 51820 } }",
          'set inside { type ifname; elements = { "lo", "wg0" } }',
          "set peers { type ipv4_addr; elements = { 10.0.0.1 } }",
          "set both { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 22, 10.0.0.1 . 9094 } }",
          "chain let_in { accept; }",
          "chain keep_out { counter drop; }",
          "map verdicts { type inet_service : verdict; elements = { 22 : accept, 9094 : jump let_in, 9100 : drop, 51820 : jump keep_out } }",
        ];
        const cases: [rule: string, ...closed: string[]][] = [
          ["tcp dport @ports accept", wireGuard],
          ["udp dport @many accept", gossip, exporter],
          ["tcp dport @many accept", wireGuard, gossip, exporter],
          ["tcp dport vmap { 22 : accept, 9094 : accept, 9100 : drop }", wireGuard, exporter],
          ["tcp dport vmap @verdicts", wireGuard, exporter],
          ["udp dport vmap @verdicts", wireGuard, gossip, exporter],
          ["meta l4proto . th dport vmap { tcp . 22 : accept, udp . 51820 : accept }", gossip, exporter],
          ["meta l4proto { tcp, udp } th dport { 9094, 51820 } accept", exporter],
          ["meta l4proto tcp accept", wireGuard],
          ["tcp dport != { 22, 9094 } accept", wireGuard, gossip],
          ["ip saddr @peers accept", exporter],
          ["ip saddr 127.0.0.0/8 accept", wireGuard, gossip, exporter],
          ["ip saddr . tcp dport @both accept", wireGuard, exporter],
          ["ip saddr { 10.0.0.1, 10.0.0.9 } tcp dport 9094 accept", wireGuard, exporter],
          ["iifname @inside accept", wireGuard, gossip],
          ['iifname vmap { "lo" : accept, "wg0" : jump let_in }', wireGuard, gossip],
          ['iifname vmap { "lo" : accept, "wg0" : jump keep_out }', wireGuard, gossip, exporter],
          ['iifname . tcp dport vmap { "wg0" . 9100 : accept, "wg1" . 9100 : drop }', wireGuard, gossip],
          ['iifname { "eth0", "wg*" } jump let_in', wireGuard, gossip],
          ['iifname != "eth0" accept', wireGuard, gossip],
          ['iifname "wg0" ct state established accept', wireGuard, gossip, exporter],
        ];

        it.each(cases)("%s", async (rule, ...closed) => {
          const chain = ["chain input {", "type filter hook input priority filter; policy drop;", rule, "}"];
          await machine().sh(
            `nft -f - <<'END'\ntable inet own\ndelete table inet own\ntable inet own {\n${[...definitions, ...chain].join("\n")}\n}\nEND`,
          );
          const found = await findings();
          expect(found.map((line) => /drops what comes in to (.*?); let/.exec(line)?.[1])).toEqual([
            closed.join(", "),
          ]);
        });
      });
    });

    describe("with what a stack put there", () => {
      const unit = "ha-monitoring-wireguard.service";
      const service = (exec: string) =>
        `[Service]\nExecStart=${exec}\n[Install]\nWantedBy=multi-user.target\n`;
      const bundle = (owner: string) => ({
        ...{ name: "demo", host: "target-a", stack: owner },
        files: [
          {
            ...{ path: `/etc/systemd/system/${unit}`, mode: "0644", owner: "root:root" },
            content: service(
              "/usr/bin/perl -MIO::Socket::INET -e '$$s = IO::Socket::INET->new(LocalAddr => \"0.0.0.0\", LocalPort => 9094, Listen => 1); sleep'",
            ),
          },
        ],
        services: [{ unit }],
        probes: [{ within: 10, run: "ss -Hltn 'sport = :9094' | grep -q 9094" }],
      });

      it("says nothing of what is this stack's", async () => {
        expect((await machine().apply(bundle(stack))).stderr).toBe("");
        expect(await findings()).toEqual([]);
        // Its disk may be full of its own data.
        expect(
          await findings({ ...needs, space: [{ directory: "/var/lib", megabytes: 99_999_999 }] }),
        ).toEqual([]);
        await machine().remove("demo");
      });

      it("refuses a host that has the overlay of another stack, and says how to hand it over", async () => {
        expect((await machine().apply(bundle("bank/prod"))).stderr).toBe("");
        expect(await findings()).toEqual([
          `${unit} of this host belongs to the stack bank/prod, and a host has one overlay; to hand everything of bank/prod on this host over, run there as root: ${program} transfer bank/prod ${stack}`,
          `port 9094 (tcp) of 0.0.0.0:9094 is held by ${unit} of the stack bank/prod; choose another gossip.streamPort, or stop what holds it`,
        ]);
        await machine().sh(`${program} remove demo target-a bank/prod`);
      });
    });

    it("refuses what was cut short", async () => {
      const text = renderPreflight("target-a", stack, needs);
      expect(await machine().run(`${program} preflight`, text.slice(0, text.length / 2))).toEqual({
        ...{ status: 1, stdout: "" },
        stderr:
          "ha-monitoring: what the stack needs was cut short: its first word must be 'preflight', and its last line 'end'\n",
      });
      expect(await machine().run(`${program} preflight`, text.replace("interface", "wishes"))).toEqual({
        ...{ status: 1, stdout: "" },
        stderr: "ha-monitoring: target-a: this version of the program on the host does not know 'wishes'\n",
      });
    });
  });
}
