import * as pulumi from "@pulumi/pulumi";
import { expect, it, vi } from "vitest";
import { MonitoringStack } from "../../../components";
import { deploy } from "../../support/deployment";
import { stackArgs } from "../../support/monitors";

it("a stack warns of what Prometheus and Alertmanager read at the paths of its own arguments, once", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  const config = {
    scrape_configs: [{ job_name: "own", basic_auth: { username: "u", password: "hunter2" } }],
  };
  const receivers = [{ name: "nobody", pagerduty_configs: [{ routing_key: "hunter2" }] }];
  const args = stackArgs(2, {
    scraping: { config },
    alerting: { config: { route: { receiver: "nobody" }, receivers } },
  });
  const { errors } = await deploy(() => void new MonitoringStack("monitoring", args));
  expect(errors).toEqual([]);
  const warnings = warn.mock.calls.map(([text]) => text);
  warn.mockRestore();
  expect(warnings.map((text) => text.split(": ")[0]).sort()).toEqual([
    "alerting.config.receivers[0].pagerduty_configs[0].routing_key",
    "scraping.config.scrape_configs[0].basic_auth.password",
  ]);
  expect(warnings.join()).not.toContain("hunter2");
});
