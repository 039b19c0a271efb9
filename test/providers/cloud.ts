import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { DropletMachines, WantedMachine } from "../../lab/digitalocean/machines";
import { SimulatedDigitalOcean } from "../../lab/digitalocean/simulatedDigitalOcean";

/** Machines that are only told of, for tests of the API itself. */
export class ToldMachines implements DropletMachines {
  /** What was asked for, in order. */
  readonly told: string[] = [];
  readonly created: WantedMachine[] = [];
  /** What stands in for a machine that does not come up. */
  problem: string | undefined;
  private gate: Promise<void> = Promise.resolve();
  private number = 10;

  /** Lets nothing be finished until the returned function is called. */
  hold(): () => void {
    let release: () => void = () => undefined;
    this.gate = new Promise((resolve) => (release = resolve));
    return release;
  }

  async create(wanted: WantedMachine): Promise<{ address: string; address6: string }> {
    await this.tell(`create ${wanted.machine} ${wanted.system}`);
    if (this.problem !== undefined) throw new Error(this.problem);
    this.created.push(wanted);
    const number = this.number++;
    return { address: `198.51.100.${number}`, address6: `2001:db8:1::${number}` };
  }

  switchOff(machine: string, suddenly: boolean): Promise<void> {
    return this.tell(`switch off ${machine}${suddenly ? " suddenly" : ""}`);
  }

  switchOn(machine: string): Promise<void> {
    return this.tell(`switch on ${machine}`);
  }

  remove(machine: string): Promise<void> {
    return this.tell(`remove ${machine}`);
  }

  private async tell(line: string): Promise<void> {
    await this.gate;
    this.told.push(line);
  }
}

export const token = "dop_v1_of_a_test";

/** What answers of the API have in them, as far as tests look at it; each answer has some of it. */
export interface AnswerBody {
  droplet: AnsweredDroplet;
  droplets: AnsweredDroplet[];
  action: { status: string };
  actions: { type: string }[];
  ssh_key: { id: number; fingerprint: string };
  tag: { name: string; resources: object };
  tags: { name: string }[];
  vpc: { id: string };
  vpcs: { id: string; name: string; default: boolean }[];
  members: object[];
  firewall: { id: string; droplet_ids: number[] };
  firewalls: object[];
  links: { pages: Record<string, string>; actions: { id: number; rel: string; href: string }[] };
  meta: { total: number };
}

interface AnsweredDroplet {
  id: number;
  status: string;
  tags: string[];
  vpc_uuid: string;
  networks: object;
}

/** An answer of the API. */
export interface Answer {
  status: number;
  headers: Headers;
  body: AnswerBody;
}

/** A simulated DigitalOcean for one test, without hosts. */
export interface TestedCloud {
  cloud: SimulatedDigitalOcean;
  machines: ToldMachines;
  /** Lines of its log. */
  log: string[];
  stateDirectory: string;
  /** Sends a request; `path` without /v2. */
  call: (method: string, path: string, body?: unknown, authorization?: string) => Promise<Answer>;
}

/** Starts a cloud that ends with the test. */
export async function startCloud(stateDirectory?: string): Promise<TestedCloud> {
  const directory = stateDirectory ?? mkdtempSync(join(tmpdir(), "ha-monitoring-cloud-"));
  const machines = new ToldMachines();
  const log: string[] = [];
  const cloud = new SimulatedDigitalOcean({
    ...{ token, machines, stateDirectory: directory },
    log: (line) => log.push(line),
  });
  await cloud.listen();
  onTestFinished(async () => {
    await cloud.close();
    if (stateDirectory === undefined) rmSync(directory, { recursive: true, force: true });
  });
  const call = async (method: string, path: string, body?: unknown, authorization = `Bearer ${token}`) => {
    const response = await fetch(`${cloud.endpoint}/v2${path}`, {
      ...{ method, headers: { authorization } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: JSON.parse(text || "{}") as AnswerBody };
  };
  return { cloud, machines, log, stateDirectory: directory, call };
}

/** A public key that no test server has. */
export function publicKey(seed: number): string {
  const type = Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20");
  return `ssh-ed25519 ${Buffer.concat([type, Buffer.alloc(32, seed)]).toString("base64")}`;
}

/** The body of a request for a droplet. */
export function wantedDroplet(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ...{ name: "web-1", region: "fra1", size: "s-1vcpu-1gb", image: "debian-13-x64", ssh_keys: null },
    ...{ backups: false, ipv6: false, private_networking: false, monitoring: false, tags: [] },
    ...changes,
  };
}
