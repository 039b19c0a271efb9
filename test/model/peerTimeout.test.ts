import { describe, expect, it } from "vitest";
import { peerTimeoutProblems } from "../../model/peerTimeout";

const slow = (record: string, expr = "sum(up)") => ({
  name: "slow",
  interval: "3m",
  rules: [{ record, expr }],
});
const alerting = (expr: string) => ({ name: "alerts", rules: [{ alert: "A", expr }] });
const isRefused = (...ruleGroups: { name: string; rules: { expr: string }[] }[]) =>
  peerTimeoutProblems("15s", { ruleGroups }).length > 0;

// kube-prometheus records the availability of its API server every 3 minutes, and no alert depends on it.
describe("a group that only records, less often than Alertmanagers wait for each other", () => {
  it("is fine while no alert depends on it", () => {
    expect(isRefused(slow("code:requests:increase30d"))).toBe(false);
    expect(isRefused(slow("code:requests:increase30d"), alerting("code:requests:rate5m > 1"))).toBe(false);
    const text = "groups:\n  - {name: slow, interval: 3m, rules: [{record: r, expr: up}]}\n";
    expect(peerTimeoutProblems("15s", { rules: { "a.yml": text } })).toEqual([]);
  });

  it.each([
    ["by its name", [alerting("r:slow > 1")]],
    ["by its name in quotes", [alerting('{__name__="r:slow"} > 1')]],
    ["through another record", [slow("other", "sum(r:slow)"), alerting("other > 1")]],
    [
      "beside one that has an alert itself",
      [{ name: "x", interval: "3m", rules: [{ alert: "B", expr: "up" }] }],
    ],
  ])("is refused when an alert depends on it: %s", (_, groups) => {
    expect(isRefused(slow("r:slow"), ...groups)).toBe(true);
  });

  it("is refused when an alert of another file depends on it", () => {
    const text = "groups:\n  - &a {name: x, rules: [{alert: B, expr: r > 1}]}\n  - {<<: *a, name: y}\n";
    expect(peerTimeoutProblems("15s", { rules: { "a.yml": text }, ruleGroups: [slow("r")] })).toHaveLength(1);
    expect(peerTimeoutProblems("3m", { rules: { "a.yml": text }, ruleGroups: [slow("r")] })).toEqual([]);
  });
});
