import { describe, expect, it } from "vitest";
import { changesOf } from "../../../cli/changes/changes";
import { describeChanges, summarize } from "../../../cli/changes/text";
import { describePreview, requireHosts } from "../../../lab/demo/preview";
import { gatewayBundle } from "../../../templates/gateway/gatewayBundles";
import { firewallBundle } from "../../../templates/firewall/firewallBundles";
import { configBundle } from "../../../templates/alertmanager/alertmanagerBundles";
import {
  bundleDirectives,
  renderHostBundle,
  withFinalNewline,
  type HostBundle,
} from "../../../templates/host/hostBundle";
import { expectGolden } from "../../support/goldens";

const cfg = {
  peers: [],
  bindAddresses: ["0.0.0.0"],
  ...{ streamPort: 9094, datagramPort: 9095, apiPort: 9093, metricsPort: 8405, drainSeconds: 15 },
  ...{ certificatePath: "/etc/a.pem", trustBundlePath: "/etc/b.pem", apiNames: ["monitor-a"] },
};
type Named = HostBundle;
const gateway = (host: string, more: object = {}): Named => ({
  name: "gateway",
  host,
  ...gatewayBundle({ ...cfg, ...more }),
});
const alertmanager = (host: string, yml = "route: {}\n"): Named => ({
  ...{ name: "alertmanager", host },
  ...configBundle({ yml, templates: {} }, "image:1", "group", "http://127.0.0.1:9093", []),
});
const firewall = (host: string, rules: string): Named => ({
  name: "firewall",
  host,
  ...firewallBundle(rules, 30),
});

/** Bundles as they are rendered. */
function rendered(bundles: Named[], more: Record<string, string> = {}): Map<string, string> {
  const files = new Map(Object.entries(more));
  for (const bundle of bundles) {
    const path = `${bundle.host}.txt`;
    const before = files.get(path);
    files.set(path, `${before === undefined ? "" : `${before}\n`}${bundleDirectives(bundle).join("\n")}\n`);
    for (const each of bundle.files ?? []) files.set(bundle.host + each.path, withFinalNewline(each.content));
  }
  return files;
}

const withoutUnitChange = ({ services, ...bundle }: Named, unit: string): Named => ({
  ...bundle,
  services,
  files: bundle.files?.map((file) =>
    file.path.endsWith(unit) ? { ...file, content: `${file.content}# older\n` } : file,
  ),
});

describe("changes of hosts", () => {
  const before = rendered([
    gateway("monitor-a"),
    alertmanager("monitor-a"),
    withoutUnitChange(gateway("monitor-b"), ".service"),
    firewall("web-1", "table a {}\n"),
    firewall("web-2", "table a {}\n"),
    firewall("web-3", "table a {}\n"),
  ]);
  const after = rendered([
    gateway("monitor-a", { drainSeconds: 60 }),
    alertmanager("monitor-a", "route: { receiver: a }\n"),
    gateway("monitor-b", { drainSeconds: 60 }),
    firewall("web-1", "table b {}\n"),
    firewall("web-2", "table a {}\n"),
    firewall("web-4", "table a {}\n"),
  ]);

  it("name files by host, what each restarts or reloads, and end in a line for each host", () => {
    const text = describeChanges(changesOf(before, after));
    expectGolden("cli/changes/goldens/changes.txt", `${text}\n`);
    expect(summarize(changesOf(before, after)).split("\n")).toEqual([
      "monitor-a: Alertmanager reload, HAProxy reload, no restart",
      "monitor-b: HAProxy restart",
      "web-1: firewall rules on trial, no restart",
      "web-3: taken out, 6 files removed",
      "web-4: new, 6 files",
      "unchanged: web-2",
    ]);
  });

  it("tell a container that is made anew, which is in no bundle", () => {
    const container = (memory: number) => ({
      "resources.yml": `docker:index/container:Container a:\n  hostname: monitor-a\n  memory: ${memory}\n`,
    });
    const bundles = [alertmanager("monitor-a"), alertmanager("monitor-b")];
    const [first, second] = changesOf(rendered(bundles, container(256)), rendered(bundles, container(512)));
    expect(first).toEqual({
      host: "monitor-a",
      kind: "changed",
      files: [],
      effects: ["Alertmanager restart"],
    });
    expect(second?.kind).toBe("same");
  });

  it("are none where nothing changes, and none of a unit where a file is only new to it", () => {
    expect(summarize(changesOf(before, before))).toBe("monitor-a, monitor-b, web-1, web-2, web-3: no change");
    const unit = changesOf(
      rendered([{ name: "a", host: "h" }]),
      rendered([{ name: "a", host: "h", services: [{ unit: "a.service" }] }]),
    );
    expect(unit[0]?.effects).toEqual(["a.service start"]);
  });

  it("fit 80 columns in their summary", () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      firewall(`a-host-of-many-${index}`, "table a {}\n"),
    );
    const lines = summarize(changesOf(rendered(many), rendered(many))).split("\n");
    expect(lines.length).toBeGreaterThan(5);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });
});

describe("the lab's preview", () => {
  const step = (bundle: Named, next: Named) => ({
    ...{ operation: "update" as const, type: "command:remote:Command", name: bundle.name, urn: bundle.name },
    diff: [
      {
        path: "stdin",
        kind: "update" as const,
        old: renderHostBundle(bundle),
        new: renderHostBundle(next),
        replaces: false,
      },
    ],
  });

  it("tells the same of bundles as they travel, and names the other resources", () => {
    const text = describePreview({
      steps: [
        step(gateway("monitor-a"), gateway("monitor-a", { drainSeconds: 60 })),
        step(alertmanager("monitor-a"), alertmanager("monitor-a", "route: { receiver: a }\n")),
        { operation: "create", type: "tls:index/privateKey:PrivateKey", name: "key", urn: "key" },
        { operation: "same", type: "tls:index/privateKey:PrivateKey", name: "other", urn: "other" },
      ],
      changes: { create: 1, update: 2, replace: 0, delete: 0, same: 1 },
    });
    expect(text).toContain("  ~ /etc/ha-monitoring/gateway/haproxy.cfg\n      HAProxy reload\n");
    expect(text).toContain("\nmonitor-a: Alertmanager reload, HAProxy reload, no restart\n");
    expect(text).toContain("\ncreate key (PrivateKey)\n");
    expect(text).not.toContain("other");
    expect(text.endsWith("\n1 create, 2 update, 0 replace, 0 delete, 1 same")).toBe(true);
  });

  it("starts no hosts", async () => {
    const running = (names: string[]) => ({
      status: () => Promise.resolve(names.map((name) => ({ name, state: "running" }))),
    });
    const lab = running(["monitor-a", "monitor-b", "target-a"]) as unknown as Parameters<
      typeof requireHosts
    >[0];
    await expect(requireHosts(lab)).rejects.toThrow("target-b do not run, and a preview starts no hosts");
  });
});
