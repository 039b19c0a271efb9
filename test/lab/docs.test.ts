import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pulumiEnvironment } from "../../lab/engine/cli";
import { makeProjectDirectory } from "../../lab/engine/project";
import { run } from "../../lab/hosts/command";
import { loadBaseImage, offerSoftware, type OfferedSoftware } from "../../lab/hosts/defaults";
import type { LabHost } from "../../lab/hosts/lab";
import { eventually, report } from "../../lab/polling";
import { projectDirectory } from "../../lab/stack";
import { shellBlocks, type FencedBlock } from "../support/markdown";
import { makeSilence, output, silenceNames, untilWhole } from "./support/cluster";
import { documentationPage } from "./support/documentation";
import { temporaryLab } from "./support/lifecycle";
import { untilScraped } from "./support/wholeStack";

const overlayAddress = "ip -o -6 address show dev wg0 scope global | awk '{ print $4 }'";

/** Addresses as the pages have them, by the host that stands for them. */
const written: Record<string, string> = {
  "198.51.100.10": "monitor-a",
  "198.51.100.11": "monitor-b",
  "198.51.100.12": "monitor-c",
  "198.51.100.20": "web-1",
  "198.51.100.21": "web-2",
};

// The pages are read like one session at a desk: each begins where the one before has ended.
describe("the documentation's commands for the desk", () => {
  const lab = temporaryLab();
  const desk = mkdtempSync(join(tmpdir(), "ha-monitoring-desk-"));
  const hosts = new Map<string, LabHost>();
  let offered: OfferedSoftware["settings"];

  beforeAll(async () => {
    offered = (await offerSoftware(lab, [])).settings;
    for (const name of Object.values(written)) await boot(name);
    makeProjectDirectory(join(desk, "monitoring"), join(projectDirectory, "index.ts"), "ha-monitoring");
    mkdirSync(join(desk, ".ssh"), { mode: 0o700 });
    mkdirSync(join(desk, "backend"));
    writeFileSync(join(desk, ".ssh", "monitoring"), lab.privateKey, { mode: 0o600 });
  });

  afterAll(async () => {
    await lab.down();
    for (const directory of [lab.stateDirectory, desk]) rmSync(directory, { recursive: true, force: true });
  });

  async function boot(name: string): Promise<void> {
    const isMonitor = name.startsWith("monitor");
    const [host] = await lab.up([{ name, ...(isMonitor ? {} : { flavor: "bare" as const }) }]);
    hosts.set(name, host as LabHost);
    if (isMonitor) await loadBaseImage(lab, [host as LabHost]);
  }

  /** Types commands of a page, for the lab's hosts. In one pass: the lab's own network can be the one that the pages write about. */
  async function typePage(text: string, place: string): Promise<void> {
    const addressOf = (address: string) => hosts.get(written[address] ?? "")?.address ?? address;
    await type(text.replaceAll(/\b\d+(?:\.\d+){3}\b/g, addressOf), place);
  }

  /** Types commands at the desk, in the program's folder. */
  async function type(commands: string, place: string): Promise<void> {
    // What must fail is said behind it.
    const script = commands.replaceAll(
      /^(.*?) {2}# ends with an error.*$/gm,
      'if $1; then echo "no error: $1"; exit 1; fi',
    );
    // A substitution that finds nothing would go unnoticed: each must give one line.
    const substitutions = [...commands.matchAll(/"\$\((.*)\)"/g)].map(
      ([, command = ""]) =>
        `[ "$({ ${command}; } | grep -c .)" = 1 ] || { echo "not one line: ${command.replaceAll(/["$`]/g, "")}"; exit 1; }\n`,
    );
    const begun = performance.now();
    const { status, stdout, stderr } = await run(
      "bash",
      ["-euo", "pipefail", "-c", `cd "$HOME/monitoring"\n${substitutions.join("")}${script}`],
      {
        allowFailure: true,
        environment: {
          ...(await pulumiEnvironment(desk)),
          HOME: desk,
          PULUMI_SKIP_CONFIRMATIONS: "true",
        },
      },
    );
    expect(status, `${place} ends with ${status}:\n${stdout.slice(-6000)}\n${stderr.slice(-3000)}`).toBe(0);
    report(`${place}: ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  }

  /** The blocks of a page for the desk, or those of some of its sections. */
  function blocksOf(name: string, sections?: string[]): FencedBlock[] {
    const { text } = documentationPage(name);
    const lines = text.split("\n");
    const sectionOf = (line: number) =>
      lines
        .slice(0, line)
        .reverse()
        .find((each) => each.startsWith("## "))
        ?.slice(3) ?? "";
    return shellBlocks(text, "run").filter(({ line }) => sections?.includes(sectionOf(line)) ?? true);
  }

  /** Follows a page from its beginning, or some of its sections. */
  async function follow(name: string, sections?: string[]): Promise<void> {
    const blocks = blocksOf(name, sections);
    expect(blocks).not.toEqual([]);
    for (const { text, line } of blocks) {
      await typePage(text, `docs/${name}:${line}`);
      // The lab's hosts reach the lab's mirror only.
      if (text.includes("stack init")) {
        for (const [key, value] of Object.entries(offered))
          for (const [path, each] of leaves(value, key))
            await type(`pulumi config set --path '${path}' '${each}'`, `the lab's own ${path}`);
      }
    }
  }

  const tests: [title: string, follow: () => Promise<void>][] = [
    [
      "first-deployment",
      async () => {
        await follow("first-deployment.md");
        await untilWhole(lab, { "monitor-a": 1, "monitor-b": 2 });
      },
    ],
    [
      "add-a-target",
      async () => {
        await follow("add-a-target.md");
        await scraped(["monitor-a", "monitor-b"], ["web-1", "web-2"]);
      },
    ],
    [
      "restore: a run that was killed leaves its lock, which one command takes away",
      async () => {
        const killed = [
          "pulumi up >/dev/null 2>&1 &",
          'until find "$HOME/backend/.pulumi/locks" -name "*.json" 2>/dev/null | grep -q .; do sleep 0.1; done',
          "kill -9 $!; wait $! || true",
          "if pulumi up; then echo 'there is no lock'; exit 1; fi",
        ];
        await typePage(killed.join("\n"), "a run that is killed");
        await follow("restore.md", ["A run was interrupted"]);
        await untilWhole(lab, { "monitor-a": 1, "monitor-b": 2 });
      },
    ],
    [
      "rotate",
      async () => {
        const before = await rotated();
        await follow("rotate.md");
        const after = await rotated();
        for (const [index, each] of before.entries()) expect(after[index]).not.toBe(each);
        await untilWhole(lab, { "monitor-a": 1, "monitor-b": 2 }, { within: 60 });
        await scraped(["monitor-a", "monitor-b"], ["web-1", "web-2"]);
      },
    ],
    [
      "restore: a monitor that was lost is set up again on a new machine",
      async () => {
        await lab.remove(["monitor-b"]);
        await boot("monitor-b");
        await follow("restore.md", ["A monitor is lost"]);
        await untilWhole(lab, { "monitor-a": 1, "monitor-b": 2 }, { within: 60 });
        await scraped(["monitor-a", "monitor-b"], ["web-1", "web-2"]);
      },
    ],
    [
      "restore: a stack that has lost its state takes over what runs",
      async () => {
        const addresses = async () => [
          await output(lab, "web-1", overlayAddress),
          await output(lab, "monitor-b", overlayAddress),
        ];
        const before = await addresses();
        await makeSilence(lab, "monitor-a", "BeforeTheLoss");
        await eventually(30, async () =>
          expect(await silenceNames(lab, "monitor-b")).toContain("BeforeTheLoss"),
        );
        const [copies, ...withoutCopies] = blocksOf("restore.md", ["Pulumi's state is lost"]);
        await typePage(copies?.text ?? "", "docs/restore.md, a copy");
        rmSync(join(desk, "backend"), { recursive: true });
        mkdirSync(join(desk, "backend"));
        // The lines about a lost state, not those about a run that was killed.
        const [, lost = ""] = documentationPage("restore.md").text.split("Without any copy");
        const [byHandText = ""] = lost.split("\n#");
        const byHand = [...byHandText.matchAll(/`((?:docker|systemctl) [^`]+)`/g)];
        expect(byHand).toHaveLength(4);
        for (const monitor of ["monitor-a", "monitor-b"])
          for (const [, command = ""] of byHand) await lab.exec(monitor, command);
        for (const { text } of withoutCopies) await typePage(text, "docs/restore.md, without a copy");
        await untilWhole(lab, { "monitor-a": 1, "monitor-b": 2 }, { within: 60 });
        await scraped(["monitor-a", "monitor-b"], ["web-1", "web-2"]);
        expect(await addresses()).toEqual(before);
        for (const monitor of ["monitor-a", "monitor-b"])
          expect(await silenceNames(lab, monitor)).toContain("BeforeTheLoss");
      },
    ],
    [
      "add-a-monitor: a third one comes, and the second one goes",
      async () => {
        await follow("add-a-monitor.md", ["Add"]);
        await untilWhole(lab, { "monitor-a": 1, "monitor-b": 2, "monitor-c": 3 }, { within: 120 });
        await follow("add-a-monitor.md", ["Take one out"]);
        await untilWhole(lab, { "monitor-a": 1, "monitor-c": 3 }, { within: 120 });
      },
    ],
    [
      "tear-down: a target that is dead is forgotten, then everything goes",
      async () => {
        await lab.switchOff("web-2", { suddenly: true });
        await follow("tear-down.md", ["A machine that is dead"]);
        await scraped(["monitor-a", "monitor-c"], ["web-1"]);
        await follow("tear-down.md", [""]);
      },
    ],
  ];
  for (const [title, carryOut] of tests) {
    test(title, carryOut);
  }

  /** What each section of the page about rotation changes on machines. */
  function rotated(): Promise<string[]> {
    const facts = [
      ["monitor-a", "openssl x509 -noout -serial -in /etc/ha-monitoring/identity/peer.pem"],
      ["monitor-b", "sha256sum /etc/ha-monitoring/identity/trust-bundle.pem"],
      ["web-1", "sha256sum /etc/ha-monitoring/wireguard/preshared-keys"],
      ["monitor-b", "ls /etc/ha-monitoring/alertmanager/secrets 2>/dev/null; true"],
    ] as const;
    return Promise.all(facts.map(([host, command]) => output(lab, host, command)));
  }

  async function scraped(monitors: string[], targets: string[]): Promise<void> {
    for (const monitor of monitors) {
      const jobs = ["alertmanager", "node", "prometheus"];
      const ofMonitors = monitors.flatMap((name) => jobs.map((job) => `${job} ${name}`));
      await untilScraped(
        lab,
        monitor,
        [`haproxy ${monitor}`, ...ofMonitors, ...targets.map((name) => `node ${name}`)],
        90,
      );
    }
  }
});

/** The values in a structure, by their paths in the configuration. */
function leaves(value: unknown, path: string): [path: string, value: string][] {
  if (typeof value !== "object" || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, `${path}.${key}`));
}
