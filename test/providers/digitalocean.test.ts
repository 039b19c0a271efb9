import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { digitaloceanProvider } from "../../lab/providers/digitalocean/provider";
import { unknownMarker, type PropertyMap } from "../../lab/properties/values";
import { publicKey, startCloud, token, type TestedCloud } from "./cloud";
import { resourceOf, type Resource } from "./providers";

const types = {
  key: "digitalocean:index/sshKey:SshKey",
  droplet: "digitalocean:index/droplet:Droplet",
  firewall: "digitalocean:index/firewall:Firewall",
};

const resource = (kind: keyof typeof types, configuration: PropertyMap): Resource =>
  resourceOf(digitaloceanProvider, types[kind], { configuration });
const inCloud = ({ cloud }: TestedCloud, kind: keyof typeof types, more: PropertyMap = {}): Resource =>
  resource(kind, { apiEndpoint: cloud.endpoint, token, httpRetryWaitMin: "0.01", ...more });
const keyInputs: PropertyMap = { name: "a", publicKey: publicKey(1) };
const small: PropertyMap = { name: "web", region: "fra1", size: "s-1vcpu-1gb", image: "debian-13-x64" };

beforeEach(() => {
  for (const name of ["URL", "HTTP_RETRY_MAX", "HTTP_RETRY_WAIT_MIN", "HTTP_RETRY_WAIT_MAX"])
    vi.stubEnv(name === "URL" ? "DIGITALOCEAN_API_URL" : `DIGITALOCEAN_${name}`, undefined);
  vi.stubEnv("DIGITALOCEAN_TOKEN", undefined);
  vi.stubEnv("DIGITALOCEAN_ACCESS_TOKEN", undefined);
});
afterEach(() => vi.unstubAllEnvs());

