import { delimiter, dirname } from "node:path";
import { beforeAll, describe, expect, it, type TestContext } from "vitest";
import { checkHosts, type CheckOutcome } from "../../../cli/check/checkHosts";
import { Programs } from "../../../cli/check/programs";
import { settings } from "../../render/support";
import { renderedBundles } from "../../support/renderedBundles";
import { requireTool, type Tool } from "../../support/tools";
import type { AppliedBundle } from "../../../cli/check/tree";

// The distribution's packages on the hosts, because they are what may be here, too; test/lab does the same with the default versions.
const packaged = { source: "apt" };
const stack = settings({
  software: { prometheus: packaged, alertmanager: packaged },
  alerting: {
    config: {
      route: { receiver: "chat" },
      receivers: [{ name: "chat", slack_configs: [{ api_url: { secure: "v1:abc" }, channel: "#a" }] }],
    },
    templates: { "chat.tmpl": '{{ define "chat" }}{{ end }}' },
  },
  scraping: {
    config: {
      scrape_configs: [
        { job_name: "own", authorization: { credentials_file: "/etc/mine/token" } },
        { job_name: "secret", basic_auth: { username: "a", password: { secure: "v1:abc" } } },
      ],
    },
  },
  ruleGroups: [{ name: "own", rules: [{ alert: "Down", expr: "up == 0" }] }],
});

/** A file of monitor-a, how it is spoilt, and what the program then says. */
const faults: [program: Tool, path: string, spoil: (text: string) => string, says: RegExp][] = [
  [
    "amtool",
    "/etc/ha-monitoring/alertmanager/alertmanager.yml",
    (text) => text.replace("receiver: chat", "receiver: nobody"),
    /undefined receiver/,
  ],
  [
    "haproxy",
    "/etc/ha-monitoring/gateway/haproxy.cfg",
    (text) => text.replace("mode tcp", "mode tpc"),
    /unknown proxy mode/,
  ],
  [
    "nft",
    "/etc/ha-monitoring/firewall/rules.nft",
    (text) => text.replace("hook input ", "hook inputs "),
    /rules\.nft:7:.*hook/,
  ],
  [
    "promtool",
    "/etc/ha-monitoring/prometheus/rules/groups.yml",
    (text) => text.replace("expr: ", "expr: sum( "),
    /rules\/groups\.yml/,
  ],
  ["promtool", "/etc/ha-monitoring/prometheus/targets/node.json", () => "[{", /targets\/node\.json/],
  [
    "systemd-analyze",
    "/etc/systemd/system/ha-monitoring-prometheus.service",
    (text) => text.replace("Type=", "Type=no-such-"),
    /ha-monitoring-prometheus\.service:\d+/,
  ],
];

describe("the real programs on a rendered stack", { timeout: 120_000 }, () => {
  let hosts: Map<string, AppliedBundle[]>;
  beforeAll(() => {
    hosts = renderedBundles(stack);
  }, 60_000);

  async function outcomesOf(
    context: TestContext,
    program: Tool,
    given: typeof hosts,
  ): Promise<CheckOutcome[]> {
    const path = [dirname(requireTool(context, program)), process.env["PATH"]].join(delimiter);
    const outcomes = await checkHosts(given, new Programs({}, path));
    return outcomes.filter((outcome) => outcome.program === program);
  }

  it.for(["amtool", "haproxy", "nft", "promtool", "systemd-analyze", "wg"] as const)(
    "%s takes what is rendered for each host, placeholders and all",
    async (program, context) => {
      const outcomes = await outcomesOf(context, program, hosts);
      expect(outcomes.length).toBeGreaterThan(1);
      expect(outcomes.filter(({ missing, refused }) => missing ?? refused)).toEqual([]);
    },
  );

  it.for(faults)(
    "%s refuses %s when it is spoilt, on this host alone",
    async ([program, path, spoil, says], context) => {
      let spoilt = 0;
      const changed = (hosts.get("monitor-a") ?? []).map(({ bundle, isSecret }) => {
        const files = bundle.files?.map((file) => {
          const content = file.path === path ? spoil(file.content) : file.content;
          if (content !== file.content) spoilt += 1;
          return { ...file, content };
        });
        return { bundle: { ...bundle, files }, isSecret };
      });
      expect(spoilt).toBe(1);
      const outcomes = await outcomesOf(context, program, new Map([...hosts, ["monitor-a", changed]]));
      const refused = outcomes.filter((outcome) => outcome.refused !== undefined);
      expect(refused.map(({ host }) => host)).toEqual(["monitor-a"]);
      expect(refused[0]?.refused?.join("\n")).toMatch(says);
      expect(refused[0]?.refused?.join("\n")).not.toContain("/tmp/");
    },
  );

  it("wg refuses a key that is none", async (context) => {
    const changed = (hosts.get("web-1") ?? []).map(({ bundle, isSecret }) => {
      const checks = bundle.checks?.map((check) => {
        if (typeof check === "string" || check.elsewhere?.program !== "wg") return check;
        const words = check.elsewhere.words.map((word) =>
          typeof word === "object" && "text" in word
            ? { ...word, text: word.text.replace(/^PublicKey = .{4}/m, "PublicKey = ") }
            : word,
        );
        return { ...check, elsewhere: { ...check.elsewhere, words } };
      });
      return { bundle: { ...bundle, checks }, isSecret };
    });
    const outcomes = await outcomesOf(context, "wg", new Map([["web-1", changed]]));
    expect(outcomes.map(({ files }) => files)).toEqual([["/etc/ha-monitoring/wireguard/wg0.conf"]]);
    expect(outcomes[0]?.refused?.join("\n")).toMatch(/[Kk]ey is not the correct length/);
  });
});
