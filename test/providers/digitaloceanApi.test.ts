import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { publicKey, startCloud, wantedDroplet, type TestedCloud } from "./cloud";

const problem = (status: number, id: string, message: unknown) => ({
  status,
  body: { id, message, request_id: expect.any(String) as unknown },
});
const wrong = (message: unknown) => problem(422, "unprocessable_entity", message);
const missing = problem(404, "not_found", "The resource you requested could not be found.");

async function droplet({ call, cloud }: TestedCloud, changes: Record<string, unknown> = {}) {
  const { body, status } = await call("POST", "/droplets", wantedDroplet(changes));
  expect(status).toBe(202);
  await cloud.settled();
  return body.droplet.id;
}

describe("every request", () => {
  test("needs the token, and is recorded without token and user data", async () => {
    const { call, cloud } = await startCloud();
    for (const authorization of ["Bearer other", "", "Basic dop_v1_of_a_test"]) {
      const refused = await call("GET", "/droplets", undefined, authorization);
      expect(refused).toMatchObject(problem(401, "unauthorized", "Unable to authenticate you"));
    }
    await call("POST", "/droplets", wantedDroplet({ user_data: "#cloud-config\nruncmd: [a password]\n" }));
    expect(cloud.requests.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
      ...Array<string>(3).fill("GET /v2/droplets 401"),
      "POST /v2/droplets 202",
    ]);
    expect(cloud.requests.at(-1)?.body).toEqual(wantedDroplet({ user_data: "[secret]" }));
    expect(JSON.stringify(cloud.requests)).not.toMatch(/dop_v1|password/);
  });

  test("tells the rate limit; one too many and trouble of the service come when they are asked for", async () => {
    const { call, cloud } = await startCloud();
    const { headers } = await call("GET", "/droplets");
    expect(headers.get("RateLimit-Limit")).toBe("5000");
    expect(headers.get("RateLimit-Remaining")).toBe("4999");
    expect(Number(headers.get("RateLimit-Reset"))).toBeGreaterThan(Date.now() / 1000);

    cloud.failNext({ status: 429, times: 2, path: "/v2/tags", retryAfter: 7 });
    cloud.failNext({ status: 503, method: "POST", path: /^\/v2\/(tags|vpcs)$/ });
    expect((await call("GET", "/droplets")).status).toBe(200);
    for (let times = 0; times < 2; times++) {
      const refused = await call("GET", "/tags");
      expect(refused).toMatchObject(problem(429, "too_many_requests", "API Rate limit exceeded."));
      expect(refused.headers.get("Retry-After")).toBe("7");
      expect(refused.headers.get("RateLimit-Remaining")).toBe("0");
    }
    expect((await call("GET", "/tags")).status).toBe(200);
    const failed = await call("POST", "/tags", { name: "a" });
    expect(failed).toMatchObject(problem(503, "server_error", "Unexpected server-side error"));
    expect((await call("GET", "/tags")).body.tags).toEqual([]);
    expect((await call("POST", "/tags", { name: "a" })).status).toBe(201);
  });

  test("for something that the API has not is refused, and told in the log", async () => {
    const { call, log } = await startCloud();
    expect((await call("GET", "/volumes")).status).toBe(404);
    expect((await call("GET", "/droplets/1")).body).toMatchObject(missing.body);
    expect(log).toEqual(["The simulated API has no GET /v2/volumes"]);
  });

  test("for a list is answered page by page", async () => {
    const { call, cloud } = await startCloud();
    for (let number = 1; number <= 45; number++) await call("POST", "/tags", { name: `tag-${number}` });
    const names = ({ body }: { body: { tags: { name: string }[] } }) => body.tags.map(({ name }) => name);
    const first = await call("GET", "/tags");
    expect(names(first)).toHaveLength(20);
    const page = (number: number) => `${cloud.endpoint}/v2/tags?page=${number}`;
    expect(first.body).toMatchObject({
      links: { pages: { next: page(2), last: page(3) } },
      meta: { total: 45 },
    });
    const last = await call("GET", "/tags?page=5&per_page=10");
    expect(names(last)).toEqual(["tag-41", "tag-42", "tag-43", "tag-44", "tag-45"]);
    expect(Object.keys(last.body.links.pages).sort()).toEqual(["first", "prev"]);
    const whole = await call("GET", "/tags?per_page=200");
    expect(names(whole)).toHaveLength(45);
    expect(whole.body.links).toEqual({});
    expect(await call("GET", "/tags?page=0")).toMatchObject(wrong("page must be a number from 1 up"));
  });
});

