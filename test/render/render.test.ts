import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute } from "../support/execute";
import { expectGolden } from "../support/goldens";
import { hostKey } from "../support/monitors";
import { stubPrograms } from "../support/stubPrograms";
import {
  changedLines,
  changedSettings,
  haMonitoring,
  makeDirectory,
  readFolder,
  settings,
  writeStack,
} from "./support";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true }));

let scenes = 0;
/** A folder that nobody has used. */
function newScene(): string {
  const scene = join(directory, String(scenes++));
  mkdirSync(scene);
  return scene;
}

/** Renders a stack; fails if that does. */
function render(stack: object, folder = join(newScene(), "rendered")): Map<string, string> {
  const run = haMonitoring("render", "--stack", writeStack(newScene(), { ...stack }), "--out", folder);
  expect(run.stderr).toBe("");
  expect(run.status).toBe(0);
  return readFolder(folder);
}

describe("ha-monitoring render", { timeout: 120_000 }, () => {
  let rendered: Map<string, string>;
  beforeAll(() => {
    rendered = render(settings());
  }, 120_000);

  it("writes the files of every host under their paths, and what else is done on it into one file", () => {
    const paths = [...rendered.keys()].sort();
    expectGolden("render/goldens/paths.txt", `${paths.join("\n")}\n`);
    expectGolden("render/goldens/resources.yml", rendered.get("resources.yml") ?? "");
    expect(rendered.get("web-2.txt")).toMatch(
      /^preflight web-2 for ha-monitoring\/prod\n[^]*\nend\n\nbundle wireguard-key on web-2 for ha-monitoring\/prod\ncommand wg wireguard-tools\n/,
    );
    expect(rendered.get("web-2.txt")).toMatch(
      /\n\nbundle firewall on web-2 for ha-monitoring\/prod\ncommand nft nftables\n/,
    );
  });

  it("names every file that a bundle of the host lists, and no other", () => {
    for (const host of ["monitor-a", "monitor-b", "web-1", "web-2"]) {
      const listed = [
        ...(rendered.get(`${host}.txt`) ?? "").matchAll(/^(?:file|private-key|wireguard-key) (\S+)/gm),
      ].map(([, path]) => `${host}${path}`);
      const written = [...rendered.keys()].filter((path) => path.startsWith(`${host}/`));
      expect(written.sort()).toEqual([...listed, `${host}/usr/local/lib/ha-monitoring/apply`].sort());
    }
  });

  it("puts placeholders where only a host or a run knows what is there", () => {
    const text = (path: string) => rendered.get(path) ?? "";
    expect(text("monitor-a/etc/ha-monitoring/identity/peer.pem")).toBe("<certificate of monitor-a>\n");
    expect(text("monitor-a/etc/ha-monitoring/identity/peer.pem.key")).toBe(
      "<private key, made on monitor-a>\n",
    );
    expect(text("web-1/etc/ha-monitoring/wireguard/private.key")).toBe(
      "<private key of WireGuard, made on web-1>\n",
    );
    expect(text("web-1/etc/ha-monitoring/wireguard/preshared-keys")).toBe("<secret>\n");
    expect(text("web-1/etc/ha-monitoring/wireguard/wg0.conf")).toContain(
      "PublicKey = <public key of monitor-b>\n",
    );
    expect(text("resources.yml")).toContain("HAPROXY_UID=<uid of ha-monitoring-gateway on monitor-a>\n");
    // What stands for these while the components work is nowhere to be seen.
    const all = [...rendered.values()].join("");
    expect(all).not.toMatch(/[\uE000-\uE002]|\b400\d{7}\b|BEGIN .*PRIVATE KEY/);
  });

  it("writes the same bytes each time, and leaves files alone that are right", () => {
    const folder = join(newScene(), "rendered");
    expect(render(settings(), folder)).toEqual(rendered);
    const again = haMonitoring("render", "--stack", writeStack(newScene(), settings()), "--out", folder);
    expect(again.stdout.split("\n").slice(0, 2)).toEqual([
      `${folder}: 0 written, 0 removed, ${rendered.size - 1} unchanged`,
      "hosts: monitor-a, monitor-b, web-1, web-2",
    ]);
    expect(again.stdout).toMatch(/\nnext: npx ha-monitoring render --stack \S+ --check\n$/);
  });

  it("shows of one receiver, one target's label and one setting of TLS exactly the lines that change", () => {
    const after = render(changedSettings());
    const endpoint = "[fdd2:cb7:827e:2780:8371:c04c:7154:e51d]:9100";
    const target = (role: string) =>
      `  {"targets":["${endpoint}"],"labels":{"instance":"web-2","role":"${role}"}}`;
    const ofMonitor = (name: string) => ({
      [`${name}/etc/ha-monitoring/alertmanager/alertmanager.yml`]: [
        "+    webhook_configs:",
        "+      - url: https://chat.example.com/",
      ],
      [`${name}/etc/ha-monitoring/prometheus/targets/node.json`]: [`-${target("web")}`, `+${target("api")}`],
    });
    expect(changedLines(rendered, after)).toEqual({
      ...ofMonitor("monitor-a"),
      ...ofMonitor("monitor-b"),
      "resources.yml": Array(2)
        .fill(["-  earlyRenewalHours: 720", "+  earlyRenewalHours: 1000"])
        .flat() as string[],
    });
  });

  it("says against an earlier folder, its own too, what that does on which host", () => {
    const folder = join(newScene(), "rendered");
    render(settings(), folder);
    const stack = writeStack(newScene(), changedSettings());
    const run = haMonitoring("render", "--stack", stack, "--out", folder, "--against", folder, "--summary");
    expect(run.status).toBe(0);
    expect(run.stdout).toContain(
      "\nmonitor-a: Alertmanager reload, no restart\nmonitor-b: Alertmanager reload, no restart\nunchanged: web-1, web-2\n",
    );
    const wrong = haMonitoring("render", "--stack", stack, "--out", folder, "--against", directory);
    expect(wrong.status).toBe(1);
    expect(wrong.stderr).toContain("name a folder that render wrote");
  });

  it("fails in its check when a program refuses a file, and on request when one is not there", () => {
    const stack = writeStack(newScene(), settings());
    const programs = { haproxy: "echo no such keyword; exit 1", amtool: "exit 0" };
    const path = stubPrograms(join(newScene(), "bin"), programs);
    const environment = { PATH: `${path}:${process.env["PATH"]}` };
    const check = (...more: string[]) =>
      execute(
        join(__dirname, "../../node_modules/.bin/tsx"),
        [
          join(__dirname, "../../cli/main.ts"),
          "render",
          "--stack",
          stack,
          "--out",
          join(newScene(), "r"),
          ...more,
        ],
        { environment, timeoutSeconds: 120 },
      );
    const refused = check("--check");
    expect(refused.status).toBe(1);
    expect(refused.stderr).toBe(
      "error: monitor-a, monitor-b: /etc/ha-monitoring/gateway/haproxy.cfg: haproxy refuses it\n  no such keyword\n",
    );
    writeFileSync(join(path, "haproxy"), "#!/bin/sh\nexit 0\n");
    expect(check("--check").status).toBe(0);
    const incomplete = check("--check-all", "--check-image", "promtool=no.such/image:1");
    expect(incomplete.stdout).toContain("not checked: promtool (2 files): ");
    expect(incomplete.status).toBe(1);
  });

  it("removes what is no longer rendered, whatever it is, and never follows a link", () => {
    const folder = join(newScene(), "rendered");
    const outside = join(newScene(), "precious.txt");
    writeFileSync(outside, "precious");
    render(settings(), folder);
    writeFileSync(join(folder, "web-1/etc/mine"), "mine");
    rmSync(join(folder, "web-1.txt"));
    symlinkSync(outside, join(folder, "web-1.txt"));
    mkdirSync(join(folder, "web-3/etc"), { recursive: true });
    writeFileSync(join(folder, "web-3/etc/old"), "old");
    const [first] = settings()["targets"] as object[];
    const after = render(settings({ targets: [first] }), folder);
    expect([...after.keys()].filter((path) => /web-[23]|mine/.test(path))).toEqual([]);
    expect(after).toEqual(render(settings({ targets: [first] })));
    expect(readFolder(join(outside, "..")).get("precious.txt")).toBe("precious");
  });

  it("refuses a folder that is not its own, and touches nothing in it", () => {
    const folder = newScene();
    writeFileSync(join(folder, "thesis.txt"), "years of work");
    const run = haMonitoring("render", "--stack", writeStack(newScene(), settings()), "--out", folder);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain(`${folder} has something in it that render did not write`);
    expect(readFolder(folder)).toEqual(new Map([["thesis.txt", "years of work"]]));
  });

  it("tells all mistakes of a configuration as the components do, and writes nothing", () => {
    const [first, second] = settings()["monitors"] as object[];
    const folder = join(newScene(), "rendered");
    const wrong = settings({
      monitors: [{ ...first, name: "Monitor A" }, second],
      certificates: { lifetimeHours: 1 },
      gossip: { streamPort: 0 },
    });
    const run = haMonitoring("render", "--stack", writeStack(newScene(), wrong), "--out", folder);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('- ha-monitoring:monitors[0].name: "Monitor A" is not a DNS label');
    expect(run.stderr).toContain("- ha-monitoring:certificates.lifetimeHours: 1 is not allowed");
    expect(run.stderr).toContain("- ha-monitoring:gossip.streamPort: 0");
    expect(run.stderr).not.toMatch(/\n {4}at /);
    expect(existsSync(folder)).toBe(false);
  });

  it("shows single encrypted values as such, and asks for no more to be encrypted than that", () => {
    const alerting = {
      config: {
        route: { receiver: "chat" },
        receivers: [
          { name: "chat", slack_configs: [{ api_url: { secure: "v1:abc" } }, { api_url_file: "pager" }] },
        ],
      },
    };
    const files = render(settings({ alerting, alertingSecretFiles: { pager: "a token in the clear" } }));
    const configuration = files.get("monitor-a/etc/ha-monitoring/alertmanager/alertmanager.yml") ?? "";
    expect(configuration).toContain(
      "api_url: <secret alerting.config.receivers[0].slack_configs[0].api_url>\n",
    );
    expect(files.get("monitor-a/etc/ha-monitoring/alertmanager/secrets/pager")).toBe("<secret>\n");
    expect([...files.values()].join("")).not.toContain("a token in the clear");

    const whole = settings({ rules: { secure: "v1:abc" } });
    const run = haMonitoring(
      "render",
      "--stack",
      writeStack(newScene(), whole),
      "--out",
      join(newScene(), "r"),
    );
    expect(run.status).toBe(1);
    expect(run.stderr).toContain("ha-monitoring:rules is encrypted as a whole");
  });

  it("names what droplets will be known by, which nobody knows yet", () => {
    const droplets = { publicKey: `${hostKey} me` };
    const monitors = [
      { name: "monitor-a", region: "fra1" },
      { name: "monitor-b", region: "ams3" },
    ];
    const files = render(settings({ droplets, monitors }));
    expect(files.get("monitor-a/etc/ha-monitoring/gateway/haproxy.cfg")).toContain(
      "<IPv4 address of monitor-b>:9094",
    );
    expect(files.get("resources.yml")).toContain("digitalocean:index/droplet:Droplet monitoring-monitor-a");
    expect(files.get("resources.yml")).toContain("userData: <secret>");
    expect([...files.values()].join("")).not.toContain("PRIVATE KEY");
  });

  it("says how it is used when it is used otherwise", () => {
    for (const wrong of [[], ["render"], ["draw", "--stack", "x"], ["render", "--stack", "x", "--colour"]]) {
      const run = haMonitoring(...wrong);
      expect(run.status, wrong.join(" ")).toBe(2);
      expect(run.stderr).toContain("Usage: ha-monitoring render --stack FILE");
    }
    expect(haMonitoring("--help").stdout).toContain("--out FOLDER");
    expect(haMonitoring("--version").stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const missing = haMonitoring("render", "--stack", join(directory, "Pulumi.none.yaml"));
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain("Pulumi.none.yaml");
  });
});
