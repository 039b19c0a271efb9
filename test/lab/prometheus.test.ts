import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultVersions, previousVersions } from "../../model/versions";
import type { Result } from "../../lab/engine/events";
import { PulumiEngine } from "../../lab/engine/pulumiEngine";
import { Lab, type LabHost } from "../../lab/hosts/lab";
import { eventually as within } from "../../lab/polling";
import { startReleaseMirror, type MirrorCondition, type ReleaseMirror } from "../../lab/hosts/releaseMirror";
import { defaultReleases } from "../../lab/releases/recipes";
import type { ExporterArgs } from "../../components";
import type { ProgramHost, PrometheusProgram } from "./programs/prometheus";
import { HostileExporter } from "./support/hostileExporter";
import { mirrorPackage } from "./support/packagedExporters";

const rules = { "own.yml": "groups: [{name: own, rules: [{alert: TargetDown, expr: up == 0}]}]\n" };
/** The preview takes the function: it is experimental. */
const refusedByPromtool = {
  "own.yml": 'groups: [{name: own, rules: [{alert: A, expr: "limitk(1, up)"}]}]\n',
};

/** What a component could leave behind, one line each. */
const inventory = `
find /etc/systemd/system /etc/sysctl.d /etc/ha-monitoring /opt /usr/local /var/lib/ha-monitoring* 2>/dev/null | sort
cut -d : -f 1 /etc/passwd /etc/group | sort
dpkg-query -W -f '\${Package} \${db:Status-Status}\\n' | grep -v ' not-installed$'
systemctl list-units --all --plain --no-legend --type=service,socket 'ha-monitoring*' 'prometheus*'
sysctl -n net.ipv4.ip_nonlocal_bind net.ipv6.ip_nonlocal_bind
ss --no-header --listening --tcp --numeric | grep -v 127.0.0.11: | sed 's/  */ /g' | cut -d ' ' -f 4 | sort
`;

