import { join } from "node:path";
import { expect } from "vitest";
import type { InboundRule } from "../../../components";
import type { Result } from "../../../lab/engine/events";
import { PulumiEngine } from "../../../lab/engine/pulumiEngine";
import type { Lab, LabHost } from "../../../lab/hosts/lab";

/** Arguments of the HostFirewall on the machine. */
export interface FirewallSettings {
  mode?: string;
  rules: InboundRule[];
  sshPort?: number;
  overlayNetworks?: string[];
  confirmWithinSeconds?: number;
}

export interface UpOptions {
  /** Who connects; default root. */
  user?: string;
  /** The resource after which nothing else begins. */
  stopAfter?: string;
}

/** Programs of the machine that the bundle's run finds before the real ones, and that do something else. */
const impostors = "/usr/local/sbin";

/** A lab host with a HostFirewall, which is a stack of its own. */
export class GuardedMachine {
  constructor(
    readonly lab: Lab,
    readonly host: LabHost,
  ) {}

  /** What a shell command prints on the machine, past its network. */
  async run(command: string): Promise<string> {
    return (await this.lab.exec(this.host, command)).stdout.trimEnd();
  }

  /** Applies a firewall. */
  up(firewall: FirewallSettings, options: UpOptions = {}): Promise<Result> {
    return this.engine(firewall, options).up();
  }

  /** Applies a firewall, and expects that nothing goes wrong. */
  async apply(firewall: FirewallSettings, options: UpOptions = {}): Promise<void> {
    expect(messages(await this.up(firewall, options))).toBe("");
  }

  /** Takes a resource out of the state, as if the engine had been killed before it recorded it. */
  async forget(name: string): Promise<void> {
    const engine = this.engine({ rules: [] }, {});
    const { stdout } = await engine.command(["stack", "export"]);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources: { urn: string }[] } };
    const urn = deployment.resources
      .map((resource) => resource.urn)
      .find((each) => each.endsWith(`::${name}`));
    if (urn === undefined) throw new Error(`${name} is not in the state`);
    const { status, stderr } = await engine.command(["state", "delete", urn, "--yes", "--force"]);
    if (status !== 0) throw new Error(stderr);
  }

  destroy(): Promise<Result> {
    return this.engine({ rules: [] }, {}).destroy();
  }

  /** Our table as nft shows it, without counts. */
  ownTable(): Promise<string> {
    return this.run("nft --stateless list table inet ha_monitoring");
  }

  /** All that is not ours, with the numbers that the kernel gave to each rule: made anew, a rule has another one. */
  async foreignRules(): Promise<string> {
    const everything = await this.run("nft --stateless --handle list ruleset");
    return everything.replace(/^table inet ha_monitoring \{[^]*?^\}\n?/m, "").trimEnd();
  }

  /** Ports on which something listens, on whatever address. */
  async listening(): Promise<number[]> {
    const ports = await this.run("ss -Htln | sed -E 's/.*:([0-9]+) .*/\\1/' | sort -nu");
    return ports.split("\n").map(Number);
  }

  /** Puts a shell script in the place of a program, for the bundle's run only. */
  async replaceProgram(name: string, script: string): Promise<void> {
    await this.lab.exec(this.host, `cat >${impostors}/${name} && chmod 0755 ${impostors}/${name}`, {
      stdin: `#!/bin/sh\n${script}\n`,
    });
  }

  async restorePrograms(): Promise<void> {
    await this.run(`rm ${impostors}/*`);
  }

  private engine(firewall: FirewallSettings, { user = "root", stopAfter }: UpOptions): PulumiEngine {
    const abort = new AbortController();
    return new PulumiEngine({
      program: join(__dirname, "../programs/firewall.ts"),
      project: "ha-monitoring",
      stack: this.host.name,
      stateDirectory: join(this.lab.stateDirectory, "stacks", this.host.name),
      config: {
        "ha-monitoring:sshPrivateKey": this.lab.privateKey,
        "ha-monitoring:host": JSON.stringify({ ...this.host, user }),
        "ha-monitoring:firewall": JSON.stringify(firewall),
      },
      secretConfig: ["ha-monitoring:sshPrivateKey"],
      signal: abort.signal,
      onEvent: (event) => {
        // What has begun is finished, and nothing else begins.
        if (event.kind === "start" && event.name === stopAfter) abort.abort();
      },
    });
  }
}

/** The errors of a run as one text; empty when all went well. */
export function messages({ errors }: Result): string {
  return errors.map(({ message }) => message).join("\n");
}
