import { describe, expect, it } from "vitest";
import { reportChecks } from "../../../cli/check/report";

const outcome = (host: string, program: string, more: object = {}) => ({
  ...{ host, program, files: [`/etc/${program}.cfg`] },
  ...more,
});

describe("the report of checks", () => {
  it("tells each refusal once with all hosts that have it, and what was and was not checked", () => {
    const refused = ["line 3: unknown word"];
    const { errors, remarks } = reportChecks([
      outcome("a", "haproxy", { refused }),
      outcome("b", "haproxy", { refused }),
      outcome("c", "haproxy", { refused: ["line 4: unknown word"] }),
      outcome("a", "nft"),
      outcome("b", "nft", { files: ["/etc/one", "/etc/two"] }),
      outcome("a", "wg", { missing: "install it" }),
      outcome("b", "wg", { missing: "install it" }),
      outcome("a", "amtool", { missing: "the image cannot run it" }),
    ]);
    expect(errors).toEqual([
      "a, b: /etc/haproxy.cfg: haproxy refuses it\n  line 3: unknown word",
      "c: /etc/haproxy.cfg: haproxy refuses it\n  line 4: unknown word",
    ]);
    expect(remarks).toEqual([
      "checked: nft (3 files)",
      "not checked: amtool (1 file): the image cannot run it",
      "not checked: wg (2 files): install it",
    ]);
  });

  it("is empty where there was nothing to check", () => {
    expect(reportChecks([])).toEqual({ errors: [], remarks: [] });
  });
});
