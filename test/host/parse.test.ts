import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderHostBundle } from "../../templates/host/hostBundle";
import { readApplyProgram } from "../../templates/host/programs";
import { execute } from "../support/execute";
import { demoBundle } from "./bundles";

// What the program reads needs no machine: `parse` prints the record of a bundle, anywhere and by anybody.
describe("a bundle is read", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "ha-monitoring-parse-"));
    writeFileSync(join(directory, "apply"), readApplyProgram());
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const parse = (input: string) =>
    execute("sh", [join(directory, "apply"), "parse"], { input, environment: { TMPDIR: directory } });
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  /** What is wrong with a bundle that has these lines after its first one. */
  const findings = (...lines: string[]) => {
    const { status, stdout, stderr } = parse(["bundle a on b", ...lines, "end", ""].join("\n"));
    expect({ status, stdout }, stderr).toEqual({ status: 1, stdout: "" });
    const said = stderr.split("\n").filter(Boolean);
    expect(said.at(-1)).toBe("ha-monitoring: b: bundle a: the bundle is malformed; nothing was changed");
    return said.slice(0, -1).map((line) => line.replace("ha-monitoring: b: bundle a: ", ""));
  };

  it("and its record has the directives, with checksums for contents", () => {
    const files = [
      { path: "/etc/a", mode: "0640", owner: "root:root", content: "one\n\n|two\nend\n# three\n" },
      { path: "/etc/b", mode: "0640", owner: "0:65534", content: "" },
    ];
    const text = renderHostBundle({
      ...{ ...demoBundle(), notes: ["a note"], files, services: [] },
      commands: [
        { name: "wg", packages: ["wireguard-tools"], inUse: "wg show interfaces | grep -q ." },
        { name: "wireguard-go", packages: ["wireguard-go"], unless: "test -d /sys/module/wireguard" },
      ],
      wireGuardKeys: [{ path: "/etc/w", mode: "0600", owner: "root:root" }],
    });
    const { status, stdout, stderr } = parse(text);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const expected = text
      .split("\n")
      .filter((line) => /^[^#|]/.test(line) && line !== "end")
      .map((line) =>
        line.replace(
          /^file (\S+) .*/,
          (all, path) => `${all} ${sha256(files.find((file) => file.path === path)!.content)}`,
        ),
      );
    expect(stdout).toBe(`${expected.join("\n")}\n`);
  });

  it("with any content, to the letter", () => {
    const line = fc.string({ unit: "binary" }).map((text) => text.replaceAll(/[\0\n]/g, ""));
    const content = fc.array(
      fc.oneof(line, fc.constantFrom("end", "|", "#", "", " ", "file /x 0600 root:root", "\r")),
    );
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 20 }), (contents) => {
        const files = contents.map((lines, index) => ({
          ...{ path: `/etc/file-${index}`, mode: "0600", owner: "root:root" },
          content: lines.map((text) => `${text}\n`).join(""),
        }));
        const { stdout, stderr } = parse(renderHostBundle({ name: "a", host: "b", files }));
        expect(stderr).toBe("");
        expect(stdout.match(/[0-9a-f]{64}$/gm)).toEqual(files.map((file) => sha256(file.content)));
      }),
      { numRuns: 20 },
    );
  });

  it("but not when it was cut short, anywhere", () => {
    const text = renderHostBundle(demoBundle());
    const lengths = fc.integer({ min: 0, max: text.length - "end\n".length });
    fc.assert(
      fc.property(lengths, (length) => {
        expect(parse(text.slice(0, length))).toMatchObject({
          status: 1,
          stdout: "",
          stderr:
            "ha-monitoring: the bundle was cut short: its last line must be 'end'; nothing was changed\n",
        });
      }),
      { numRuns: 20 },
    );
  });

  it("but not without its first line, or with a NUL", () => {
    const first =
      "ha-monitoring: the first line of a bundle is 'bundle NAME on HOST [for STACK]'; nothing was changed\n";
    for (const wrong of [
      "user a\nend\n",
      "bundle A on b\nend\n",
      "bundle a  on b\nend\n",
      "bundle a at b\nend\n",
      "end\n",
    ]) {
      expect(parse(wrong)).toMatchObject({ status: 1, stderr: first });
    }
    expect(parse("bundle a on b\nfile /a 0600 root:root\n|\0\nend\n")).toMatchObject({
      status: 1,
      stderr: "ha-monitoring: the bundle contains a NUL byte; nothing was changed\n",
    });
  });

  it.each([
    ["unknown", "no such directive"],
    ["users a", "no such directive"],
    [" user a", "no such directive"],
    ["user", "expected: user NAME"],
    ["user a b", "expected: user NAME"],
    ["user a ", "expected: user NAME"],
    ["user Root", "expected: user NAME"],
    ["command a", "expected: command CMD PACKAGE..."],
    ["command a  b", "expected: command CMD PACKAGE..."],
    ["command a -o", "expected: command CMD PACKAGE..."],
    ["in-use a", "expected: in-use CMD SHELL"],
    ["unless a", "expected: unless CMD SHELL"],
    ["unless a  true", "expected: unless CMD SHELL"],
    ["unless /bin/a true", "expected: unless CMD SHELL"],
    ["directory a 0755 root:root", "expected: directory PATH MODE OWNER:GROUP"],
    ["directory /a/ 0755 root:root", "expected: directory PATH MODE OWNER:GROUP"],
    ["directory //a 0755 root:root", "expected: directory PATH MODE OWNER:GROUP"],
    ["directory /a/../b 0755 root:root", "expected: directory PATH MODE OWNER:GROUP"],
    ["directory /a/./b 0755 root:root", "expected: directory PATH MODE OWNER:GROUP"],
    ["directory /$HOME 0755 root:root", "expected: directory PATH MODE OWNER:GROUP"],
    ["directory /a 755 root:root", "expected: directory PATH MODE OWNER:GROUP"],
    ["directory /a 0855 root:root", "expected: directory PATH MODE OWNER:GROUP"],
    ["directory /a 0755 root", "expected: directory PATH MODE OWNER:GROUP"],
    ["directory /a\t0755 root:root", "expected: directory PATH MODE OWNER:GROUP"],
    [
      "state-directory /var/lib 0755 root:root",
      "expected: state-directory PATH MODE OWNER:GROUP, with ha-monitoring in PATH",
    ],
    ["file /a 0644 root:root\r", "expected: file PATH MODE OWNER:GROUP"],
    ["private-key /a 0600", "expected: private-key PATH MODE OWNER:GROUP"],
    ["wireguard-key /a 0600", "expected: wireguard-key PATH MODE OWNER:GROUP"],
    ["wireguard-key a 0600 root:root", "expected: wireguard-key PATH MODE OWNER:GROUP"],
    ["wireguard-keys /a 0600 root:root", "no such directive"],
    ["certificate-request /a b", "expected: certificate-request KEYPATH NAME SAN[,SAN...]"],
    ["certificate-request /a b c", "expected: certificate-request KEYPATH NAME SAN[,SAN...]"],
    ["check", "expected: check SHELL"],
    ["check  true", "expected: check SHELL"],
    ["service a", "expected: service UNIT"],
    ["restart a.service", "expected: restart UNIT PATH"],
    ["reload a.service b", "expected: reload UNIT PATH"],
    ["on-change ", "expected: on-change SHELL"],
    ["probe 0 true", "expected: probe SECONDS SHELL"],
    ["probe ten true", "expected: probe SECONDS SHELL"],
    ["cleanup", "expected: cleanup SHELL"],
    ["end of it", "expected: end"],
  ])("but not with %j", (line, finding) => {
    expect(findings(line)).toContain(`line 2: ${finding}`);
  });

  it("and everything that is wrong is told at once, without quoting it", () => {
    expect(
      findings(
        "secret stuff",
        "user a",
        "|content of a user",
        "bundle c on d",
        "file /a 0644 root:root",
        "|fine",
        "# a comment does not end a file",
        "|fine",
        "directory /a 0755 root:root",
        "|content of a directory",
        "end",
        "restart a.service /b",
        "private-key /k 0600 root:root",
        "certificate-request /k a DNS:a",
        "certificate-request /k b DNS:b",
        "certificate-request /l c DNS:c",
        "state-directory /var/lib/ha-monitoring 0700 root:root",
        "wireguard-key /w 0600 root:root",
        "|content of a key",
        "reload a.service /w",
        "certificate-request /w d DNS:d",
        "private-key /w 0600 root:root",
        "wireguard-key /usr/local/lib/ha-monitoring/w 0600 root:root",
      ),
    ).toEqual([
      "line 2: no such directive",
      "line 4: content that belongs to no file",
      "line 11: content that belongs to no file",
      "line 20: content that belongs to no file",
      'line 5: a second "bundle"',
      'line 12: a second "end"',
      "/a is listed twice",
      "/w is listed twice",
      "/var/lib/ha-monitoring is where this program itself lives",
      "/usr/local/lib/ha-monitoring/w is where this program itself lives",
      "/k has two certificate requests",
      "restart or reload names /b, which is no file of this bundle",
      "certificate-request names /l, which is no private-key of this bundle",
    ]);
  });

  it("and nothing of it stays", () => {
    parse(renderHostBundle(demoBundle()));
    parse("bundle a on b\nx\nend\n");
    expect(readdirSync(directory)).toEqual(["apply"]);
  });
});
