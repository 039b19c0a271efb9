import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import type { Result } from "../../lab/engine/events";
import { publicKey, startCloud, token, type TestedCloud } from "./cloud";
import { testedPlugins } from "./engines";
import { diffOf, makeDirectory, makeScene, operations } from "./helpers";

const directory = makeDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const userData = "#cloud-config\n# with a password\n";
const names = ["Droplet droplet", "Firewall firewall", "SshKey key"];
const rest = ["same Stack engine-test-test", "same digitalocean account"];
const all = (operation: string) => names.map((name) => `${operation} ${name}`);
const but = (...others: string[]) =>
  [
    ...all("same").filter((line) => !others.some((other) => other.endsWith(line.slice(5)))),
    ...others,
    ...rest,
  ].sort();

function succeeded(result: Result): Result {
  expect(result.errors).toEqual([]);
  return result;
}

// Requests that change something: what the real plugin sends is the measure.
function changesSince({ cloud }: TestedCloud, begin: number): string[] {
  const changing = cloud.requests.slice(begin).filter(({ method }) => method !== "GET");
  return changing.map(({ method, path, body, status }) => {
    const type = typeof body?.["type"] === "string" ? ` ${body["type"]}` : "";
    return `${method} ${path.replace("/v2", "")}${type} ${status}`;
  });
}

