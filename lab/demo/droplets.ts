import Table from "cli-table3";
import { LabCloud } from "../digitalocean/labCloud";
import type { RecordedRequest } from "../digitalocean/simulatedDigitalOcean";
import type { Result } from "../engine/events";
import { pulumiInstallation } from "../engine/cli";
import { describeVersions } from "../versions";
import type { PulumiEngine } from "../engine/pulumiEngine";
import type { LabHost } from "../hosts/inventory";
import type { Lab } from "../hosts/lab";
import { eventually } from "../polling";
import { labConfig, type StackSettings } from "../stack";
import { summary } from "./demo";
import { deployed, makeEngine } from "./deploy";
import { Progress } from "./progress";
import { allUp, proveGossip } from "./proofs";
import { showEvents } from "./steps";

const monitors = [
  { name: "monitor-fra", region: "fra1" },
  { name: "monitor-ams", region: "ams3" },
];
const targets = [
  { name: "web-lon", region: "lon1" },
  { name: "web-sgp", region: "sgp1" },
];

/**
 * Deploys the unmodified program on a simulated DigitalOcean, from nothing, shows what it asked of the API and that the cluster and its
 * targets are whole, and takes everything away again.
 *
 * @throws with one clear line as soon as something is not as promised.
 */
export async function demoDroplets(lab: Lab): Promise<void> {
  const progress = new Progress();
  await progress.step("the Pulumi CLI", () => pulumiInstallation((line) => progress.print(line)));
  const versions = await describeVersions();
  progress.print(versions);
  const cloud = await progress.step("a simulated DigitalOcean, with nothing in it", () =>
    LabCloud.open(lab, (line) => progress.print(line)),
  );
  const engineFor = (settings: StackSettings): PulumiEngine => {
    const config = labConfig(cloud.key.privateKey, { ...cloud.settings, ...settings });
    const everything = { ...config, ...cloud.providerConfig };
    return makeEngine(lab, "droplets", everything, "droplets", { onEvent: showEvents(progress) });
  };
  /** Runs an operation and returns what it asked of the API. */
  const asking = async (run: () => Promise<Result>): Promise<[Result, RecordedRequest[]]> => {
    const before = cloud.api.requests.length;
    const result = deployed(await run());
    return [result, cloud.api.requests.slice(before)];
  };
  try {
    const publicKey = `${cloud.key.publicKey} demo`;
    const stack = { monitors, targets, droplets: { publicKey } };
    const engine = engineFor(stack);
    const [up, asked] = await asking(() => engine.up());
    progress.print(summary(up));
    const hosts = await cloud.hosts();
    const gossip = await proveGossip(
      lab,
      monitors.map(({ name }) => hosts[name] as LabHost),
      progress,
      monitors.map(({ name }) => name),
    );
    await progress.step("every target is up at both Prometheis", () => allAreUp(lab, hosts));
    const [again] = await asking(() => engine.up());
    progress.print(summary(again));

    // Droplets are protected, from this program, too.
    const open = engineFor({ ...stack, droplets: { publicKey, protected: false } });
    progress.print("taking the protection away, and then everything");
    await asking(() => open.up());
    const [destroyed, askedAtLast] = await asking(() => open.destroy());
    await progress.step("the last droplets go", () => cloud.api.settled());
    progress.print(`destroyed: ${destroyed.changes.delete} resources (${destroyed.seconds.toFixed(1)} s)`);
    const { droplets, firewalls, keys } = cloud.api.account;
    if (droplets.length + firewalls.length + keys.length > 0)
      throw new Error(
        `the account still has ${[...droplets, ...firewalls, ...keys].map(({ name }) => name).join(", ")}`,
      );
    progress.stop();
    console.log(
      `\n${requestTable("up asked the API for", asked)}\n\n${gossip}\n\n${requestTable("destroy asked the API for", askedAtLast)}\n\n${versions}`,
    );
    console.log("\nThe account is empty again. `make demo-down` removes what else the lab has.");
  } finally {
    progress.stop();
    await cloud.close();
  }
}

/** Requests that are alike in one line, in the order in which they came first. */
function requestTable(title: string, requests: RecordedRequest[]): string {
  const counts = new Map<string, number>();
  for (const { method, path, body, status } of requests) {
    const what = path.replace(/\?.*/, "").replaceAll(/\/(\d+|[0-9a-f]{8}-[0-9a-f-]{27})(?=\/|$)/g, "/ID");
    const detail = detailOf(body);
    const key = JSON.stringify([method, what, detail, String(status)]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const table = new Table({ head: [title, "", "", "answer", "times"], style: { head: [], border: [] } });
  for (const [key, count] of counts) table.push([...(JSON.parse(key) as string[]), String(count)]);
  return table.toString();
}

/** What tells requests of one kind apart. */
function detailOf(body: Record<string, unknown> | undefined): string {
  if (body === undefined) return "";
  const { type, name, region, size, image } = body as Record<string, string | undefined>;
  return [type, name, region, size, image].filter((text) => text !== undefined).join(" ");
}

async function allAreUp(lab: Lab, hosts: Record<string, LabHost>): Promise<void> {
  const machines = [...monitors, ...targets].map(({ name }) => `node ${name}`);
  for (const { name } of monitors) {
    await eventually(60, async () => {
      const up = await allUp(lab, (hosts[name] as LabHost).name);
      const missing = machines.filter((machine) => !up.includes(machine));
      if (missing.length > 0) throw new Error(`${missing.join(", ")} is not up at ${name}`);
    });
  }
}
