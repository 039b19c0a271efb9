import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const program = join(__dirname, "../../../templates/programs/prometheus-gate.sh");

/** A target as Prometheus describes it. */
function target(job: string, address: string, health: string, lastError = "", labels = {}): object {
  return {
    discoveredLabels: { __address__: address, ...labels },
    labels: { instance: "x", job, ...labels },
    scrapePool: job,
    scrapeUrl: `http://${address}/metrics`,
    globalUrl: `http://${address}/metrics`,
    ...{ lastError, lastScrape: "2026-11-27T18:00:00Z", lastScrapeDuration: 0.1, health },
  };
}

/** What the program says of the scrapes of these lines, with a Prometheus that has these targets. */
async function gate(lines: string[], targets: object[] | undefined): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "scrape-gate-"));
  const server = createServer((_, response) => {
    if (targets === undefined) response.statusCode = 503;
    response.end(JSON.stringify({ status: "success", data: { activeTargets: targets, droppedTargets: [] } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const file = join(directory, "list");
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const said = await new Promise<string>((resolve) => {
    execFile("sh", [program, url, file], (error, stdout, stderr) => {
      expect(stdout).toBe("");
      resolve(error ? stderr.replace(url, "URL") : `green${stderr}`);
    });
  });
  server.close();
  rmSync(directory, { recursive: true });
  return said;
}

const list = [
  "node http://[fd00:5::1]:9100/metrics target-a",
  "haproxy http://127.0.0.1:8405/metrics monitor-a",
];
const node = (...rest: [string, string?, object?]) => target("node", "[fd00:5::1]:9100", ...rest);
const haproxy = target("haproxy", "127.0.0.1:8405", "up");

it("is green when all scrapes that are asked for succeed, whatever becomes of others", async () => {
  expect(await gate(list, [haproxy, target("own", "10.0.0.1:1", "down", "timeout"), node("up")])).toBe(
    "green",
  );
});

it("says job, host, address and cause of each that fails", async () => {
  const cause = 'Get "http://[fd00:5::1]:9100/metrics": dial tcp [fd00:5::1]:9100: i/o timeout';
  const says = (why: string) =>
    `1 of 2 scrapes of hosts of the stack fail; job node of target-a, http://[fd00:5::1]:9100/metrics: ${why}\n`;
  expect(await gate(list, [haproxy, node("down", cause)])).toBe(
    says("dial tcp [fd00:5::1]:9100: i/o timeout"),
  );
  expect(await gate(list, [haproxy, node("down", 'a "body" of 5\\6')])).toBe(says('a "body" of 5\\\\6'));
  expect(await gate(list, [haproxy, node("unknown")])).toBe(says("not scraped yet"));
  expect(await gate(list, [haproxy])).toBe(says("not in the list of targets"));
  // Of another job.
  expect(await gate(list, [haproxy, target("own", "[fd00:5::1]:9100", "up")])).toBe(
    says("not in the list of targets"),
  );
});

it("takes no label for what Prometheus says", async () => {
  const labels = {
    health: "up",
    scrapePool: "node",
    scrapeUrl: "x",
    lastError: "none",
    z: '},"scrapePool":"node"',
  };
  expect(await gate(list, [haproxy, node("up", "", labels)])).toBe("green");
  expect(await gate(list, [haproxy, node("down", "refused", labels)])).toContain(": refused\n");
});

it("says at most five, and how many more", async () => {
  const many = Array.from(
    { length: 400 },
    (_, index) => `node http://10.0.0.${index}:9100/metrics t-${index}`,
  );
  const said = await gate(many, []);
  expect(said).toMatch(/^400 of 400 scrapes .*; job node of t-4, .*; and 395 more\n$/);
  expect(said).not.toContain("t-5,");
});

it("says that Prometheus does not answer", async () => {
  expect(await gate(list, undefined)).toBe("Prometheus does not answer at URL\n");
});
