import { object, optionalText } from "./body";
import { badRequest, notFound, unprocessable } from "./errors";
import type { Account, BackupPolicy, StoredDroplet } from "./store";

/** @throws if there is no droplet of this number. */
export function findDroplet(account: Account, id: unknown): StoredDroplet {
  if (!/^\d+$/.test(String(id))) throw badRequest("Droplet IDs are numbers");
  const found = account.droplets.find((droplet) => String(droplet.id) === String(id));
  if (!found) throw notFound();
  return found;
}

/** @throws if it cannot be a host's name. */
export function checkName(name: string): string {
  const labels = name.split(".");
  if (name.length <= 255 && labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label)))
    return name;
  throw unprocessable("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)");
}

/** The backup policy of a request's body. */
export function policyOf(body: Record<string, unknown>): { backup_policy?: BackupPolicy } {
  if (body["backup_policy"] === undefined || body["backup_policy"] === null) return {};
  const policy = object(body["backup_policy"], "backup_policy");
  const plan = optionalText(policy, "plan");
  if (plan !== "daily" && plan !== "weekly")
    throw unprocessable("backup_policy.plan must be daily or weekly");
  return { backup_policy: policy };
}
