import { expect } from "vitest";
import type { ReleasedName } from "../../../model/versions";
import { curl } from "../../../lab/demo/alerts";
import { deliverOnce, type DeliveryCase } from "../../../lab/demo/delivery";
import type { Lab, LabHost } from "../../../lab/hosts/lab";
import type { WebhookReceiver } from "../../../lab/hosts/webhook";
import { report } from "../../../lab/polling";
import type { StackSettings } from "../../../lab/stack";
import { api, output, processStarts, untilWhole } from "./cluster";
import { errorsOf, monitor, type TestedStack, workOf } from "./lifecycle";
import { changesSince, inventory, leftByHaproxy, leftBySystemd } from "./lifecycleInventory";
import { alertname, groupWait, untilScraped, watching } from "./wholeStack";

/** Seconds that a peer waits for the one before it, and that the notifications of a group are apart. */
const [peerTimeout, groupInterval] = [5, 7];

// The kernel knows 15 letters of a name. An Alertmanager is in a container, whose file system has its program.
const processes: Record<ReleasedName, string> = {
  prometheus: "prometheus",
  alertmanager: "alertmanager",
  node_exporter: "node_exporter|prometheus-node",
};

/** Two monitors and a target, and what is proven of any versions of the programs on them. */
export class ShortProof {
  private readonly before: Record<string, string[]> = {};

  private constructor(
    private readonly lab: Lab,
    private readonly stack: TestedStack,
    readonly monitors: [LabHost, LabHost],
    readonly target: LabHost,
    readonly webhook: WebhookReceiver,
  ) {}

  /** Notes how the hosts are before anything is deployed. */
  static async begin(
    lab: Lab,
    stack: TestedStack,
    monitors: [LabHost, LabHost],
    target: LabHost,
    webhook: WebhookReceiver,
  ): Promise<ShortProof> {
    const proof = new ShortProof(lab, stack, monitors, target, webhook);
    for (const host of proof.hosts) proof.before[host.name] = await inventory(lab, host);
    return proof;
  }

  get monitorNames(): string[] {
    return this.monitors.map(({ name }) => name);
  }

  /** The stack with this software, its groups of alerts waiting for so long. */
  settings({ alertmanager, ...software }: StackSettings, wait = groupWait): StackSettings {
    const watched = watching(this.webhook.url(), groupInterval);
    const text = JSON.stringify(watched).replace(`"group_wait":"${groupWait}s"`, `"group_wait":"${wait}s"`);
    return {
      monitors: this.monitors.map((host) => monitor(host)),
      targets: [monitor(this.target)],
      ...(JSON.parse(text) as StackSettings),
      ...software,
      alertmanager: { peerTimeout: `${peerTimeout}s`, ...(alertmanager as object | undefined) },
    };
  }

  /** Deploys, and waits until all peers know each other and everything is scraped. */
  async deploy(settings: StackSettings): Promise<void> {
    await this.up(settings);
    for (const name of this.monitorNames)
      await untilScraped(this.lab, name, [
        ...["alertmanager", "node", "prometheus"].flatMap((job) =>
          this.monitorNames.map((monitor) => `${job} ${monitor}`),
        ),
        ...[`haproxy ${name}`, `node ${this.target.name}`],
      ]);
  }

  /** Deploys, and waits until all peers know each other. */
  async up(settings: StackSettings): Promise<void> {
    const run = await this.stack.up(settings);
    expect(errorsOf(run)).toEqual([]);
    report(`deployed in ${run.seconds.toFixed(0)} s`);
    const [a, b] = this.monitorNames as [string, string];
    await untilWhole(this.lab, { [a]: 1, [b]: 2 });
  }

  /** The programs that run on the monitors are of these versions, or of versions that begin so; so is the target's, if it runs. */
  async expectVersions(
    versions: Record<ReleasedName, string>,
    { targetRuns = true }: { targetRuns?: boolean } = {},
  ): Promise<void> {
    for (const { name } of this.monitors) {
      for (const program of Object.keys(versions) as ReleasedName[])
        await this.expectVersion(name, program, versions[program]);
    }
    if (targetRuns) await this.expectVersion(this.target.name, "node_exporter", versions.node_exporter);
  }

  async expectUnchanged(settings: StackSettings): Promise<void> {
    const run = await this.stack.up(settings);
    expect(errorsOf(run)).toEqual([]);
    expect(workOf(run)).toEqual([]);
  }

  async expectDelivery(): Promise<void> {
    const delivery: DeliveryCase = {
      ...{ lab: this.lab, webhook: this.webhook, monitors: this.monitorNames, target: this.target.name },
      ...{ alertname, peerTimeout, within: groupInterval + groupWait + peerTimeout + 10 },
    };
    await deliverOnce(delivery);
  }

  /** Other settings of Alertmanager are read by the processes that run. */
  async expectReload(settings: StackSettings, wait: number): Promise<void> {
    const processes = () =>
      Promise.all(
        this.monitorNames.map((name) =>
          output(this.lab, name, processStarts("alertmanager|prometheus|haproxy")),
        ),
      );
    const running = await processes();
    const run = await this.stack.up(settings);
    expect(errorsOf(run)).toEqual([]);
    expect(await processes()).toEqual(running);
    for (const name of this.monitorNames) {
      const status = await output(this.lab, name, `${curl} ${api}/api/v2/status`);
      const { config } = JSON.parse(status) as { config: { original: string } };
      expect(config.original).toContain(`group_wait: ${wait}s`);
    }
  }

  /** Removes the stack; the hosts are as before. */
  async expectCleanRemoval(settings: StackSettings): Promise<void> {
    expect(errorsOf(await this.stack.destroy(settings))).toEqual([]);
    for (const host of this.hosts) {
      const except = [...leftBySystemd, ...leftByHaproxy];
      const changes = await changesSince(this.lab, host, this.before[host.name] ?? [], except);
      expect(changes, host.name).toEqual({ gone: [], added: [] });
    }
  }

  private get hosts(): LabHost[] {
    return [...this.monitors, this.target];
  }

  private async expectVersion(host: string, program: ReleasedName, expected: string): Promise<void> {
    const found = await this.versionOf(host, program);
    const compared = expected.endsWith(".") ? found.slice(0, expected.length) : found;
    expect(compared, `${program} ${found} on ${host}`).toBe(expected);
  }

  private async versionOf(host: string, program: ReleasedName): Promise<string> {
    const text = await output(
      this.lab,
      host,
      `p=$(pgrep --oldest --exact '${processes[program]}') && nsenter --target $p --mount "$(readlink /proc/$p/exe)" --version 2>&1`,
    );
    return /version (\S+)/.exec(text)?.[1] ?? text;
  }
}
