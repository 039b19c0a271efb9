import { expect } from "vitest";
import type { Lab } from "../../../lab/hosts/lab";
import { report } from "../../../lab/polling";
import { exposures, readExposure } from "../../support/exposures";
import { output } from "./cluster";

/**
 * Expects that each of our services on a host, whatever put it there, is listed and not above its maximum. Sockets and timers have no
 * exposure: no process runs in them.
 *
 * @returns the names of the services.
 */
export async function expectExposures(lab: Lab, host: string): Promise<string[]> {
  const files = await output(
    lab,
    host,
    "systemctl list-unit-files --no-legend --plain 'ha-monitoring*' | awk '{ print $1 }'",
  );
  const services = files.split("\n").filter((unit) => !/\.(socket|timer)$/.test(unit));
  const scores: Record<string, number> = {};
  for (const unit of services)
    scores[unit] = readExposure(await output(lab, host, `systemd-analyze security --no-pager ${unit}`));
  report(`exposure on ${host}: ${JSON.stringify(scores)}`);
  for (const [unit, score] of Object.entries(scores)) {
    expect(exposures, `${unit} of ${host} is not in the table of exposures`).toHaveProperty([unit]);
    expect(score, `${unit} on ${host}`).toBeLessThanOrEqual(exposures[unit] ?? 0);
  }
  return services;
}
