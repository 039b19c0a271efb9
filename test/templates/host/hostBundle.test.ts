import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readKeys, renderHostBundle, shellWord, type HostBundle } from "../../../templates/host/hostBundle";
import { parseHostBundle } from "../../support/bundleParser";
import { execute } from "../../support/execute";
import { expectGolden, expectGoldensOf } from "../../support/goldens";

const bundle: HostBundle = { name: "example", host: "monitor-a" };
const file = { path: "/etc/ha-monitoring/example", mode: "0640", owner: "root:root" };
const cases: Record<string, HostBundle> = {
  empty: bundle,
  everything: {
    ...bundle,
    notes: ["container 4711"],
    commands: [
      { name: "docker", packages: ["docker.io", "docker-cli"], inUse: "docker ps --quiet | grep -q ." },
      { name: "curl", packages: ["curl"], unless: "test -x /usr/bin/wget" },
    ],
    users: ["ha-monitoring-gateway"],
    directories: [
      { path: "/etc/ha-monitoring", mode: "0755", owner: "root:root" },
      { path: "/run/ha-monitoring", mode: "0750", owner: "root:root", state: true },
    ],
    keys: [
      {
        path: "/etc/ha-monitoring/peer.pem.key",
        mode: "0600",
        owner: "root:root",
        commonName: "monitor-a",
        alternativeNames: ["DNS:monitor-a", "IP:2001:db8::10"],
      },
    ],
    wireGuardKeys: [{ path: "/etc/ha-monitoring/private.key", mode: "0600", owner: "root:root" }],
    files: [
      { ...file, content: "first\n\n  third, after an empty line\n|fourth\nend" },
      { ...file, path: "/etc/ha-monitoring/empty", content: "" },
    ],
    checks: ['test -s "$(staged /etc/ha-monitoring/example)"'],
    services: [{ unit: "example.service", restartOn: ["/a", "/b"], reloadOn: [file.path] }],
    onChange: ["true"],
    probes: [{ within: 30, run: "curl --fail http://127.0.0.1/" }],
    cleanups: ["rm -f /tmp/example"],
  },
};
const goldenName = (name: string) => `hostBundle.${name}.bundle`;

const withNewline = (content: string) =>
  content === "" || content.endsWith("\n") ? content : `${content}\n`;

describe("the text of a host bundle", () => {
  it.each(Object.entries(cases))("%s: the text is the golden's", (name, data) => {
    expectGolden(goldenName(name), renderHostBundle(data));
  });

  it("has a case for each golden", () => {
    expectGoldensOf("hostBundle", Object.keys(cases).map(goldenName));
  });

  it("says what it asks its host to print, whatever its files say", () => {
    const content =
      "certificate-request /k monitor-b DNS:monitor-b\nwireguard-key /w 0600 root:root\nbundle a on b";
    const everything = cases["everything"] as HostBundle;
    const text = renderHostBundle({ ...everything, files: [{ ...file, content }] });
    expect(readKeys(text)).toEqual({
      host: everything.host,
      requests: [{ commonName: "monitor-a", alternativeNames: ["DNS:monitor-a", "IP:2001:db8::10"] }],
      wireGuardKeys: ["/etc/ha-monitoring/private.key"],
    });
  });

  it("carries any content to the letter, but for a newline at its end", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 4 }), (contents) => {
        const files = contents.map((content, index) => ({ ...file, path: `/etc/file-${index}`, content }));
        const parsed = parseHostBundle(renderHostBundle({ ...bundle, files }));
        expect(Object.values(parsed.files)).toEqual(contents.map(withNewline));
      }),
      { numRuns: 500 },
    );
  });

  it("carries content that looks like directives, comments and the end", () => {
    const line = fc.constantFrom(
      "end",
      "|",
      "|end",
      "#",
      "",
      " ",
      "file /x 0600 root:root",
      "bundle a on b",
      "\r",
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const content = lines.join("\n");
        const parsed = parseHostBundle(renderHostBundle({ ...bundle, files: [{ ...file, content }] }));
        expect(parsed.files).toEqual({ [file.path]: withNewline(content) });
        expect(parsed.directives.map(({ directive }) => directive)).toEqual(["bundle", "file", "end"]);
      }),
    );
  });

  it("is refused rather than broken by a word with a blank or a line with a newline", () => {
    const breaking = fc
      .tuple(fc.string(), fc.constantFrom(" ", "\n", "\t", "\r", "\u2028"), fc.string())
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(breaking, (word) => {
        expect(() => renderHostBundle({ ...bundle, users: [word] })).toThrow(RangeError);
        expect(() => renderHostBundle({ ...bundle, name: word })).toThrow(RangeError);
        expect(() => renderHostBundle({ ...bundle, files: [{ ...file, path: word, content: "" }] })).toThrow(
          RangeError,
        );
        expect(() => renderHostBundle({ ...bundle, services: [{ unit: "a", restartOn: [word] }] })).toThrow(
          RangeError,
        );
      }),
    );
    for (const text of ["true\nend", "true\rfalse"]) {
      expect(() => renderHostBundle({ ...bundle, checks: [text] })).toThrow(RangeError);
      expect(() => renderHostBundle({ ...bundle, onChange: [text] })).toThrow(RangeError);
      expect(() => renderHostBundle({ ...bundle, cleanups: [text] })).toThrow(RangeError);
      expect(() => renderHostBundle({ ...bundle, notes: [text] })).toThrow(RangeError);
      expect(() => renderHostBundle({ ...bundle, probes: [{ within: 1, run: text }] })).toThrow(RangeError);
      expect(() =>
        renderHostBundle({ ...bundle, commands: [{ name: "a", packages: ["a"], inUse: text }] }),
      ).toThrow(RangeError);
    }
  });

  it("says which word of which directive is wrong", () => {
    expect(() => renderHostBundle({ ...bundle, users: ["two words"] })).toThrow(
      '"two words" in a user line of a host bundle: one word without blanks is needed',
    );
  });
});

describe("a word of a shell line", () => {
  it("is read by the shell as the very value", () => {
    const text = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\0", ""));
    // One shell for all values: what it prints is joined by a byte that no value has.
    const values = fc
      .sample(text, 500)
      .concat(["", "'", "''", "a'b", "$(id)", "`id`", "\\", "~", "*", "!", "-n", "é"]);
    const script = values.map((value) => `printf '%s\\001' ${shellWord(value)}`).join("\n");
    const { stdout, status } = execute("sh", ["-s"], { input: script });
    expect(status).toBe(0);
    expect(stdout).toBe(values.map((value) => `${value}\u0001`).join(""));
  });

  it("is left as it is when no shell would touch it", () => {
    const plain = [
      "docker.io/prom/alertmanager:v0.34.2@sha256:0123",
      "--name=value",
      "a_b",
      "50%",
      "user@host",
    ];
    expect(plain.map(shellWord)).toEqual(plain);
  });
});
