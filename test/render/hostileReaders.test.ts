import { describe, expect, it } from "vitest";
import {
  readHaproxy,
  readNftables,
  readSettings,
  readUnit,
  readWords,
  readYaml,
} from "../support/hostile/languages";
import { readShell } from "../support/hostile/shell";
import { differences, type Tree } from "../support/hostile/tree";

/** What a reader finds to be more than a text when one is put unescaped where `plain` was. */
function found(read: (text: string) => Tree, template: string, to: string): string[] {
  try {
    const [before, after] = ["plain-text", to].map((text) => read(template.replaceAll("@", () => text)));
    return differences(before as Tree, after as Tree, { from: "plain-text", to });
  } catch (error) {
    return [String(error)];
  }
}

const unit = "[Service]\nExecStart=/bin/x --a=@\nUser=b\n";

describe("the readers of what is rendered", () => {
  it.each<[string, (text: string) => Tree, string, string]>([
    ["a line in a unit", readUnit, unit, "\nExecStartPre=/bin/id"],
    ["a carriage return in a unit", readUnit, unit, "\rExecStartPre=/bin/id"],
    ["a word in a command", readUnit, unit, "a --b"],
    ["a second command", readUnit, unit, "a ; /bin/id"],
    ["a specifier", readUnit, unit, "%h"],
    ["a variable", readUnit, unit, "${HOME}"],
    ["a quote in a unit", readUnit, unit, '"'],
    ["a continued line", readUnit, unit, "\\"],
    ["a line of HAProxy", readHaproxy, "bind @ ssl\n", "x\n stats enable"],
    ["a word of HAProxy", readHaproxy, "bind @ ssl\n", "x verify none"],
    ["a comment of HAProxy", readHaproxy, "bind @ ssl\n", "x #"],
    ["a quote of HAProxy", readHaproxy, "bind @ ssl\n", "'"],
    ["the end of a comment of nftables", readNftables, 'drop comment "@"\n', 'x"; accept; "'],
    ["a line of nftables", readNftables, 'drop comment "@"\n', "x\naccept"],
    ["a line of WireGuard", readWords, "Endpoint = @\n", "x\nPostUp = id"],
    ["a word of ssh", readWords, "HostName @\n", "x y"],
    ["a line of settings", readSettings, "from @\n", "x\nprogram y"],
    ["an entry of YAML", readYaml, "a: @\n", "x\nb: y"],
    ["an entry after a line end of YAML 1.1", readYaml, "a: |-\n  @\n", "x\u2028b: y"],
    ["a document of YAML", readYaml, "a: @\n", "x\n---\nb: y"],
    ["an alias of YAML", readYaml, "b: &b 1\na: @\n", "*b"],
    ["another kind of value of YAML", readYaml, "a: @\n", "true"],
    ["a character that YAML does not have", readYaml, 'a: "@"\n', "\u007f"],
    ["a substitution of the shell", readShell, "echo @", "$(id)"],
    ["backticks", readShell, "echo @", "`id`"],
    ["a variable of the shell", readShell, 'echo "@"', "$HOME"],
    ["a second command of the shell", readShell, "echo @", "a; id"],
    ["a line of the shell", readShell, "echo @", "a\nid"],
    ["a pipe", readShell, "echo @", "a|id"],
    ["a quote of the shell", readShell, "echo '@'", "a' b '"],
    ["a pattern of the shell", readShell, "echo @", "*"],
    ["a comment of the shell", readShell, "echo @", "a #b"],
    ["a NUL", (text) => text, "@", "\0"],
    ["half a character", (text) => text, "@", "\ud800"],
  ])("find %s", (_, read, template, to) => {
    expect(found(read, template, to)).not.toEqual([]);
  });

  it.each<[(text: string) => Tree, string, string]>([
    [readUnit, "[Service]\nExecStart=/bin/x @\n", "x"],
    [readYaml, 'a: "@"\n', "# b: {{ c }}"],
    [readShell, "echo '@'", "$(id); \\ #"],
    [readNftables, 'drop comment "@"\n', "a; b }"],
  ])("find nothing where a text stays one", (read, template, to) => {
    expect(found(read, template, to)).toEqual([]);
  });

  it("compare lists in any order, but not with other entries", () => {
    const replacement = { from: "m", to: "a" };
    expect(
      differences(
        [
          ["k", "1"],
          ["m", "2"],
        ],
        [
          ["a", "2"],
          ["k", "1"],
        ],
        replacement,
      ),
    ).toEqual([]);
    expect(differences([["k"], ["m"]], [["a"], ["a b;"]], replacement)).not.toEqual([]);
    expect(differences(["m"], ["a", "b"], replacement)).not.toEqual([]);
  });
});
