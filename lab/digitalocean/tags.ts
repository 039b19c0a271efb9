import { list, object, requiredText } from "./body";
import type { Cloud } from "./cloud";
import { findDroplet } from "./dropletChecks";
import { notFound, unprocessable } from "./errors";
import { paginate } from "./pagination";
import type { Account, StoredDroplet } from "./store";

/** Adds tags, and the tagging of droplets. Upper and lower case are the same to a tag, which stays as it was first written. */
export function addTagRoutes({ router, store }: Cloud): void {
  const { account } = store;

  router.add("POST", "/v2/tags", ({ body, address }) => {
    const tag = addTag(account, checkTag(requiredText(body, "name")));
    return { status: 201, body: { tag: describe(account, tag, address) } };
  });

  router.add("GET", "/v2/tags", ({ address }) => ({
    status: 200,
    body: paginate(
      "tags",
      account.tags.map((tag) => describe(account, tag, address)),
      address,
    ),
  }));

  router.add("GET", "/v2/tags/:name", ({ parameters, address }) => ({
    status: 200,
    body: { tag: describe(account, find(account, parameters["name"]), address) },
  }));

  router.add("DELETE", "/v2/tags/:name", ({ parameters }) => {
    const tag = find(account, parameters["name"]);
    account.tags = account.tags.filter((one) => one !== tag);
    for (const tagged of [...account.droplets, ...account.firewalls])
      tagged.tags = tagged.tags.filter((one) => one !== tag);
    return { status: 204 };
  });

  router.add("POST", "/v2/tags/:name/resources", ({ parameters, body }) => {
    const tag = find(account, parameters["name"]);
    for (const droplet of resources(account, body))
      droplet.tags = [...droplet.tags.filter((one) => one !== tag), tag];
    return { status: 204 };
  });

  router.add("DELETE", "/v2/tags/:name/resources", ({ parameters, body }) => {
    const tag = find(account, parameters["name"]);
    for (const droplet of resources(account, body)) droplet.tags = droplet.tags.filter((one) => one !== tag);
    return { status: 204 };
  });
}

/** @throws if it cannot be a tag. */
export function checkTag(name: string): string {
  if (/^[a-zA-Z0-9:\-_]{1,255}$/.test(name)) return name;
  throw unprocessable(
    `Tag ${name} is invalid: it may contain letters, numbers, colons, dashes, and underscores, up to 255 of them`,
  );
}

/** Adds a tag unless it is there. Returns it as it was first written. */
export function addTag(account: Account, name: string): string {
  const existing = sameTag(account, name);
  if (existing === undefined) account.tags.push(name);
  return existing ?? name;
}

/** @throws if there is no such tag. */
export function requireTags(account: Account, names: string[]): string[] {
  return names.map((name) => {
    const tag = sameTag(account, name);
    if (tag === undefined) throw unprocessable(`tag ${name} does not exist`);
    return tag;
  });
}

function find(account: Account, name = ""): string {
  const tag = sameTag(account, name);
  if (tag === undefined) throw notFound();
  return tag;
}

function sameTag({ tags }: Account, name: string): string | undefined {
  return tags.find((tag) => tag.toLowerCase() === name.toLowerCase());
}

function resources(account: Account, body: Record<string, unknown>): StoredDroplet[] {
  return list(body, "resources").map((entry) => {
    const { resource_id, resource_type } = object(entry, "resources");
    if (resource_type !== "droplet")
      throw unprocessable(`The lab tags droplets only, not a ${JSON.stringify(resource_type)}`);
    return findDroplet(account, resource_id);
  });
}

function describe({ droplets }: Account, name: string, address: URL): Record<string, unknown> {
  const tagged = droplets.filter(({ tags }) => tags.includes(name));
  const last = tagged.at(-1);
  const latest = last ? { last_tagged_uri: new URL(`/v2/droplets/${last.id}`, address).toString() } : {};
  const none = { count: 0 };
  return {
    name,
    resources: {
      ...{ count: tagged.length, ...latest, droplets: { count: tagged.length, ...latest } },
      ...{ images: none, volumes: none, volume_snapshots: none, databases: none },
    },
  };
}
