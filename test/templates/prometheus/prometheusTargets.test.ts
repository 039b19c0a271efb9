import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  renderPrometheusTargets,
  type PrometheusTarget,
} from "../../../templates/prometheus/prometheusTargets";
import { expectGolden, expectGoldensOf } from "../../support/goldens";

const cases: Record<string, PrometheusTarget[]> = {
  none: [],
  two: [
    { name: "target-b", address: "2001:db8::11", port: 9100 },
    { name: "target-a", address: "198.51.100.10", port: 9100, labels: { environment: "production" } },
  ],
  "path-and-scheme": [
    {
      ...{ name: "target-a", address: "198.51.100.10", port: 8443 },
      labels: { __metrics_path__: "/probe", __scheme__: "https", quote: 'say "hi"' },
    },
  ],
};

interface Group {
  targets: string[];
  labels: Record<string, string>;
}

const targets = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/),
    address: fc.oneof(fc.ipV4(), fc.ipV6()),
    port: fc.integer({ min: 1, max: 65535 }),
    labels: fc.dictionary(fc.stringMatching(/^[a-z_]{1,5}$/), fc.string()),
  }),
  { selector: ({ name }) => name, maxLength: 12 },
);

describe("the targets of a job", () => {
  it.each(Object.entries(cases))("%s: the text is the golden's", (name, known) => {
    expectGolden(`prometheusTargets.${name}.json`, renderPrometheusTargets(known));
  });

  it("has a case for each golden", () => {
    expectGoldensOf(
      "prometheusTargets",
      Object.keys(cases).map((name) => `prometheusTargets.${name}.json`),
    );
  });

  it("are all there, each with the machine's name as instance", () => {
    fc.assert(
      fc.property(targets, (known) => {
        const groups = JSON.parse(renderPrometheusTargets(known)) as Group[];
        const instances = groups.map(({ labels }) => labels.instance);
        expect(instances).toEqual(known.map(({ name }) => name).sort());
        for (const { labels, targets: addresses } of groups) {
          const target = known.find(({ name }) => name === labels.instance);
          expect(labels).toEqual({ ...target?.labels, instance: target?.name });
          expect(addresses).toEqual([
            target?.address.includes(":")
              ? `[${target.address}]:${target.port}`
              : `${target?.address}:${target?.port}`,
          ]);
        }
      }),
    );
  });

  it("are the same text in whatever order they are given, and one more changes no other line but for a comma", () => {
    const withoutCommas = (text: string) => text.split("\n").map((line) => line.replace(/,$/, ""));
    fc.assert(
      fc.property(targets, fc.infiniteStream(fc.nat()), (known, numbers) => {
        const shuffled = known
          .map((target) => ({ target, key: numbers.next().value as number }))
          .sort((one, other) => one.key - other.key)
          .map(({ target }) => target);
        expect(renderPrometheusTargets(shuffled)).toBe(renderPrometheusTargets(known));
        fc.pre(known.length > 1);
        const all = withoutCommas(renderPrometheusTargets(known));
        const fewer = withoutCommas(renderPrometheusTargets(known.slice(1)));
        expect(fewer.every((line) => all.includes(line))).toBe(true);
      }),
    );
  });
});
