import { describe, expect, it } from "vitest";
import {
  renderAlertmanagerWatchService,
  renderAlertmanagerWatchTimer,
} from "../../../templates/alertmanager/alertmanagerService";
import { expectGolden, expectGoldensOf } from "../../support/goldens";
import { verifyUnits } from "../../support/systemd";

const units = {
  "ha-monitoring-alertmanager-watch.service": renderAlertmanagerWatchService(),
  "ha-monitoring-alertmanager-watch.timer": renderAlertmanagerWatchTimer(),
};
const goldenName = (unit: string) => `alertmanagerService.${unit.replace("ha-monitoring-", "")}`;

describe("the units of the watch over Alertmanager's container", () => {
  it.each(Object.entries(units))("%s is the golden's text", (unit, text) => {
    expectGolden(goldenName(unit), text);
  });

  it("has a case for each golden", () => {
    expectGoldensOf("alertmanagerService", Object.keys(units).map(goldenName));
  });

  it("are taken by the real systemd without a word", (context) => {
    expect(verifyUnits(context, units)).toMatchObject({ status: 0, output: "" });
  });
});