describe("SSH keys", () => {
  test("are created once, renamed, found by number or fingerprint, deleted", async () => {
    const { call } = await startCloud();
    const made = await call("POST", "/account/keys", { name: "mine", public_key: `${publicKey(1)} me\n` });
    const key = { name: "mine", public_key: `${publicKey(1)} me` };
    expect(made).toMatchObject({ status: 201, body: { ssh_key: key } });
    const { id, fingerprint } = made.body.ssh_key;
    expect(fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    const again = await call("POST", "/account/keys", { name: "other", public_key: publicKey(1) });
    expect(again).toMatchObject(wrong("SSH Key is already in use on your account"));
    const invalid = await call("POST", "/account/keys", { name: "x", public_key: "ssh-rsa AAAA" });
    expect(invalid).toMatchObject(wrong(expect.stringContaining("Key invalid")));
    await call("PUT", `/account/keys/${id}`, { name: "new" });
    expect((await call("GET", `/account/keys/${fingerprint}`)).body.ssh_key).toMatchObject({
      id,
      name: "new",
    });
    expect((await call("GET", "/account/keys")).body.meta).toEqual({ total: 1 });
    expect((await call("DELETE", `/account/keys/${id}`)).status).toBe(204);
    expect(await call("DELETE", `/account/keys/${id}`)).toMatchObject(missing);
  });
});

describe("droplets", () => {
  test("are new until their machine is up, and have IPv6 only if it was asked for", async () => {
    const { call, cloud, machines } = await startCloud();
    const { body: key } = await call("POST", "/account/keys", { name: "a", public_key: publicKey(1) });
    const { body: other } = await call("POST", "/account/keys", { name: "b", public_key: publicKey(2) });
    const release = machines.hold();
    const made = await call(
      "POST",
      "/droplets",
      wantedDroplet({
        ...{ name: "Web.example.com", ssh_keys: [key.ssh_key.id, other.ssh_key.fingerprint] },
        ...{ ipv6: true, user_data: "#cloud-config\n", monitoring: true, with_droplet_agent: false },
        ...{ tags: ["web"], image: "debian-12-x64" },
      }),
    );
    const { id } = made.body.droplet;
    expect(made.body.droplet).toMatchObject({
      ...{ name: "Web.example.com", status: "new", networks: { v4: [], v6: [] }, tags: ["web"] },
      ...{ memory: 1024, vcpus: 1, disk: 25, size_slug: "s-1vcpu-1gb", size: { slug: "s-1vcpu-1gb" } },
      ...{ region: { slug: "fra1" }, image: { slug: "debian-12-x64" }, volume_ids: [] },
      features: ["ipv6", "monitoring", "private_networking"],
    });
    const { href, rel } = made.body.links.actions[0]!;
    const action = async () => (await call("GET", new URL(href).pathname.replace("/v2", ""))).body.action;
    expect(rel).toBe("create");
    expect(await action()).toMatchObject({ status: "in-progress", type: "create", completed_at: null });
    release();
    await cloud.settled();
    expect(await action()).toMatchObject({ status: "completed", resource_id: id, resource_type: "droplet" });
    expect((await call("GET", `/droplets/${id}`)).body.droplet).toMatchObject({
      ...{ status: "active", locked: false },
      networks: {
        v4: [{ ip_address: "198.51.100.10", type: "public", gateway: "198.51.100.1" }],
        v6: [{ ip_address: "2001:db8:1::10", type: "public", netmask: 64, gateway: "2001:db8:1::1" }],
      },
    });
    expect(machines.created).toEqual([
      {
        ...{ id, machine: `web-example-com-${id}`, hostname: "Web.example.com", system: "debian12" },
        ...{ authorizedKeys: [publicKey(1), publicKey(2)], userData: "#cloud-config\n" },
      },
    ]);
    const plain = await call("POST", "/droplets", wantedDroplet());
    await cloud.settled();
    const { networks } = (await call("GET", `/droplets/${plain.body.droplet.id}`)).body.droplet;
    expect(networks).toMatchObject({ v4: [{ ip_address: "198.51.100.11" }], v6: [] });
  });

  test.each([
    ["region", { region: "mars1" }, "You specified an invalid region for Droplet creation."],
    ["size", { size: "huge" }, "You specified an invalid size for Droplet creation."],
    ["image", { image: "plan9" }, "You specified an invalid image for Droplet creation."],
    [
      "image of the lab",
      { image: "ubuntu-24-04-x64" },
      /no image like ubuntu-24-04-x64.* debian-12-x64 or debian-13-x64$/,
    ],
    ["key", { ssh_keys: [7, "aa:bb"] }, "7, aa:bb are invalid key identifiers for Droplet creation."],
    ["name", { name: "web_1" }, /^Only valid hostname characters are allowed/],
    ["tag", { tags: ["a b"] }, /^Tag a b is invalid/],
    ["VPC", { vpc_uuid: "none" }, "VPC none does not exist"],
    ["user data", { user_data: "x".repeat(65_537) }, /64 KiB/],
    ["name that is missing", { name: undefined }, "name is required"],
  ])("are refused for a wrong %s, and nothing is made", async (_what, changes, message) => {
    const { call, machines } = await startCloud();
    const expected: unknown = message instanceof RegExp ? expect.stringMatching(message) : message;
    expect(await call("POST", "/droplets", wantedDroplet(changes))).toMatchObject(wrong(expected));
    expect((await call("GET", "/droplets")).body.droplets).toEqual([]);
    expect(machines.told).toEqual([]);
  });

  test("one whose machine does not come up is gone again, and its action errored", async () => {
    const { call, cloud, machines, log } = await startCloud();
    machines.problem = "no room";
    const made = await call("POST", "/droplets", wantedDroplet());
    await cloud.settled();
    const { id } = made.body.droplet;
    expect(await call("GET", `/droplets/${id}`)).toMatchObject(missing);
    expect((await call("GET", `/actions/${made.body.links.actions[0]?.id}`)).body.action.status).toBe(
      "errored",
    );
    expect(log).toEqual([`Droplet web-1 (${id}): no room`]);
    expect(machines.told).toContain(`remove web-1-${id}`);
  });

  test("may have the same name; the machine goes with its droplet, which is there until then", async () => {
    const tested = await startCloud();
    const { call, cloud, machines } = tested;
    const [first, second] = [await droplet(tested), await droplet(tested)];
    expect((await call("GET", "/droplets?name=web-1")).body.droplets).toHaveLength(2);
    const release = machines.hold();
    expect((await call("DELETE", `/droplets/${first}`)).status).toBe(204);
    expect((await call("GET", `/droplets/${first}`)).status).toBe(200);
    release();
    await cloud.settled();
    expect((await call("GET", `/droplets/${first}`)).status).toBe(404);
    expect(await call("DELETE", `/droplets/${first}`)).toMatchObject(missing);
    expect((await call("GET", `/droplets/${second}`)).status).toBe(200);
    expect(machines.told.filter((line) => line.startsWith("remove"))).toEqual([`remove web-1-${first}`]);
  });

  test("are resized when they are off only, one action at a time", async () => {
    const tested = await startCloud();
    const { call, cloud, machines } = tested;
    const id = await droplet(tested);
    const act = (body: object) => call("POST", `/droplets/${id}/actions`, body);
    const state = async () => (await call("GET", `/droplets/${id}`)).body.droplet;
    const resize = { type: "resize", size: "s-2vcpu-4gb", disk: true };
    expect(await act(resize)).toMatchObject(wrong(expect.stringContaining("Droplet is currently on")));
    const release = machines.hold();
    const off = await act({ type: "power_off" });
    expect(off).toMatchObject({
      status: 201,
      body: { action: { status: "in-progress", type: "power_off" } },
    });
    expect(await state()).toMatchObject({ status: "active", locked: true });
    expect(await act(resize)).toMatchObject(wrong("Droplet already has a pending event."));
    expect(await call("DELETE", `/droplets/${id}`)).toMatchObject(
      wrong("Droplet already has a pending event."),
    );
    release();
    await cloud.settled();
    expect(await state()).toMatchObject({ status: "off", locked: false });
    expect(await act({ type: "power_off" })).toMatchObject(wrong("Droplet is already powered off."));
    await act(resize);
    await cloud.settled();
    expect(await state()).toMatchObject({ size_slug: "s-2vcpu-4gb", memory: 4096, vcpus: 2, disk: 80 });
    const smaller = await act({ type: "resize", size: "s-1vcpu-1gb", disk: false });
    expect(smaller).toMatchObject(wrong("This size is not available because it has a smaller disk."));
    await act({ type: "power_on" });
    await cloud.settled();
    expect(await state()).toMatchObject({ status: "active" });
    expect(machines.told.slice(1)).toEqual([`switch off web-1-${id} suddenly`, `switch on web-1-${id}`]);
  });

  test("are renamed, get IPv6 and backups, and keep their machine", async () => {
    const tested = await startCloud();
    const { call, cloud, machines } = tested;
    const id = await droplet(tested);
    for (const body of [
      { type: "rename", name: "web-2" },
      { type: "enable_ipv6" },
      { type: "enable_backups", backup_policy: { plan: "weekly", weekday: "SUN", hour: 4 } },
    ]) {
      expect((await call("POST", `/droplets/${id}/actions`, body)).status).toBe(201);
      await cloud.settled();
    }
    expect((await call("GET", `/droplets/${id}`)).body.droplet).toMatchObject({
      ...{ name: "web-2", features: ["backups", "ipv6", "droplet_agent", "private_networking"] },
      networks: { v6: [{ ip_address: "2001:db8:1::10" }] },
    });
    const actions = (await call("GET", `/droplets/${id}/actions`)).body.actions;
    expect(actions.map(({ type }) => type)).toEqual(["enable_backups", "enable_ipv6", "rename", "create"]);
    const unknown = await call("POST", `/droplets/${id}/actions`, { type: "snapshot" });
    expect(unknown).toMatchObject(wrong("The simulated droplet has no action snapshot"));
    await call("DELETE", `/droplets/${id}`);
    await cloud.settled();
    expect(machines.told.at(-1)).toBe(`remove web-1-${id}`);
  });

  test("and what was going on with them outlive the process; user data does not outlive its use", async () => {
    const directory = mkdtempSync(join(tmpdir(), "ha-monitoring-cloud-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, "digitalocean", "account.json");
    const before = await startCloud(directory);
    const kept = await droplet(before, { user_data: "#cloud-config\n# of the first\n" });
    expect(readFileSync(file, "utf8")).not.toContain("of the first");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const release = before.machines.hold();
    onTestFinished(release);
    const pending = await before.call("POST", "/droplets", wantedDroplet({ user_data: "of the second" }));
    await before.call("POST", `/droplets/${kept}/actions`, { type: "power_off" });

    const after = await startCloud(directory);
    await after.cloud.settled();
    expect(after.machines.created).toMatchObject([{ userData: "of the second" }]);
    expect(after.machines.told).toContain(`switch off web-1-${kept} suddenly`);
    const { id } = pending.body.droplet;
    expect((await after.call("GET", `/droplets/${id}`)).body.droplet.status).toBe("active");
    expect((await after.call("GET", `/droplets/${kept}`)).body.droplet).toMatchObject({
      ...{ status: "off", networks: { v4: [{ ip_address: "198.51.100.10" }] } },
    });
  });
});

describe("tags", () => {
  test("come with droplets or before, whatever their case; droplets are tagged and untagged", async () => {
    const tested = await startCloud();
    const { call } = tested;
    expect(await call("POST", "/tags", { name: "Web" })).toMatchObject({
      status: 201,
      body: { tag: { name: "Web", resources: { count: 0, droplets: { count: 0 }, images: { count: 0 } } } },
    });
    expect((await call("POST", "/tags", { name: "web" })).body.tag.name).toBe("Web");
    const id = await droplet(tested, { tags: ["web", "new"] });
    expect((await call("GET", `/droplets/${id}`)).body.droplet.tags).toEqual(["Web", "new"]);
    expect((await call("GET", "/tags/WEB")).body.tag.resources).toMatchObject({
      ...{ count: 1, last_tagged_uri: expect.stringMatching(`/v2/droplets/${id}$`) as unknown },
      droplets: { count: 1 },
    });
    const resources = { resources: [{ resource_id: String(id), resource_type: "droplet" }] };
    expect((await call("DELETE", "/tags/new/resources", resources)).status).toBe(204);
    await call("POST", "/tags", { name: "third" });
    expect((await call("POST", "/tags/third/resources", resources)).status).toBe(204);
    expect((await call("GET", "/droplets?tag_name=THIRD")).body.droplets).toMatchObject([
      { tags: ["Web", "third"] },
    ]);
    expect((await call("DELETE", "/tags/third")).status).toBe(204);
    expect((await call("GET", `/droplets/${id}`)).body.droplet.tags).toEqual(["Web"]);
    expect(await call("GET", "/tags/third")).toMatchObject(missing);
  });
});

describe("VPCs", () => {
  test("every region has a default one; others are created, changed, and deleted when nobody is in them", async () => {
    const tested = await startCloud();
    const { call, cloud } = tested;
    const made = await call("POST", "/vpcs", { name: "mine", region: "fra1", ip_range: "10.7.0.0/24" });
    const { id } = made.body.vpc;
    expect(made).toMatchObject({
      status: 201,
      body: {
        vpc: { name: "mine", urn: `do:vpc:${id}`, ip_range: "10.7.0.0/24", default: false, description: "" },
      },
    });
    const member = await droplet(tested, { vpc_uuid: id });
    const other = await droplet(tested, { name: "elsewhere" });
    const vpcs = (await call("GET", "/vpcs")).body.vpcs;
    expect(vpcs.map((vpc) => [vpc.name, vpc.default])).toEqual([
      ["default-fra1", true],
      ["mine", false],
    ]);
    expect((await call("GET", `/droplets/${other}`)).body.droplet.vpc_uuid).toBe(vpcs[0]?.id);
    const changed = await call("PUT", `/vpcs/${id}`, { name: "ours", description: "of us", default: false });
    expect(changed.body.vpc).toMatchObject({ name: "ours", description: "of us", default: false });
    expect((await call("GET", `/vpcs/${id}/members`)).body.members).toMatchObject([
      { urn: `do:droplet:${member}` },
    ]);
    expect(await call("DELETE", `/vpcs/${id}`)).toMatchObject(
      problem(403, "forbidden", "Can not delete VPC with members"),
    );
    await call("DELETE", `/droplets/${member}`);
    await cloud.settled();
    expect((await call("DELETE", `/vpcs/${id}`)).status).toBe(204);
    expect(await call("DELETE", `/vpcs/${vpcs[0]?.id}`)).toMatchObject(
      problem(403, "forbidden", "Can not delete default VPCs"),
    );
  });

  test.each([
    ["a region that there is not", { region: "mars1" }, /invalid region/],
    ["a name that is taken", { name: "taken" }, /already exists/],
    ["a range that overlaps", { ip_range: "10.7.0.128/25" }, /overlaps with another VPC.*10\.7\.0\.0\/24/],
    ["a range that is not private", { ip_range: "203.0.113.0/24" }, /must be private/],
    ["a range that is too large", { ip_range: "10.0.0.0/8" }, /between \/16 and \/28/],
    ["no range", { ip_range: "10.7" }, /no IPv4 range/],
  ])("%s is refused", async (_what, changes, message) => {
    const { call } = await startCloud();
    await call("POST", "/vpcs", { name: "taken", region: "fra1", ip_range: "10.7.0.0/24" });
    const refused = await call("POST", "/vpcs", { name: "b", region: "fra1", ...changes });
    expect(refused).toMatchObject(wrong(expect.stringMatching(message)));
  });

  test("a droplet of another region is refused", async () => {
    const { call } = await startCloud();
    const made = await call("POST", "/vpcs", { name: "mine", region: "nyc3" });
    const refused = await call("POST", "/droplets", wantedDroplet({ vpc_uuid: made.body.vpc.id }));
    expect(refused).toMatchObject(
      wrong(expect.stringContaining("is in region nyc3, the Droplet would be in fra1")),
    );
  });
});

describe("firewalls", () => {
  const rules = {
    inbound_rules: [
      { protocol: "tcp", ports: "22", sources: { addresses: ["0.0.0.0/0", "::/0"] } },
      { protocol: "icmp", sources: { addresses: ["198.51.100.7"] } },
    ],
    outbound_rules: [{ protocol: "udp", ports: "all", destinations: { addresses: ["0.0.0.0/0"] } }],
  };

  test("are created, changed and deleted; all ports are 0; a droplet that is gone is gone from them", async () => {
    const tested = await startCloud();
    const { call, cloud } = tested;
    await call("POST", "/tags", { name: "web" });
    const id = await droplet(tested);
    const wanted = { name: "gate", ...rules, droplet_ids: [id], tags: ["web"] };
    const made = await call("POST", "/firewalls", wanted);
    const { firewall } = made.body;
    expect(made).toMatchObject({
      status: 202,
      body: {
        firewall: {
          ...{ name: "gate", status: "succeeded", pending_changes: [], droplet_ids: [id], tags: ["web"] },
          inbound_rules: [rules.inbound_rules[0], { ...rules.inbound_rules[1], ports: "0" }],
          outbound_rules: [{ ...rules.outbound_rules[0], ports: "0" }],
        },
      },
    });
    const again = await call("POST", "/firewalls", { ...wanted, droplet_ids: null });
    expect(again).toMatchObject(problem(409, "conflict", "duplicate name"));
    const sources = { droplet_ids: [id], tags: ["web"] };
    const changed = await call("PUT", `/firewalls/${firewall.id}`, {
      ...{ name: "gate", droplet_ids: [id], tags: [], outbound_rules: null },
      inbound_rules: [{ protocol: "tcp", ports: "9000-9100", sources }],
    });
    expect(changed.body.firewall).toMatchObject({
      inbound_rules: [{ sources }],
      outbound_rules: [],
      tags: [],
    });
    await call("DELETE", `/droplets/${id}`);
    await cloud.settled();
    expect((await call("GET", `/firewalls/${firewall.id}`)).body.firewall.droplet_ids).toEqual([]);
    expect((await call("DELETE", `/firewalls/${firewall.id}`)).status).toBe(204);
    expect((await call("GET", "/firewalls")).body).toMatchObject({ firewalls: [], meta: { total: 0 } });
  });

  const rule = (changes: object) => ({
    ...rules,
    inbound_rules: [{ ...rules.inbound_rules[0], ...changes }],
  });
  test.each([
    ["no rule", { inbound_rules: [], outbound_rules: null }, "must have at least one rule"],
    ["an unknown protocol", rule({ protocol: "gre" }), "invalid protocol gre"],
    ["ports out of range", rule({ ports: "70000" }), "invalid ports 70000"],
    ["ports the wrong way round", rule({ ports: "90-80" }), "invalid ports 90-80"],
    ["no ports", rule({ ports: "" }), "invalid ports "],
    [
      "an address that is none",
      rule({ sources: { addresses: ["300.0.0.0/8"] } }),
      "invalid address 300.0.0.0/8",
    ],
    ["nobody to let in", rule({ sources: {} }), /^sources must have at least one of/],
    ["a droplet that there is not", { ...rules, droplet_ids: [5] }, "droplets 5 do not exist"],
    ["a tag that there is not", { ...rules, tags: ["none"] }, "tag none does not exist"],
    ["a name that is none", { ...rules, name: "a b" }, /^name must begin/],
  ])("%s is refused", async (_what, changes, message) => {
    const { call } = await startCloud();
    const refused = await call("POST", "/firewalls", { name: "gate", ...changes });
    expect(refused).toMatchObject(
      wrong(message instanceof RegExp ? expect.stringMatching(message) : message),
    );
    expect((await call("GET", "/firewalls")).body.firewalls).toEqual([]);
  });
});
