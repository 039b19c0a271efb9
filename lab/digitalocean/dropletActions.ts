import { flag, requiredText } from "./body";
import { capacityOf, checkSize, describeRegion } from "./catalogue";
import type { Cloud } from "./cloud";
import { checkName, findDroplet, policyOf } from "./dropletChecks";
import { notFound, unprocessable } from "./errors";
import { paginate } from "./pagination";
import type { StoredAction, StoredDroplet } from "./store";

/** Adds what can be done with droplets, and the answers to how far it is. */
export function addActionRoutes({ router, store, work }: Cloud): void {
  const { account } = store;

  router.add("POST", "/v2/droplets/:id/actions", ({ parameters, body }) => {
    const droplet = findDroplet(account, parameters["id"]);
    const type = requiredText(body, "type");
    if (droplet.deleting || work.isBusy(droplet)) throw unprocessable("Droplet already has a pending event.");
    const changes = changesOf(droplet, type, body);
    return { status: 201, body: { action: describeAction(work.act(droplet, type, changes)) } };
  });

  router.add("GET", "/v2/droplets/:id/actions", ({ parameters, address }) => {
    const droplet = findDroplet(account, parameters["id"]);
    const actions = account.actions.filter((action) => action.resource_id === droplet.id);
    return { status: 200, body: paginate("actions", actions.reverse().map(describeAction), address) };
  });

  router.add("GET", "/v2/droplets/:id/actions/:action", ({ parameters }) => {
    const droplet = findDroplet(account, parameters["id"]);
    const action = findAction(account.actions, parameters["action"]);
    if (action.resource_id !== droplet.id) throw notFound();
    return { status: 200, body: { action: describeAction(action) } };
  });

  router.add("GET", "/v2/actions/:id", ({ parameters }) => ({
    status: 200,
    body: { action: describeAction(findAction(account.actions, parameters["id"])) },
  }));
}

/**
 * What an action changes of a droplet.
 *
 * @throws if it cannot be done now.
 */
function changesOf(
  droplet: StoredDroplet,
  type: string,
  body: Record<string, unknown>,
): Partial<StoredDroplet> {
  const isOff = droplet.status === "off";
  const fail = (message: string): never => {
    throw unprocessable(message);
  };
  switch (type) {
    case "power_on":
      return isOff ? {} : fail("Droplet is already powered on.");
    case "power_off":
      return isOff ? fail("Droplet is already powered off.") : {};
    case "reboot":
    case "power_cycle":
      return isOff ? fail("Droplet is currently off.") : {};
    case "shutdown":
    case "enable_private_networking":
      return {};
    case "rename":
      return { name: checkName(requiredText(body, "name")) };
    case "resize":
      return resized(droplet, requiredText(body, "size"), flag(body, "disk"));
    case "enable_ipv6":
      return droplet.ipv6 ? fail("IPv6 is already enabled on this Droplet.") : { ipv6: true };
    case "enable_backups":
      return { backups: true, ...policyOf(body) };
    case "change_backup_policy":
      return droplet.backups ? policyOf(body) : fail("Backups are not enabled on this Droplet.");
    case "disable_backups":
      return { backups: false, backup_policy: {} };
    default:
      return fail(`The simulated droplet has no action ${type}`);
  }
}

function resized(droplet: StoredDroplet, size: string, disk: boolean): Partial<StoredDroplet> {
  checkSize(size, "Droplet resize");
  if (droplet.status !== "off")
    throw unprocessable("Droplet is currently on. Please power it off to run this event.");
  if (capacityOf(size).disk < droplet.disk)
    throw unprocessable("This size is not available because it has a smaller disk.");
  return { size, ...(disk ? { disk: capacityOf(size).disk } : {}) };
}

export function describeAction(action: StoredAction): Record<string, unknown> {
  const { id, status, type, started_at, completed_at, resource_id, region } = action;
  return {
    ...{ id, status, type, started_at, completed_at, resource_id, resource_type: "droplet" },
    ...{ region: describeRegion(region), region_slug: region },
  };
}

function findAction(actions: StoredAction[], id: string | undefined): StoredAction {
  const found = actions.find((action) => String(action.id) === id);
  if (!found) throw notFound();
  return found;
}