describe("a Prometheus and its targets on real hosts", () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), "lab-prometheus-"));
  const lab = new Lab({ stateDirectory });
  let monitor: LabHost;
  let target: LabHost;
  let mirror: ReleaseMirror;
  let program: PrometheusProgram;
  const pristine = new Map<string, string>();

  beforeAll(async () => {
    const previous = { program: "prometheus", version: previousVersions.prometheus } as const;
    mirror = await startReleaseMirror(lab, [...defaultReleases, previous]);
    [monitor, target] = (await lab.up([
      { name: "monitor-a", os: "debian13", flavor: "bare" },
      { name: "target-a", os: "debian12", flavor: "bare" },
    ])) as [LabHost, LabHost];
    // Before anything is counted, so that no bundle that fails brings it and takes it away again.
    const curl = "apt-get update -qq && apt-get install -qq -y --no-install-recommends curl ca-certificates";
    await Promise.all([monitor, target, mirror.host].map((host) => sh(host, curl)));
    for (const host of [monitor, target]) pristine.set(host.name, await sh(host, inventory));
    program = {
      ...{ monitors: [monitor], targets: [target] },
      server: {
        alertmanagers: ["198.51.100.99:9093"],
        ...{ scrapeInterval: "2s", evaluationInterval: "2s" },
        rules,
        runtime: { software: softwareFrom("releases"), retention: { time: "36h", sizeMegabytes: 512 } },
      },
      target: { nodeExporter: { software: exporterFrom("releases") } },
    };
  });

  afterAll(async () => {
    await lab.down();
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  const sh = async (host: LabHost, command: string) =>
    (await lab.exec(host, command)).stdout.replace(/\n$/, "");
  const softwareFrom = (condition: MirrorCondition, version?: string) => ({
    baseUrl: mirror.url("prometheus", condition),
    sha256: mirror.sha256("prometheus", version),
    ...(version === undefined ? {} : { version }),
  });
  const exporterFrom = (condition: MirrorCondition, sha256 = mirror.sha256("node_exporter")) => ({
    baseUrl: mirror.url("node_exporter", condition),
    sha256,
  });
  /** The directory in which a Prometheus is installed. */
  const installed = (version: string) =>
    `prometheus-${version}-${mirror.sha256("prometheus", version).slice(0, 12)}`;
  const engine = () =>
    new PulumiEngine({
      program: join(__dirname, "programs/prometheus.ts"),
      ...{ project: "ha-monitoring", stack: "prometheus" },
      config: {
        "ha-monitoring:program": JSON.stringify(program),
        "ha-monitoring:sshPrivateKey": lab.privateKey,
      },
      secretConfig: ["ha-monitoring:sshPrivateKey"],
      stateDirectory: join(stateDirectory, "stack"),
    });
  /** Deploys; the names of the bundles that were written to a machine. */
  const up = async (changes: Partial<PrometheusProgram> = {}) => {
    program = { ...program, ...changes };
    const result = await engine().up();
    expect(result.errors).toEqual([]);
    return written(result);
  };
  /** Deploys what must fail, and leaves the program as it was; what went wrong. */
  const fail = async (changes: Partial<PrometheusProgram>) => {
    const before = program;
    program = { ...program, ...changes };
    const { errors } = await engine().up();
    program = before;
    expect(errors).not.toEqual([]);
    return errors.map(({ message }) => message).join("\n");
  };
  const metric = (name: string) =>
    sh(monitor, `curl -sf http://127.0.0.1:9090/metrics | sed -n 's/^${name} //p'`);
  const processOf = (host: LabHost, unit: string) =>
    sh(host, `systemctl show --property MainPID --value ha-monitoring-${unit}.service`);
  /** What changes when Prometheus is restarted or reads its configuration again. */
  const life = async () => ({
    process: await processOf(monitor, "prometheus"),
    reloaded: await metric("prometheus_config_last_reload_success_timestamp_seconds"),
  });
  const api = async <T>(host: LabHost, path: string) => {
    const text = await sh(host, `curl -sf 'http://127.0.0.1:9090/api/v1/${path}'`);
    return (JSON.parse(text) as { data: T }).data;
  };
  const series = async (host: LabHost, expression: string) => {
    type Series = { metric: Record<string, string>; value: [number, string] }[];
    return (await api<{ result: Series }>(host, `query?query=${encodeURIComponent(expression)}`)).result;
  };
  /** Values of a query by job and instance. */
  const query = async (expression: string, host = monitor) => {
    const entries = (await series(host, expression)).map(
      ({ metric: labels, value }) => [`${labels.job} ${labels.instance}`, value[1]] as const,
    );
    return Object.fromEntries(entries.sort());
  };
  const eventually = (check: () => Promise<void>, seconds = 45) => within(seconds, check);
  const everythingIsUp = (expected: Record<string, string>, host = monitor) =>
    eventually(async () => expect(await query("up", host)).toEqual(expected));
  const answers = (from: LabHost, url: string) =>
    sh(from, `curl -s --max-time 3 --output /dev/null --write-out '%{http_code}' ${url} || true`);
  const isAnswered = (from: LabHost, url: string) =>
    eventually(async () => expect(await answers(from, url)).toBe("200"));
  const both = { "node target-a": "1", "prometheus monitor-a": "1" };
  const nodes = { "node monitor-a": "1", "node target-a": "1" };

  describe("a download that fails touches nothing", () => {
    test.each([
      [
        "another file",
        "releases",
        "0".repeat(64),
        /has the SHA-256 [0-9a-f]{64}, but 0{64} is expected; nothing live was changed/,
      ],
      [
        "truncated",
        "truncated",
        undefined,
        /has the SHA-256 [0-9a-f]{64}, but [0-9a-f]{64} is expected; nothing live was changed/,
      ],
    ] as const)("%s", async (_, condition, sha256, message) => {
      const error = await fail({
        target: { nodeExporter: { software: exporterFrom(condition, sha256) } },
        targets: [target],
      });
      expect(error).toMatch(message);
      expect(error).toContain("ha-monitoring: target-a: bundle node-exporter-software: check (");
      expect(
        await sh(target, "ls -d /opt/ha-monitoring* /etc/systemd/system/ha-monitoring* 2>/dev/null || true"),
      ).toBe("");
    });

    test("the mirror is down", async () => {
      // The Prometheus before it is there already, and stays as it is.
      const before = await life();
      await sh(mirror.host, "systemctl stop release-mirror.service");
      const error = await fail({
        server: {
          ...program.server,
          runtime: {
            ...program.server.runtime,
            software: softwareFrom("releases", previousVersions.prometheus),
          },
        },
      }).finally(() => sh(mirror.host, "systemctl start release-mirror.service"));
      expect(error).toMatch(
        /prometheus 3\.5\.0 is not installed: http:.* cannot be downloaded: curl: .*; nothing live was changed/,
      );
      expect(await life()).toEqual(before);
      expect(await sh(monitor, "ls -A /opt/ha-monitoring")).toBe(installed(defaultVersions.prometheus));
    });
  });

  test("everything that is scraped is up, with the names of machines", async () => {
    await up();
    await everythingIsUp(both);
    expect(await sh(target, "cat /opt/ha-monitoring/node_exporter-*/archive.sha256 | wc -c")).toBe("65");
    expect(await api(monitor, "status/runtimeinfo")).toMatchObject({
      storageRetention: "1d12h or 512MiB",
    });
  });

  test("with nothing changed, no machine is touched", async () => {
    const connections = () =>
      sh(monitor, "journalctl --sync; journalctl --quiet --unit ssh | grep -c Accepted");
    const before = await connections();
    expect(await up()).toEqual([]);
    expect(await connections()).toBe(before);
  });

  test("no port is open to anybody who need not come in", async () => {
    const exporter = `http://${target.address}:9100/metrics`;
    const server = `http://${monitor.address}:9090/-/ready`;
    await isAnswered(monitor, exporter);
    await isAnswered(monitor, server);
    // Without a firewall: the units themselves answer nobody else.
    const others = [answers(mirror.host, exporter), answers(mirror.host, server), answers(target, server)];
    expect(await Promise.all(others)).toEqual(["000", "000", "000"]);
    const listeners = (host: LabHost) =>
      sh(host, `ss --no-header --listening --tcp --numeric | grep -o '[^ ]*:9[01][09]0 ' | sort`);
    expect(await listeners(monitor)).toBe(`127.0.0.1:9090 \n${monitor.address}:9090 `);
    expect(await listeners(target)).toBe(`${target.address}:9100 `);
  });

  test("a reader is let in", async () => {
    await up({ server: { ...program.server, readers: [target.address] } });
    await isAnswered(target, `http://${monitor.address}:9090/-/ready`);
    expect(await answers(mirror.host, `http://${monitor.address}:9090/-/ready`)).toBe("000");
  });

  test("what node_exporter measures outside of its sandbox, it measures in it", async () => {
    const size = 3 * 1024 * 1024;
    const mounted = ["/tmp/mounted", "/var/tmp/mounted", "/home/mounted"];
    for (const path of mounted)
      await sh(target, `mkdir ${path} && mount -t tmpfs -o size=${size} test ${path}`);
    // In a container systemd does not make the mounts of a host known to services that run.
    await sh(target, "systemctl restart ha-monitoring-node-exporter");
    const { value: metrics } = await within(45, () =>
      sh(monitor, `curl -sf http://${target.address}:9100/metrics`),
    );
    for (const path of mounted) {
      expect(metrics).toMatch(
        new RegExp(
          `\\nnode_filesystem_size_bytes\\{.*mountpoint="${path}"\\} ${size.toExponential().replace("+", "\\+0")}\\n`,
        ),
      );
      await sh(target, `umount ${path} && rmdir ${path}`);
    }
    for (const name of [
      "node_cpu_seconds_total",
      "node_memory_MemAvailable_bytes",
      "node_load1",
      "node_boot_time_seconds",
    ]) {
      expect(metrics).toContain(`\n${name}`);
    }
    // Seen from the machine and not from the unit, in which everything is read-only.
    expect(metrics).toMatch(/\nnode_filesystem_readonly\{.*mountpoint="\/tmp"\} 0\n/);
    expect(metrics).toContain('\nnode_scrape_collector_success{collector="timex"} 0\n');
    expect(metrics).toMatch(/\nnode_scrape_collector_success\{collector="netdev"\} 1\n/);
  });

  test("node_exporter measures the clock when it is told to", async () => {
    const { nodeExporter } = program.target;
    expect(await up({ target: { nodeExporter: { ...nodeExporter, timex: true } } })).toEqual([
      "target-a-target-node-exporter",
    ]);
    await eventually(async () =>
      expect(await sh(monitor, `curl -sf http://${target.address}:9100/metrics`)).toContain(
        '\nnode_scrape_collector_success{collector="timex"} 1\n',
      ),
    );
    await up({ target: { nodeExporter } });
  });

  test("a new target changes nothing but the targets' file, which Prometheus reads by itself", async () => {
    const before = await life();
    const touched = await up({ targets: [target, monitor] });
    expect(touched).toEqual([
      "monitor-a-prometheus-targets",
      "monitor-a-target-node-exporter",
      "monitor-a-target-software",
    ]);
    await everythingIsUp({ ...both, "node monitor-a": "1" });
    expect(await life()).toEqual(before);
    expect(await up({ targets: [target] })).toContain("monitor-a-prometheus-targets");
    await everythingIsUp(both);
    expect(await life()).toEqual(before);
  });

  test("a rule file that promtool refuses does not replace the one before it", async () => {
    const before = await life();
    const file = "/etc/ha-monitoring/prometheus/rules/own.yml";
    const error = await fail({
      server: {
        ...program.server,
        rules: refusedByPromtool,
      },
    });
    expect(error).toMatch(
      /bundle prometheus: check \(.*\) failed with status 1: .*\/rules\/own\.yml: .*parse error.*; nothing live was changed/,
    );
    expect(await sh(monitor, `cat ${file}`)).toBe(rules["own.yml"].trimEnd());
    expect(await life()).toEqual(before);
  });

  test("a configuration that promtool takes and Prometheus does not is put back", async () => {
    const before = await life();
    const config = { global: { query_log_file: "/nowhere/query.log" } };
    const error = await fail({ server: { ...program.server, config } });
    expect(error).toMatch(
      /bundle prometheus: ha-monitoring-prometheus.service did not reload: .*Prometheus refused its new configuration.*; the previous version is back/,
    );
    expect((await life()).process).toBe(before.process);
    expect(await metric("prometheus_config_last_reload_successful")).toBe("1");
  });

  test("changed rules are reloaded, without a restart, also when a file goes", async () => {
    const before = await life();
    const names = async () => {
      const { groups } = await api<{ groups: { rules: { name: string }[] }[] }>(monitor, "rules");
      return groups.flatMap((group) => group.rules.map(({ name }) => name));
    };
    const ruleGroups = [{ name: "typed", rules: [{ alert: "Typed", expr: "vector(1)", for: "1h" }] }];
    expect(await up({ server: { ...program.server, ruleGroups } })).toEqual(["monitor-a-prometheus-server"]);
    expect(await names()).toEqual(["Typed", "TargetDown"]);
    const after = await life();
    expect(after.process).toBe(before.process);
    expect(after.reloaded).not.toBe(before.reloaded);
    await up({ server: { ...program.server, rules: {} } });
    expect(await names()).toEqual(["Typed"]);
    expect(await sh(monitor, "ls -A /etc/ha-monitoring/prometheus/rules")).toBe("groups.yml");
    expect((await life()).process).toBe(before.process);
  });

  test("another retention is read from the configuration, without a restart", async () => {
    const before = await life();
    const retention = { time: "48h", sizeMegabytes: 512 };
    await up({ server: { ...program.server, runtime: { ...program.server.runtime, retention } } });
    expect(await api(monitor, "status/runtimeinfo")).toMatchObject({ storageRetention: "2d or 512MiB" });
    expect((await life()).process).toBe(before.process);
  });

  test("names of labels may have any character: of targets, of the server and of rules", async () => {
    const before = program;
    await up({
      target: { ...program.target, labels: { "site.région": "north" } },
      server: {
        ...program.server,
        externalLabels: { "data-centre": "one" },
        ruleGroups: [
          {
            name: "utf8",
            rules: [
              {
                ...{ record: "site:up", expr: 'sum by ("site.région") (up{"site.région"="north"})' },
                labels: { "über-label": "yes" },
              },
            ],
          },
        ],
      },
    });
    await eventually(async () =>
      expect((await series(monitor, "site:up")).map(({ metric: labels }) => labels)).toEqual([
        { __name__: "site:up", "site.région": "north", "über-label": "yes" },
      ]),
    );
    await up({ target: before.target, server: { ...before.server, rules: {} } });
  });

  test("a target that answers with a gzip bomb, 150,000 series, long labels or a redirect harms nobody else", async () => {
    const before = await life();
    const hostile = await HostileExporter.start(monitor, "http://127.0.0.1:9090/metrics");
    const refusals = {
      bomb: /body size limit exceeded/,
      series: /sample limit exceeded/,
      labels: /label_limit exceeded/,
      long: /label_value_length_limit exceeded/,
      redirect: /HTTP status 302 Found/,
    };
    try {
      await up({
        others: Object.keys(refusals).map((name) => ({
          ...{ name, address: hostile.address, port: hostile.port, job: "hostile" },
          labels: { __metrics_path__: `/${name}` },
        })),
        server: { ...program.server, limits: { samples: 20_000 } },
      });
      const lastErrors = async () => {
        const { activeTargets } = await api<{
          activeTargets: { labels: Record<string, string>; lastError: string }[];
        }>(monitor, "targets");
        return new Map(activeTargets.map(({ labels, lastError }) => [labels.instance, lastError]));
      };
      await eventually(async () => {
        const errors = await lastErrors();
        for (const [name, message] of Object.entries(refusals)) expect(errors.get(name)).toMatch(message);
      });
      await everythingIsUp({
        ...both,
        ...Object.fromEntries(Object.keys(refusals).map((name) => [`hostile ${name}`, "0"])),
      });
      // Nothing of them was stored, and the others are scraped all the time by the same process: a busy machine may miss one now and then.
      expect(await series(monitor, '{job="hostile", __name__!~"up|scrape_.*|ALERTS.*"}')).toEqual([]);
      await eventually(async () =>
        expect(await query('min by (job, instance) (min_over_time(up{job!="hostile"}[30s]))')).toEqual(both),
      );
      expect(Number(await metric("process_resident_memory_bytes"))).toBeLessThan(500 * 2 ** 20);
      expect((await life()).process).toBe(before.process);
    } finally {
      hostile.stop();
      // The job stays: Prometheus marks the series of a removed target as ended, but not those of a removed job.
      await up({ others: [], server: { ...program.server, jobs: ["hostile", "node", "prometheus"] } });
    }
    await everythingIsUp(both);
    await up({ server: { ...program.server, limits: undefined, jobs: undefined } });
  });

  test("the kernel kills Prometheus before anything else on a monitor, and bounds its memory", async () => {
    const show = (property: string) =>
      sh(monitor, `systemctl show --property ${property} --value ha-monitoring-prometheus`);
    expect(await sh(monitor, `cat /proc/${await processOf(monitor, "prometheus")}/oom_score_adj`)).toBe(
      "500",
    );
    const [limit, total] = [
      await show("MemoryMax"),
      await sh(monitor, "awk '/^MemTotal:/ { print $2 }' /proc/meminfo"),
    ].map(Number);
    expect((limit as number) / ((total as number) * 1024)).toBeCloseTo(0.6, 1);
  });

  test("no web page of another origin may read what it measures", async () => {
    const headers = await sh(
      monitor,
      "curl -sf --dump-header - --output /dev/null -H 'Origin: https://example.com' 'http://127.0.0.1:9090/api/v1/query?query=up'",
    );
    expect(headers).toMatch(/^HTTP\/1\.1 200 /);
    expect(headers.toLowerCase()).not.toContain("access-control-allow-origin");
  });

  test("neither Prometheus nor node_exporter logs a warning or an error when it starts", async () => {
    // Lab hosts have no udev, whose database node_exporter opens.
    await sh(target, "mkdir -p /run/udev/data");
    for (const [host, unit] of [
      [monitor, "ha-monitoring-prometheus"],
      [target, "ha-monitoring-node-exporter"],
    ] as const) {
      await sh(host, `systemctl restart ${unit}`);
    }
    await everythingIsUp(both);
    for (const [host, unit] of [
      [monitor, "ha-monitoring-prometheus"],
      [target, "ha-monitoring-node-exporter"],
    ] as const) {
      const log = await sh(
        host,
        `journalctl --sync; journalctl --output=cat _SYSTEMD_INVOCATION_ID=$(systemctl show --property InvocationID --value ${unit})`,
      );
      expect(log).toContain("level=INFO");
      expect(log.split("\n").filter((line) => /level=(WARN|ERROR)/i.test(line))).toEqual([]);
    }
  });

  test("another version restarts Prometheus with its data, and the one before it stays for the way back", async () => {
    const before = await life();
    // At one moment, so that no sample has become too old meanwhile.
    const then = (Date.now() / 1000 - 5).toFixed(3);
    const stored = async () =>
      (await series(monitor, `count_over_time(up[10m] @ ${then})`))
        .map(({ metric: labels, value }) => `${JSON.stringify(labels)} ${value[1]}`)
        .sort();
    const samples = await stored();
    expect(samples.join()).toContain('"target-a"');
    const runtime = {
      ...program.server.runtime,
      software: softwareFrom("releases", previousVersions.prometheus),
    };
    await up({ server: { ...program.server, runtime } });
    expect((await life()).process).not.toBe(before.process);
    expect(await sh(monitor, "ls -A /opt/ha-monitoring | grep prometheus")).toBe(
      [defaultVersions, previousVersions]
        .map(({ prometheus }) => installed(prometheus))
        .sort()
        .join("\n"),
    );
    await eventually(async () => expect(await stored()).toEqual(samples));
  });

  test("a program of somebody else that is first in the PATH is not taken for the package's", async () => {
    const theirs = "/usr/local/bin/prometheus-node-exporter";
    await sh(target, `cp /bin/true ${theirs}`);
    expect(await fail({ target: { nodeExporter: { software: { source: "apt" } } } })).toContain(
      `/usr/bin/prometheus-node-exporter of the package prometheus-node-exporter is missing, and is not installed because this machine has another prometheus-node-exporter in its PATH: ${theirs}; move that away, or install the package; nothing live was changed`,
    );
    await sh(target, `rm ${theirs}`);
  });

  test("the distribution's packages do as well, on both versions of Debian, and their own services do not run", async () => {
    await up({
      ...{ monitors: [monitor, target], targets: [target, monitor] },
      server: { ...program.server, runtime: { software: { source: "apt" } } },
      target: { nodeExporter: { software: { source: "apt" } } },
    });
    const own =
      "systemctl is-active prometheus prometheus-node-exporter; systemctl is-enabled prometheus prometheus-node-exporter; true";
    for (const host of [monitor, target]) {
      await everythingIsUp({ ...nodes, [`prometheus ${host.name}`]: "1" }, host);
      expect(await sh(host, `readlink /proc/${await processOf(host, "prometheus")}/exe`)).toBe(
        "/usr/bin/prometheus",
      );
      expect(await sh(host, own)).not.toMatch(/^(active|enabled)$/m);
    }
  });

  test("two servers have the same series of a target, to the label", async () => {
    const labels = async (host: LabHost) =>
      // Series whose scrape ended with a restart of Prometheus have no staleness marker, and are answered for five minutes more.
      (
        await series(
          host,
          'node_uname_info{job="node"} and timestamp(node_uname_info{job="node"}) > time() - 15',
        )
      )
        .map(({ metric: { release: _, ...labels } }) => JSON.stringify(labels))
        .sort();
    await eventually(async () => {
      expect(await labels(monitor)).toHaveLength(2);
      expect(await labels(target)).toEqual(await labels(monitor));
    });
  });

  describe.each(["monitor-a", "target-a"])("on %s", (name) => {
    test.each([
      ["prometheus", "ha-monitoring-prometheus"],
      ["prometheus-overlay", "ha-monitoring-prometheus"],
      ["node-exporter", "ha-monitoring-node-exporter"],
    ] as const)("the unit %s runs as %s", async (unit, user) => {
      const host = name === monitor.name ? monitor : target;
      // The way from the overlay runs from the first client on.
      await isAnswered(host, `http://${host.address}:9090/-/ready`);
      expect(await sh(host, `stat -c %U /proc/${await processOf(host, unit)}`)).toBe(user);
    });
  });

  test("on the way back to a release, the packages stay until the unit has left them", async () => {
    const release = { ...program.server, runtime: { software: softwareFrom("releases") } };
    await fail({ server: { ...release, rules: refusedByPromtool } });
    expect(await sh(monitor, "ls -d /opt/ha-monitoring/prometheus-*")).not.toBe("");
    await sh(monitor, "systemctl restart ha-monitoring-prometheus.service");
    await everythingIsUp({ ...nodes, "prometheus monitor-a": "1" });
    await up({
      server: release,
      target: { nodeExporter: { software: exporterFrom("releases") } },
    });
    for (const host of [monitor, target]) {
      await everythingIsUp({ ...nodes, [`prometheus ${host.name}`]: "1" }, host);
      expect(await sh(host, "ls /usr/bin/prometheus* /usr/bin/promtool 2>/dev/null || true")).toBe("");
    }
  });

  test("after a reboot of both machines all is back, also where the overlay's address comes last", async () => {
    const late = (host: LabHost) => host.address.replace(/\d+$/, (number) => String(Number(number) + 100));
    const lateHosts = [monitor, target].map((host) => ({ ...host, overlayAddress: late(host) }));
    await up({ monitors: lateHosts, targets: lateHosts });
    await Promise.all([monitor, target].map((host) => lab.reboot(host)));
    for (const host of [monitor, target]) {
      for (const unit of ["ha-monitoring-prometheus-overlay.socket", "ha-monitoring-node-exporter.service"]) {
        expect(await sh(host, `systemctl is-active ${unit}`)).toBe("active");
        expect(await sh(host, `systemctl show --property NRestarts --value ${unit}`)).toMatch(/^0?$/);
      }
      expect(await sh(host, `ip -oneline address show to ${late(host)}`)).toBe("");
      await sh(host, `ip address add ${late(host)}/32 dev eth0`);
    }
    for (const host of [monitor, target]) {
      await everythingIsUp({ ...nodes, [`prometheus ${host.name}`]: "1" }, host);
      await isAnswered(host, `http://${late(host)}:9090/-/ready`);
    }
  });

  describe("exporters that are installed from releases", () => {
    const probed = { web: "probe-web", port: "probe-tcp_connect", ping: "probe-icmp" };
    const addressOf = ({ address, overlayAddress }: ProgramHost) => overlayAddress ?? address;
    const place = () => addressOf(program.targets.find(({ name }) => name === target.name) as ProgramHost);
    let gateway: ExporterArgs;
    let blackbox: ExporterArgs;

    beforeAll(async () => {
      gateway = {
        release: "pushgateway",
        software: await mirrorPackage(lab, mirror.host, "pushgateway", "prometheus-pushgateway"),
        environment: { LAB_TOKEN: 'a"b$c `d' },
        secretFiles: { token: "content of the token" },
      };
      blackbox = {
        release: "blackbox_exporter",
        software: await mirrorPackage(lab, mirror.host, "blackbox_exporter", "prometheus-blackbox-exporter"),
      };
    });

    test("listen on the overlay, answer monitors only, and probe what they are asked to", async () => {
      const prober = { address: `${place()}:9115` };
      const web = `http://${mirror.host.address}/releases/pushgateway/v${gateway.software?.version}/sha256sums.txt`;
      await up({
        target: { ...program.target, exporters: [gateway, blackbox] },
        server: {
          ...program.server,
          probes: [
            { module: "http_2xx", job: probed.web, addresses: [web], probers: [prober] },
            { module: "tcp_connect", addresses: [`${mirror.host.address}:80`], probers: [prober] },
            { module: "icmp", addresses: [mirror.host.address], probers: [prober] },
          ],
        },
      });
      const success = async (expected: string) =>
        expect(Object.values(await query('probe_success{job=~"probe-.*"}')).join("")).toBe(expected);
      await eventually(async () => {
        expect(await query('up{job=~"pushgateway|blackbox"}')).toMatchObject({
          ...{ "blackbox target-a": "1", "pushgateway target-a": "1" },
        });
        await success("111");
      });
      expect(await query(`probe_success{job="${probed.web}"}`)).toEqual({ [`${probed.web} ${web}`]: "1" });
      await sh(mirror.host, "systemctl stop release-mirror.service");
      try {
        // A ping is answered still.
        await eventually(async () => {
          expect(Object.values(await query(`probe_success{job=~"${probed.web}|${probed.port}"}`))).toEqual([
            "0",
            "0",
          ]);
          expect(Object.values(await query(`probe_success{job="${probed.ping}"}`))).toEqual(["1"]);
        });
      } finally {
        await sh(mirror.host, "systemctl start release-mirror.service");
      }
      await eventually(() => success("111"));
      for (const port of [9115, 9091]) {
        expect(await answers(monitor, `http://${place()}:${port}/metrics`)).toBe("200");
        expect(await answers(mirror.host, `http://${place()}:${port}/metrics`)).toBe("000");
        expect(await answers(target, `http://127.0.0.1:${port}/metrics`)).toBe("000");
      }
      await sh(
        monitor,
        `echo 'lab_batches 3' | curl -sf --data-binary @- http://${place()}:9091/metrics/job/batch`,
      );
      await eventually(async () => expect(Object.values(await query("lab_batches"))).toEqual(["3"]));
    });

    test("run as users of their own with secrets that nobody else reads", async () => {
      const id = await processOf(target, "pushgateway");
      expect(await sh(target, `stat -c %U /proc/${id}`)).toBe("ha-monitoring-pushgateway");
      expect(await sh(target, `tr '\\0' '\\n' </proc/${id}/environ | grep ^LAB_TOKEN=`)).toBe(
        'LAB_TOKEN=a"b$c `d',
      );
      const secrets = "/etc/ha-monitoring/exporters/pushgateway/secrets";
      expect(await sh(target, `stat -c '%a %U' ${secrets} ${secrets}/token`)).toBe("700 root\n600 root");
    });

    test("check a configuration themselves, and read a new one without a restart", async () => {
      const withConfig = (config: string) => ({
        target: { ...program.target, exporters: [gateway, { ...blackbox, config }] },
      });
      const before = await processOf(target, "blackbox-exporter");
      expect(await fail(withConfig("modules: {http_2xx: {prober: http, nonsense: 1}}"))).toMatch(
        /bundle exporter-blackbox-exporter: check .* failed with status 1/,
      );
      const config = [
        "http_2xx: {prober: http}",
        "tcp_connect: {prober: tcp}",
        "icmp: {prober: icmp}",
        "own: {prober: tcp}",
      ];
      await up(withConfig(`modules: {${config.join(", ")}}`));
      await eventually(async () =>
        expect(await sh(monitor, `curl -s http://${place()}:9115/config`)).toContain("own:"),
      );
      expect(await processOf(target, "blackbox-exporter")).toBe(before);
    });

    test("leave nothing when they go", async () => {
      await up({
        target: { ...program.target, exporters: undefined },
        server: { ...program.server, probes: undefined },
      });
      const left = await sh(
        target,
        "{ find /etc/systemd/system /etc/ha-monitoring /opt /usr/local /run/credentials; cut -d : -f 1 /etc/passwd; systemctl list-units --all --plain --no-legend; } | grep -E '(blackbox[_-]exporter|pushgateway)' || true",
      );
      expect(left).toBe("");
    });
  });

  test("destroying it leaves nothing, and brings back what was there", async () => {
    const { errors } = await engine().destroy();
    expect(errors).toEqual([]);
    for (const host of [monitor, target]) {
      await eventually(async () =>
        expect(await sh(host, inventory), host.name).toBe(pristine.get(host.name)),
      );
    }
  });
});

/** Names of the resources that a machine was touched for. */
function written({ steps }: Result): string[] {
  return steps
    .filter(({ operation, type }) => operation !== "same" && type === "command:remote:Command")
    .map(({ name }) => name)
    .filter((name) => !name.endsWith("-prepare"))
    .sort();
}
