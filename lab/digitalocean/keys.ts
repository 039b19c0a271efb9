import { createHash } from "node:crypto";
import { requiredText } from "./body";
import type { Cloud } from "./cloud";
import { notFound, unprocessable } from "./errors";
import { paginate } from "./pagination";
import type { StoredKey } from "./store";

/** Adds the account's public SSH keys. */
export function addKeyRoutes({ router, store }: Cloud): void {
  const { account } = store;

  router.add("POST", "/v2/account/keys", ({ body }) => {
    const [name, text] = [requiredText(body, "name"), requiredText(body, "public_key").trim()];
    const fingerprint = fingerprintOf(text);
    if (account.keys.some((key) => key.fingerprint === fingerprint))
      throw unprocessable("SSH Key is already in use on your account");
    const key = { id: store.nextId(), name, public_key: text, fingerprint };
    account.keys.push(key);
    return { status: 201, body: { ssh_key: key } };
  });

  router.add("GET", "/v2/account/keys", ({ address }) => ({
    status: 200,
    body: paginate("ssh_keys", account.keys, address),
  }));

  router.add("GET", "/v2/account/keys/:key", ({ parameters }) => ({
    status: 200,
    body: { ssh_key: find(account.keys, parameters["key"]) },
  }));

  router.add("PUT", "/v2/account/keys/:key", ({ parameters, body }) => {
    const key = find(account.keys, parameters["key"]);
    key.name = requiredText(body, "name");
    return { status: 200, body: { ssh_key: key } };
  });

  router.add("DELETE", "/v2/account/keys/:key", ({ parameters }) => {
    const key = find(account.keys, parameters["key"]);
    account.keys = account.keys.filter(({ id }) => id !== key.id);
    return { status: 204 };
  });
}

function find(keys: StoredKey[], reference: string | undefined): StoredKey {
  const found = keys.find(({ id, fingerprint }) => reference === String(id) || reference === fingerprint);
  if (!found) throw notFound();
  return found;
}

// Two texts of one key, with other comments, are one key.
function fingerprintOf(publicKey: string): string {
  const [type = "", base64 = ""] = publicKey.split(/\s+/);
  const blob = Buffer.from(base64, "base64");
  const named = blob.length > 4 ? blob.subarray(4, 4 + blob.readUInt32BE(0)).toString() : "";
  if (named !== type) throw unprocessable("Key invalid, key should be of the format `type key [comment]`");
  return (createHash("md5").update(blob).digest("hex").match(/../g) ?? []).join(":");
}
