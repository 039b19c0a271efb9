import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkHosts, type CheckOutcome } from "../../../cli/check/checkHosts";
import { Programs, type Images } from "../../../cli/check/programs";
import { textPlaceholder } from "../../../cli/placeholders";
import { checkStaged, type BundleCheck } from "../../../templates/host/bundleChecks";
import type { BundleFile, HostBundle } from "../../../templates/host/hostBundle";
import { stubPrograms } from "../../support/stubPrograms";

const directory = mkdtempSync(join(tmpdir(), "ha-monitoring-check-test-"));
afterAll(() => rmSync(directory, { recursive: true }));
let scenes = 0;

const file = (path: string, content: string, mode = "0644"): BundleFile => ({
  ...{ path, mode, content },
  owner: "root:root",
});
const bundleOf = (more: Partial<HostBundle>): HostBundle => ({ name: "example", host: "monitor-a", ...more });
const judged = checkStaged("judge", ["--file", { file: "/etc/ours/main.cfg" }]);

/** Results of the checks of one host, with programs in shell on PATH. */
function outcomesOf(
  bundles: HostBundle[],
  programs: Record<string, string>,
  { images = {}, isSecret = false }: { images?: Images; isSecret?: boolean } = {},
): Promise<CheckOutcome[]> {
  const path = stubPrograms(join(directory, String(scenes++)), programs);
  const hosts = new Map([["monitor-a", bundles.map((bundle) => ({ bundle, isSecret }))]]);
  return checkHosts(hosts, new Programs(images, path));
}

/** The words of a program that refuses everything. */
async function wordsOf(bundles: HostBundle[], program: string, isSecret = false): Promise<string[]> {
  const [outcome] = await outcomesOf(bundles, { judge: `${program}; exit 1` }, { isSecret });
  return outcome?.refused ?? [];
}

const main = (content: string, mode?: string, check: BundleCheck = judged) =>
  bundleOf({ files: [file("/etc/ours/main.cfg", content, mode)], checks: [check] });

