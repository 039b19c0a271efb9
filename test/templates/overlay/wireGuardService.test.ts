import { describe, expect, it } from "vitest";
import {
  renderWireGuardRoutesService,
  renderWireGuardService,
  renderWireGuardWatchService,
  renderWireGuardWatchTimer,
} from "../../../templates/overlay/wireGuardService";
import { expectGolden, expectGoldensOf } from "../../support/goldens";
import { verifyUnits } from "../../support/systemd";

const units = {
  "ha-monitoring-wireguard.service": renderWireGuardService("wg0"),
  "ha-monitoring-wireguard-routes.service": renderWireGuardRoutesService("wg0"),
  "ha-monitoring-wireguard-watch.service": renderWireGuardWatchService("wg0"),
  "ha-monitoring-wireguard-watch.timer": renderWireGuardWatchTimer(),
};
const goldenName = (unit: string) =>
  `wireGuardService.${unit.replace("ha-monitoring-wireguard", "wireguard")}`;

describe("the units of the overlay", () => {
  it.each(Object.entries(units))("%s is the golden's text", (unit, text) => {
    expectGolden(goldenName(unit), text);
  });

  it("has a case for each golden", () => {
    expectGoldensOf("wireGuardService", Object.keys(units).map(goldenName));
  });

  it("are taken by the real systemd without a word", (context) => {
    expect(verifyUnits(context, units)).toMatchObject({ status: 0, output: "" });
  });
});
