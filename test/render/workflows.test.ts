import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { defaultVersions } from "../../model/versions";
import { execute } from "../support/execute";
import { makeDirectory, settings, writeStack, type Settings } from "./support";

const root = join(__dirname, "../..");
const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true }));

interface Step {
  name?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

interface Job {
  if?: string;
  env?: Record<string, string>;
  "timeout-minutes": number;
  steps: Step[];
}

interface Workflow {
  on: unknown;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

function readWorkflow(name: string): { workflow: Workflow; job: Job; text: string } {
  const text = readFileSync(join(root, "examples/preview-in-ci", name), "utf8");
  const workflow = parse(text) as Workflow;
  const jobs = Object.values(workflow.jobs);
  expect(jobs).toHaveLength(1);
  return { workflow, job: jobs[0] as Job, text };
}

const stepsOf = (job: Job, action: string) => job.steps.filter(({ uses }) => uses?.startsWith(`${action}@`));

/** A folder like a repository's, where `npx ha-monitoring` is the program as its sources are. */
function makeRepository(path: string, stack: Settings): void {
  mkdirSync(join(path, "node_modules/.bin"), { recursive: true });
  writeStack(path, stack);
  const program = join(path, "node_modules/.bin/ha-monitoring");
  const [tsx, main] = ["node_modules/.bin/tsx", "cli/main.ts"].map((each) => join(root, each));
  writeFileSync(program, `#!/bin/sh\nexec '${tsx}' '${main}' "$@"\n`);
  chmodSync(program, 0o755);
}

/** Runs a step's shell as a runner does. */
function runStep({ run = "" }: Step, cwd: string, environment: Record<string, string>) {
  return execute("bash", ["-e", "-c", run], { cwd, environment, timeoutSeconds: 100 });
}

describe("the workflow with credentials", () => {
  const { workflow, job } = readWorkflow("preview.yml");

  it("previews with a diff, as one comment on the pull request, and may write nothing else", () => {
    expect(workflow.on).toBe("pull_request");
    expect(workflow.permissions).toEqual({ contents: "read", "pull-requests": "write" });
    const [pulumi, ...others] = stepsOf(job, "pulumi/actions");
    expect(others).toEqual([]);
    expect(pulumi?.with).toEqual({
      ...{ command: "preview", "stack-name": "prod", diff: true },
      ...{ "comment-on-pr": true, "edit-pr-comment": true },
    });
  });

  it("gives its secret to Pulumi alone, and runs nothing of a fork's", () => {
    expect(job.if).toBe("github.event.pull_request.head.repo.full_name == github.repository");
    const withSecret = job.steps.filter((step) => JSON.stringify(step).includes("secrets."));
    expect(withSecret).toEqual(stepsOf(job, "pulumi/actions"));
  });
});

describe("the workflow without credentials", { timeout: 120_000 }, () => {
  const { workflow, job, text } = readWorkflow("render.yml");
  const scripts = job.steps.filter(({ run }) => run !== undefined);
  // What a runner installs and pulls is not to be had in a test.
  const [render, show] = ["Render both", "Show what changes"].map(
    (step) => scripts.find(({ name }) => name === step) as Step,
  ) as [Step, Step];

  it("checks what it rendered with the programs of the hosts' default versions", () => {
    const check = scripts.at(-1)?.run ?? "";
    expect(check).toContain("--check-all");
    expect(check).toContain(`promtool=prom/prometheus:v${defaultVersions.prometheus} `);
    expect(check).toContain(`amtool=prom/alertmanager:v${defaultVersions.alertmanager}\n`);
    const installed = scripts.find(({ name }) => name?.startsWith("Install the programs"))?.run ?? "";
    for (const name of ["haproxy", "nftables", "wireguard-tools"]) expect(installed).toContain(` ${name}`);
  });

  it("has no secret and may write nothing", () => {
    expect(workflow.on).toBe("pull_request");
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(text).not.toContain("secrets.");
    for (const { with: inputs } of stepsOf(job, "actions/checkout")) {
      expect(inputs?.["persist-credentials"]).toBe(false);
    }
  });

  it("shows in its summary exactly what a change of one receiver changes on the machines", () => {
    const checkouts = stepsOf(job, "actions/checkout").map(({ with: inputs = {} }) => inputs);
    expect(checkouts.map(({ path, ref }) => [path, ref])).toEqual([
      ["before", "${{ github.event.pull_request.base.sha }}"],
      ["after", undefined],
    ]);
    const alerting = {
      config: {
        route: { receiver: "chat", group_wait: "30s" },
        receivers: [{ name: "chat", webhook_configs: [{ url: "https://chat.example.com/" }] }],
      },
    };
    makeRepository(join(directory, "before"), settings());
    makeRepository(join(directory, "after"), settings({ alerting }));
    const temporary = join(directory, "temporary");
    mkdirSync(temporary);
    const summary = join(directory, "summary.md");
    const environment = { ...job.env, RUNNER_TEMP: temporary, GITHUB_STEP_SUMMARY: summary };

    const [install] = scripts;
    expect(install?.run).toBe("npm ci --prefix before\nnpm ci --prefix after\n");
    for (const step of [render, show]) {
      const { status, output } = runStep(step, directory, environment);
      expect(status, output).toBe(0);
    }
    const shown = readFileSync(summary, "utf8");
    expect(shown).toMatch(/^~~~~text\n[^]*\n~~~~\n~~~~diff\n[^]*\n~~~~\n$/);
    const [text = "", diff = ""] = shown.split("~~~~diff\n");
    expect(text).toContain(
      "\n  ~ /etc/ha-monitoring/alertmanager/alertmanager.yml\n      Alertmanager reload\n",
    );
    expect(text).toContain("\nmonitor-b: Alertmanager reload, no restart\n");
    const changed = diff.split("\n").filter((line) => /^[+-](?![+-])/.test(line));
    expect(changed).toEqual(
      Array(2).fill(["+    webhook_configs:", "+      - url: https://chat.example.com/"]).flat(),
    );
    expect(shown).toContain("+++ b/after/monitor-b/etc/ha-monitoring/alertmanager/alertmanager.yml\n");
  });

  it("shows nothing when nothing changes, and fails when a stack cannot be rendered", () => {
    const scene = join(directory, "other");
    const temporary = join(scene, "temporary");
    for (const name of ["before", "after"]) makeRepository(join(scene, name), settings());
    mkdirSync(temporary);
    const environment = {
      ...job.env,
      ...{ RUNNER_TEMP: temporary, GITHUB_STEP_SUMMARY: join(scene, "summary.md") },
    };
    for (const step of [render, show]) expect(runStep(step, scene, environment).status).toBe(0);
    const shown = readFileSync(join(scene, "summary.md"), "utf8");
    expect(shown).toContain("\nmonitor-a, monitor-b, web-1, web-2: no change\n");
    expect(shown.endsWith("\n~~~~\n~~~~diff\n\n~~~~\n")).toBe(true);
    writeStack(join(scene, "after"), settings({ certificates: { lifetimeHours: 1 } }));
    const rendering = runStep(render, scene, environment);
    expect(rendering.status).not.toBe(0);
    expect(rendering.stderr).toContain("certificates.lifetimeHours: 1 is not allowed");
  });
});

describe("docs/preview-in-ci.md", { timeout: 60_000 }, () => {
  const page = readFileSync(join(root, "docs/preview-in-ci.md"), "utf8");

  it("has commands that work as they are written", () => {
    const repository = join(directory, "desk");
    makeRepository(repository, settings());
    const blocks = [...page.matchAll(/^```sh run\n([^]*?)^```$/gm)].map(([, script]) => script);
    expect(blocks.length).toBeGreaterThan(0);
    for (const run of blocks) {
      const { status, stdout, output } = runStep({ run }, repository, {});
      expect(status, output).toBe(0);
      expect(stdout).toMatch(/^rendered: \d+ written, \d+ removed, \d+ unchanged\nhosts: monitor-a, /);
    }
  });

  it("shows placeholders as they are rendered", () => {
    const secret = { secure: "v1:abc" };
    const alerting = {
      config: {
        route: { receiver: "chat" },
        receivers: [{ name: "chat", slack_configs: [{ api_url: secret }] }],
      },
    };
    const repository = join(directory, "placeholders");
    makeRepository(repository, settings({ alerting }));
    expect(runStep({ run: "npx ha-monitoring render --stack Pulumi.prod.yaml" }, repository, {}).status).toBe(
      0,
    );
    const shown = [...page.matchAll(/^\| `(<[^`]*>)` \|/gm)].map(([, placeholder = ""]) => placeholder);
    expect(shown.length).toBeGreaterThan(4);
    for (const placeholder of shown) {
      const found = execute("grep", ["-rlF", "--", placeholder, join(repository, "rendered")]);
      expect(found.stdout, placeholder).not.toBe("");
    }
  });
});