describe("the checks of a host elsewhere", () => {
  it("give the program the staged file in the place of its path, and take status 0 for good", async () => {
    const [good] = await outcomesOf([main("fine\n")], {
      judge: `[ "$1" = --file ] && [ "$(cat "$2")" = fine ]`,
    });
    expect(good).toEqual({ host: "monitor-a", program: "judge", files: ["/etc/ours/main.cfg"] });
  });

  it("tell the program's own words with paths as they are on the host", async () => {
    expect(await wordsOf([main("bad\n")], `echo "$2:1: unknown word" >&2`)).toEqual([
      "/etc/ours/main.cfg:1: unknown word",
    ]);
    expect(await wordsOf([main("bad\n")], ":")).toEqual(["it ended with status 1"]);
  });

  it("let a file lead to others of the host, in other bundles and under a container's directory", async () => {
    const other = bundleOf({ name: "other", files: [file("/etc/other/words.txt", "hello\n")] });
    const leading = main(
      "/etc/other/words.txt\n/mnt/in/main.cfg\nhttps://a.example/etc/other/words.txt\n",
      "0644",
      {
        run: "true",
        elsewhere: {
          program: "judge",
          words: [{ file: "/etc/ours/main.cfg" }],
          mounts: { "/mnt/in": "/etc/ours" },
        },
      },
    );
    const [outcome] = await outcomesOf([leading, other], {
      judge: `{ read -r first; read -r second; read -r third; } <"$1"
        [ "$(cat "$first")" = hello ] && cmp -s "$second" "$1" && [ "$third" = https://a.example/etc/other/words.txt ]`,
    });
    expect(outcome).toMatchObject({ program: "judge" });
    expect(outcome?.refused).toBeUndefined();
  });

  it("find files that the host has of its own, because the configuration names them", async () => {
    const yaml = bundleOf({
      files: [file("/etc/ours/main.yml", "a:\n  - password_file: /etc/mine/password\n")],
      checks: [checkStaged("judge", [{ file: "/etc/ours/main.yml" }])],
    });
    const [outcome] = await outcomesOf([yaml], { judge: `[ -e "$(sed -n 's/.*_file: //p' "$1")" ]` });
    expect(outcome?.refused).toBeUndefined();
  });

  it("have stand-ins for keys, certificates and secret values, and name what they stand for", async () => {
    const certificate = textPlaceholder("certificate of monitor-a");
    const keyed = bundleOf({
      keys: [
        { path: "/etc/ours/key", mode: "0600", owner: "a:a", commonName: "a", alternativeNames: ["DNS:a"] },
      ],
      files: [
        file("/etc/ours/certificate", certificate),
        file("/etc/ours/main.cfg", `url ${textPlaceholder("secret alerting.url")}\n`),
      ],
      checks: [judged],
    });
    const [outcome] = await outcomesOf([keyed], {
      judge: `d=\${2%/*}; openssl x509 -in $d/certificate -noout -pubkey >$d/a && openssl pkey -in $d/key -pubout >$d/b &&
        cmp $d/a $d/b && grep -q '^url https://' "$2" && { sed 's/url/no answer from/' "$2"; exit 1; }`,
    });
    expect(outcome?.refused).toEqual(["no answer from <secret alerting.url>"]);
  });

  it("never put a secret file anywhere", async () => {
    const secret = bundleOf({
      files: [
        file("/etc/ours/password", "correct horse battery\n", "0600"),
        file("/etc/ours/main.cfg", "x\n"),
      ],
      checks: [judged],
    });
    expect(await wordsOf([secret], `cat "\${2%/*}/password"`, true)).toEqual([
      "it said nothing that may be shown",
    ]);
    expect(await wordsOf([secret], `wc -c <"\${2%/*}/password"`, true)).toEqual(["9"]);
  });

  it("hide what stands in files that not everybody may read, as the apply program does", async () => {
    const guarded = main(
      "receiver: chat\napi_url: https://hooks.example.com/T0KEN-of-mine/123456789\n",
      "0640",
    );
    const says = (text: string) => wordsOf([guarded], `echo '${text}'`);
    expect(await says("unsupported scheme in https://hooks.example.com/T0KEN-of-mine/123456789")).toEqual([
      "unsupported scheme in https:(hidden)",
    ]);
    expect(await says("in T0KEN-of-mine of api_url")).toEqual(["in (hidden) of api_url"]);
    expect(await says("api_url: https://hooks.example.com/T0KEN-of-mine/123456789")).toEqual([
      "it said nothing that may be shown",
    ]);
    expect(await says("cannot unmarshal `https:/...` into int")).toEqual([
      "cannot unmarshal `(hidden)...` into int",
    ]);
  });

  it("take nothing amiss that only says that this machine is not the host, and everything else", async () => {
    const check = checkStaged("judge", [], { ignores: ["^No such interface"] });
    expect(await wordsOf([main("x\n", "0644", check)], "echo No such interface: wg0")).toEqual([]);
    expect(await wordsOf([main("x\n", "0644", check)], "echo No such interface; echo bad key")).toEqual([
      "bad key",
    ]);
  });

  it("trust an older program than the host's where it accepts, and not where it refuses", async () => {
    const check = { run: "true", elsewhere: { program: "judge", version: "3.1.0", words: ["check"] } };
    const outcomeOf = async (version: string, status: number) => {
      const judge = `[ "$1" = check ] || { echo "judge, version ${version} (of somebody)"; exit; }; echo no such field; exit ${status}`;
      return (await outcomesOf([main("x\n", "0644", check)], { judge }))[0];
    };
    expect(await outcomeOf("3.0.9", 0)).toEqual({ host: "monitor-a", program: "judge", files: [] });
    expect((await outcomeOf("3.0.9", 1))?.refused).toBeUndefined();
    expect((await outcomeOf("3.0.9", 1))?.missing).toBe(
      "it is 3.0.9 here and refuses what 3.1.0 of the hosts may take (no such field)",
    );
    expect((await outcomeOf("3.1.0", 1))?.refused).toEqual(["no such field"]);
    expect((await outcomeOf("none", 1))?.refused).toEqual(["no such field"]);
  });

  it("leave out what only the host can know, and name programs that are not here", async () => {
    expect(await outcomesOf([bundleOf({ checks: ["/opt/ours confirm", { run: "true" }] })], {})).toEqual([]);
    const [missing] = await outcomesOf([main("x\n")], {});
    expect(missing?.missing).toContain("--check-image judge=IMAGE");
  });

  it("run in an image that is named for the program, or for all that are not here", async () => {
    const docker = `echo "$@" | grep -q -e '--network none .*--entrypoint judge my/image:1 --file /' || exit 125
      for last; do :; done; [ -e "$last" ] || exit 125; echo "no good: $last"; exit 1`;
    const refused = ["no good: /etc/ours/main.cfg"];
    for (const images of [{ judge: "my/image:1" }, { "": "my/image:1" }] as Images[]) {
      expect((await outcomesOf([main("x\n")], { docker }, { images }))[0]?.refused).toEqual(refused);
    }
    const [here] = await outcomesOf(
      [main("x\n")],
      { docker, judge: "exit 0" },
      { images: { "": "my/image:1" } },
    );
    expect(here?.refused).toBeUndefined();
    const none = await outcomesOf(
      [main("x\n")],
      { docker: "echo no such program; exit 127" },
      { images: { judge: "a" } },
    );
    expect(none[0]?.missing).toBe("the image a cannot run it (no such program)");
  });
});