// What it has in common with the real plugin is in digitaloceanConformance.test.ts.
describe("the account of the digitalocean provider", () => {
  const attempt = (configuration: PropertyMap) =>
    expect(Promise.resolve().then(() => resource("key", configuration).create(keyInputs))).rejects;

  test("is never the real one, nor one that nobody named", async () => {
    await attempt({ token }).toThrow(
      /apiEndpoint is missing; the lab's provider talks to a simulated API only/,
    );
    for (const apiEndpoint of ["https://api.digitalocean.com", "http://digitalocean.com/"])
      await attempt({ token, apiEndpoint }).toThrow(/but the lab's provider talks to a simulated API only/);
    await attempt({ token, apiEndpoint: "nonsense" }).toThrow(/nonsense is no URL/);
  });

  test("needs a token, which like the endpoint may come from the environment", async () => {
    const { cloud } = await startCloud();
    await attempt({ apiEndpoint: cloud.endpoint }).toThrow(/token is missing; set digitalocean:token or/);
    vi.stubEnv("DIGITALOCEAN_API_URL", cloud.endpoint);
    for (const name of ["DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN"]) {
      vi.stubEnv(name, token);
      const key = await resource("key", {}).create({ name, publicKey: publicKey(name.length) });
      expect(key.id).toMatch(/^\d+$/);
      vi.stubEnv(name, undefined);
    }
  });

  test("may be unknown in a preview", () => {
    const configuration = { apiEndpoint: unknownMarker, token: unknownMarker };
    const old = { id: "1", inputs: keyInputs, outputs: {} };
    expect(resource("key", configuration).diff(old, { ...keyInputs, name: "b" }).changed).toEqual(["name"]);
  });
});

describe("requests of the digitalocean provider", () => {
  test.each([429, 500, 502, 503])("are tried again after %s, five times in all", async (status) => {
    const tested = await startCloud();
    const keys = inCloud(tested, "key");
    tested.cloud.failNext({ status, times: 4, method: "POST", retryAfter: 0 });
    expect((await keys.create(keyInputs)).outputs["name"]).toBe("a");
    tested.cloud.failNext({ status, times: 5, method: "POST", retryAfter: 0 });
    await expect(keys.create({ name: "b", publicKey: publicKey(2) })).rejects.toThrow(
      new RegExp(
        `^POST http:\\S+/v2/account/keys: ${status} \\(request "[^"]+"\\) .*; giving up after 5 attempt\\(s\\)$`,
      ),
    );
  });

  test("wait as long as a refusal asks, and as many times as the provider is told", async () => {
    const tested = await startCloud();
    tested.cloud.failNext({ status: 429, retryAfter: 1 });
    const begun = performance.now();
    await inCloud(tested, "key").create(keyInputs);
    expect(performance.now() - begun).toBeGreaterThan(990);
    tested.cloud.failNext({ status: 500, times: 2 });
    const keys = inCloud(tested, "key", { httpRetryMax: "1" });
    await expect(keys.create({ name: "b", publicKey: publicKey(2) })).rejects.toThrow(/after 2 attempt/);
  });

  test("are not repeated after a refusal", async () => {
    const tested = await startCloud();
    await expect(inCloud(tested, "droplet").create({ ...small, size: "huge" })).rejects.toThrow(
      /\/v2\/droplets: 422 \(request "[^"]+"\) You specified an invalid size for Droplet creation\.$/,
    );
    expect(tested.cloud.requests).toHaveLength(1);
  });

  test("that nobody answers are told as such", async () => {
    const tested = await startCloud();
    const keys = inCloud(tested, "key", { httpRetryMax: "1" });
    await tested.cloud.close();
    await expect(keys.create(keyInputs)).rejects.toThrow(/^POST http:\S+\/v2\/account\/keys: .*ECONNREFUSED/);
  });
});

describe("droplets of the digitalocean provider", () => {
  test("are made with defaults, a made-up name that stays, and what was asked for", async () => {
    const tested = await startCloud();
    const droplets = inCloud(tested, "droplet");
    const { name: _name, ...nameless } = small;
    const made = await droplets.create({ ...nameless, gracefulShutdown: true });
    expect(made.outputs).toMatchObject({
      ...{ backups: false, monitoring: false, ipv6: false, resizeDisk: true, volumeIds: [], tags: [] },
      ...{ name: expect.stringMatching(/^it-[0-9a-f]{7}$/) as string, publicNetworking: true },
    });
    expect(droplets.diff(made, { ...nameless, gracefulShutdown: true })).toMatchObject({ changed: [] });
    await droplets.delete(made);
    expect(tested.machines.told.slice(1)).toEqual([
      `switch off ${tested.machines.created[0]?.machine}`,
      `remove ${tested.machines.created[0]?.machine}`,
    ]);
  });

  test.each([
    ["image", "debian-12-x64"],
    ["region", "nyc3"],
    ["userData", "#cloud-config\n"],
    ["sshKeys", ["1"]],
    ["vpcUuid", "x"],
    ["monitoring", true],
    ["dropletAgent", false],
  ] as const)("another %s is another droplet; with a given name the old one goes first", (key, value) => {
    const droplets = resource("droplet", { apiEndpoint: "http://127.0.0.1", token });
    const old = { id: "1", inputs: { ...small, monitoring: false }, outputs: {} };
    const inputs = { ...small, [key]: typeof value === "object" ? [...value] : value };
    expect(droplets.diff(old, inputs)).toMatchObject({ replace: [key], deleteBeforeReplace: true });
  });

  test("the order of keys and tags means nothing; a region or VPC that is left out stays", () => {
    const droplets = resource("droplet", { apiEndpoint: "http://127.0.0.1", token });
    const inputs = { ...small, sshKeys: ["1", "2"], tags: ["a", "b"], vpcUuid: "x" };
    const old = { id: "1", inputs: { ...inputs, ...defaults }, outputs: {} };
    const { region: _region, vpcUuid: _vpc, ...rest }: PropertyMap = inputs;
    const next = { ...rest, sshKeys: ["2", "1"], tags: ["b", "a"] };
    expect(droplets.diff(old, next)).toMatchObject({ changed: [], replace: [] });
  });

  test("all that changes in place changes at once, a droplet that was switched off included", async () => {
    const tested = await startCloud();
    const droplets = inCloud(tested, "droplet");
    const made = await droplets.create({ ...small, tags: ["old"] });
    await tested.call("POST", `/droplets/${made.id}/actions`, { type: "power_off" });
    await tested.cloud.settled();
    const backupPolicy = { plan: "weekly", weekday: "SUN", hour: 4 };
    const next = await droplets.update(made, {
      ...{ ...small, name: "other", size: "s-2vcpu-4gb", resizeDisk: false, tags: ["new"] },
      ...{ ipv6: true, backups: true, backupPolicy },
    });
    expect(next.outputs).toMatchObject({
      ...{
        name: "other",
        memory: 4096,
        disk: 25,
        tags: ["new"],
        ipv6: true,
        backups: true,
        status: "active",
      },
      ipv6Address: "2001:db8:1::10",
    });
    const off = await droplets.update(next, { ...small, name: "other", size: "s-2vcpu-4gb", ipv6: true });
    expect(off.outputs).toMatchObject({ backups: false, tags: [] });
  });

  test("a resize that is refused leaves the droplet switched on", async () => {
    const tested = await startCloud();
    const droplets = inCloud(tested, "droplet");
    const made = await droplets.create({ ...small, size: "s-2vcpu-4gb" });
    await expect(droplets.update(made, small)).rejects.toThrow(/smaller disk/);
    expect((await tested.call("GET", `/droplets/${made.id}`)).body.droplet.status).toBe("active");
  });

  test("one whose machine does not come up is an error, and so is one that somebody else has deleted", async () => {
    const tested = await startCloud();
    const droplets = inCloud(tested, "droplet");
    const made = await droplets.create(small);
    await tested.call("DELETE", `/droplets/${made.id}`);
    await tested.cloud.settled();
    await expect(droplets.delete(made)).rejects.toThrow(/Droplet \d+ is gone; somebody deleted it/);
    tested.machines.problem = "no room";
    await expect(droplets.create(small)).rejects.toThrow(/or its creation failed/);
  });
});

const defaults = {
  backups: false,
  gracefulShutdown: false,
  ipv6: false,
  monitoring: false,
  resizeDisk: true,
};

describe("inputs of the digitalocean provider", () => {
  const rule = { protocol: "tcp", portRange: "22", sourceAddresses: ["::/0"] };
  test.each([
    ["droplet", { name: "a", size: "s-1vcpu-1gb" }, /^image: is missing/],
    ["droplet", { ...small, volumeIds: ["x"] }, /volumeIds is not supported by the lab's provider/],
    ["droplet", { ...small, tags: ["a b"] }, /^tag "a b" is not allowed/],
    ["droplet", { ...small, backupPolicy: { plan: "daily" } }, /^backupPolicy can only be set when backups/],
    ["key", { name: "a" }, /^publicKey: is missing/],
    ["firewall", { name: "a" }, /at least one rule must be specified/],
    ["firewall", { inboundRules: [{ ...rule, protocol: "gre" }] }, /protocol gre is not allowed/],
    ["firewall", { inboundRules: [{ protocol: "udp" }] }, /portRange is required/],
    ["firewall", { inboundRules: [{ ...rule, action: "deny" }] }, /action is not supported/],
    ["firewall", { outboundRules: [rule] }, /sourceAddresses is not supported/],
  ] as const)(
    "of a %s that are wrong are refused before anything is asked: %j",
    async (kind, inputs, message) => {
      const tested = await startCloud();
      const attempt = () => inCloud(tested, kind).create(inputs as unknown as PropertyMap);
      await expect(Promise.resolve().then(attempt)).rejects.toThrow(message);
      expect(tested.cloud.requests).toEqual([]);
    },
  );

  test("of a firewall may be unknown in a preview; their order means nothing", () => {
    const firewalls = resource("firewall", { apiEndpoint: "http://127.0.0.1", token });
    const other = { ...rule, portRange: "80" };
    const old = { id: "x", inputs: { name: "a", inboundRules: [rule, other] }, outputs: {} };
    expect(firewalls.diff(old, { name: "a", inboundRules: unknownMarker }).changed).toEqual(["inboundRules"]);
    expect(firewalls.diff(old, { name: "a", inboundRules: [other, rule] }).changed).toEqual([]);
  });

  test("a public key is the same with and without its end of line", () => {
    const keys = resource("key", { apiEndpoint: "http://127.0.0.1", token });
    const old = { id: "1", inputs: { name: "a", publicKey: publicKey(1) }, outputs: {} };
    expect(keys.diff(old, { name: "a", publicKey: `${publicKey(1)}\n` }).changed).toEqual([]);
    expect(keys.diff(old, { name: "a", publicKey: publicKey(2) }).replace).toEqual(["publicKey"]);
  });
});