describe.each(testedPlugins(["digitalocean"]))("$name", { timeout: 600_000 }, ({ problem, make }) => {
  test("keys, droplets and firewalls: create, nothing, in place, replace, destroy", async (context) => {
    if (problem !== undefined) context.skip(problem);
    const tested = await startCloud();
    const { cloud, machines, call } = tested;
    const scene = makeScene(directory);
    const engine = (changes: object) =>
      make({
        ...{ program: "droplets", directory: scene.directory },
        config: {
          ...{ endpoint: cloud.endpoint, token, publicKey: publicKey(1), userData },
          ...{ changes: JSON.stringify(changes), "digitalocean:apiEndpoint": cloud.endpoint },
          "digitalocean:token": token,
        },
        secretConfig: ["token", "userData", "digitalocean:token"],
      });
    const up = async (changes: object) => {
      const begin = cloud.requests.length;
      const result = succeeded(await engine(changes).up());
      return { result, requests: changesSince(tested, begin) };
    };

    // Trouble that passes is waited for.
    cloud.failNext({ status: 503, path: "/v2/droplets" });
    cloud.failNext({ status: 429, path: "/v2/account/keys", times: 2, retryAfter: 0 });
    const { result: created, requests } = await up({});
    expect(operations(created)).toEqual(
      [...all("create"), "create Stack engine-test-test", "create digitalocean account"].sort(),
    );
    expect(requests.sort()).toEqual([
      ...["POST /account/keys 201", "POST /account/keys 429", "POST /account/keys 429"],
      ...["POST /droplets 202", "POST /droplets 503", "POST /firewalls 202"],
    ]);
    const { facts } = created.outputs as { facts: Record<"droplet" | "key", { id: string }> };
    const id = facts.droplet.id;
    expect(facts).toEqual({
      key: { id: expect.stringMatching(/^\d+$/) as string, fingerprint: expect.any(String) as string },
      droplet: {
        ...{ id: expect.stringMatching(/^\d+$/) as string, name: "web-1", urn: `do:droplet:${id}` },
        ...{ status: "active", address: "198.51.100.10", privateAddress: "", address6: "", memory: 1024 },
        ...{
          vcpus: 1,
          disk: 25,
          size: "s-1vcpu-1gb",
          region: "fra1",
          vpc: expect.any(String) as string,
          locked: false,
        },
        ...{ backups: false, ipv6: false, tags: ["conformance"], volumes: [], monitoring: false },
        privateNetworking: true,
      },
    });
    expect(created.outputs["userData"]).toBe(createHash("sha1").update(userData).digest("hex"));
    expect(created.secretOutputs).toEqual(["userData"]);
    expect(machines.created).toMatchObject([
      { userData, authorizedKeys: [publicKey(1)], system: "debian13" },
    ]);
    const sent = cloud.requests.find(
      ({ method, path, status }) => method === "POST" && path === "/v2/droplets" && status === 202,
    );
    expect(Object.keys(sent?.body ?? {})).toEqual([
      ...["name", "region", "size", "image", "ssh_keys", "backups", "ipv6", "private_networking"],
      ...["monitoring", "user_data", "tags", "with_droplet_agent"],
    ]);
    const { firewalls } = (await call("GET", "/firewalls")).body;
    expect(firewalls).toMatchObject([{ droplet_ids: [Number(id)], outbound_rules: [{ ports: "0" }] }]);

    const again = await up({});
    expect(operations(again.result)).toEqual(but());
    expect(again.requests).toEqual([]);
    expect(again.result.outputs).toEqual(created.outputs);

    // Two steps: the real plugin loses a change of backups or IPv6 that comes together with one of size or name.
    const inPlace = {
      ...{ keyName: "other", dropletName: "web-2", size: "s-2vcpu-4gb", tags: ["second"] },
      port: "2222",
    };
    const changed = ["update Droplet droplet", "update Firewall firewall", "update SshKey key"];
    const preview = succeeded(await engine(inPlace).preview());
    expect(operations(preview)).toEqual(but(...changed));
    expect(diffOf(preview, "droplet")).toEqual([
      { path: "name", kind: "update", old: "web-1", new: "web-2", replaces: false },
      { path: "size", kind: "update", old: "s-1vcpu-1gb", new: "s-2vcpu-4gb", replaces: false },
      { path: "tags[1]", kind: "add", new: "second", replaces: false },
    ]);
    const { result: updated, requests: inPlaceRequests } = await up(inPlace);
    expect(operations(updated)).toEqual(but(...changed));
    const action = (type: string) => `POST /droplets/${id}/actions ${type} 201`;
    expect(inPlaceRequests.filter((line) => /droplet|tag/.test(line))).toEqual([
      ...["power_off", "resize", "power_on", "rename"].map(action),
      ...["POST /tags 201", "POST /tags/second/resources 204"],
    ]);
    expect(inPlaceRequests).toEqual(expect.arrayContaining([`PUT /account/keys/${facts.key.id} 200`]));
    expect(updated.outputs["facts"]).toMatchObject({
      droplet: {
        ...{ id, name: "web-2", size: "s-2vcpu-4gb", memory: 4096, vcpus: 2, disk: 80, status: "active" },
        tags: expect.arrayContaining(["conformance", "second"]) as string[],
      },
    });

    const more = { ...inPlace, backups: true, ipv6: true };
    const enabling = succeeded(await engine(more).preview());
    expect(diffOf(enabling, "droplet")).toEqual(
      ["backups", "ipv6"].map((path) => ({ path, kind: "update", old: false, new: true, replaces: false })),
    );
    expect(enabling.outputs["facts"]).toMatchObject({
      droplet: { id, address: "198.51.100.10", address6: "[unknown]" },
    });
    const { result: enabled, requests: enablingRequests } = await up(more);
    expect(enablingRequests).toEqual([action("enable_backups"), action("enable_ipv6")]);
    expect(enabled.outputs["facts"]).toMatchObject({
      droplet: { backups: true, ipv6: true, address: "198.51.100.10", address6: "2001:db8:1::10" },
    });

    // What cannot be changed: another droplet, and because its name is given, the old one goes first.
    const replacement = [
      ...but("replace Droplet droplet", "update Firewall firewall"),
      "delete-replaced Droplet droplet",
    ].sort();
    const withoutIpv6 = succeeded(await engine({ ...more, ipv6: false }).preview());
    expect(operations(withoutIpv6)).toEqual(replacement);
    const anew = { ...more, image: "debian-12-x64" };
    const foreseen = succeeded(await engine(anew).preview());
    expect(operations(foreseen)).toEqual(replacement);
    expect(diffOf(foreseen, "droplet")).toEqual([
      { path: "image", kind: "update", old: "debian-13-x64", new: "debian-12-x64", replaces: true },
    ]);
    const { result: replaced, requests: replacingRequests } = await up(anew);
    expect(operations(replaced)).toEqual(replacement);
    expect(replacingRequests.slice(0, 2)).toEqual([`DELETE /droplets/${id} 204`, "POST /droplets 202"]);
    expect(machines.created[1]).toMatchObject({ system: "debian12", hostname: "web-2" });

    succeeded(await engine({}).destroy());
    const left = await Promise.all(
      ["droplets", "firewalls", "account/keys", "tags"].map((path) => call("GET", `/${path}`)),
    );
    expect(left.map(({ body }) => body.meta.total)).toEqual([0, 0, 0, 2]);
    expect(machines.told.filter((line) => line.startsWith("remove"))).toHaveLength(2);
  });

  test("what the API refuses is told in its words, and nothing is left of it", async (context) => {
    if (problem !== undefined) context.skip(problem);
    const { cloud, call } = await startCloud();
    const scene = makeScene(directory);
    await call("POST", "/account/keys", { name: "of somebody else", public_key: publicKey(2) });
    const engine = (changes: object, secret = token) =>
      make({
        ...{ program: "droplets", directory: scene.directory },
        config: {
          ...{ endpoint: cloud.endpoint, token: secret, publicKey: publicKey(1), userData },
          ...{ changes: JSON.stringify(changes), "digitalocean:apiEndpoint": cloud.endpoint },
          "digitalocean:token": token,
        },
        secretConfig: ["token", "userData", "digitalocean:token"],
      });
    const messages = async (changes: object, secret?: string) =>
      (await engine(changes, secret).up()).errors.map(({ message }) => message).join("\n");
    expect(await messages({}, "dop_v1_wrong")).toMatch(
      /: 401 \(request "[^"]+"\) Unable to authenticate you/,
    );
    expect(await messages({ publicKey: publicKey(2) })).toMatch(
      /POST http:\/\/127\.0\.0\.1:\d+\/v2\/account\/keys: 422 \(request "[^"]+"\) SSH Key is already in use on your account/,
    );
    expect(await messages({ image: "ubuntu-24-04-x64" })).toMatch(
      /POST http:\S+\/v2\/droplets: 422 \(request "[^"]+"\) The lab has no image like ubuntu-24-04-x64/,
    );
    expect((await call("GET", "/droplets")).body.meta.total).toBe(0);
    succeeded(await engine({}).destroy());
    expect((await call("GET", "/account/keys")).body.meta.total).toBe(1);
  });
});
