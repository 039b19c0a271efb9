import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { certificateDefaults, dropletDefaults, overlayDefaults, softwareDefaults } from "../model/defaults";
import { dropletHost } from "../model/hosts";
import { authority } from "../model/identity";
import { link, overlayHost } from "../model/overlay";
import { software } from "../model/software";
import { stackFields } from "../model/stackFields";
import { exposures } from "./support/exposures";
import { anchors, fencedBlocks, localLinks, shellMarks, tables } from "./support/markdown";

const root = join(__dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const blocks = pages.flatMap((page) => fencedBlocks(read(page)).map((block) => ({ page, ...block })));
const place = ({ page, line }: { page: string; line: number }) => `${page}:${line}`;
/** Keys of the program's configuration. */
const { config: declared } = parse(read("Pulumi.yaml")) as { config: Record<string, unknown> };
const isKey = (key: string) =>
  `ha-monitoring:${key}` in declared ||
  // Some have no declaration of their own, because they are always secret, but another one's description says how they are set.
  read("Pulumi.yaml").includes(`--path '${key}.`);
/** Commands that a reader types at a shell, however the block is marked. */
const typed =
  /^\s*(?:sudo |\$ )?(?:make|npm|npx|git|pulumi|curl|ssh|ssh-keyscan|wg|nft|systemctl|journalctl|docker|doctl|amtool|promtool)\s/;

describe("a block of shell in the documentation", () => {
  const shells = blocks.filter(({ info }) => /^(sh|bash|shell|console)\b/.test(info));

  it("says how it is run", () => {
    const marks = Object.keys(shellMarks).map((mark) => `sh ${mark}`);
    expect(shells.length).toBeGreaterThan(20);
    expect(shells.filter(({ info }) => !marks.includes(info)).map(place)).toEqual([]);
  });

  it("is one wherever commands are shown, but for those of make and of the lab, which are there", () => {
    const targets = [...read("Makefile").matchAll(/^([a-z-]+):/gm)].map(([, target]) => target);
    const others = blocks.filter(({ info, text }) => info === "" && typed.test(text));
    for (const block of others) {
      for (const line of block.text.split("\n").filter((each) => each.trim() !== "")) {
        const [, target, lab] = /^(?:make ([a-z-]+)|(npm run lab) -- .*?)\s*(?:#.*)?$/.exec(line) ?? [];
        expect(lab ?? (targets.includes(target) && target), `${place(block)}: ${line}`).toBeTruthy();
      }
    }
  });

  it("sets only keys that Pulumi.yaml declares", () => {
    const set = shells.flatMap((block) =>
      [...block.text.matchAll(/pulumi config (?:set|rm|get) ([^\n]*)/g)].map(([, rest = ""]) => ({
        at: place(block),
        key: /^(?:--?[\w-]+ )*'?([A-Za-z]+)/.exec(rest)?.[1] ?? "",
      })),
    );
    expect(set.length).toBeGreaterThan(10);
    expect(set.filter(({ key }) => !isKey(key))).toEqual([]);
  });
});

describe("a block of configuration in the documentation", () => {
  it("has only keys that Pulumi.yaml declares", () => {
    const yamls = blocks.filter(({ info }) => info === "yaml config");
    expect(yamls.length).toBeGreaterThan(2);
    const unknown = yamls.flatMap((block) => {
      const { config } = parse(block.text) as { config: Record<string, unknown> };
      return Object.keys(config)
        .filter((key) => !(key in declared))
        .map((key) => `${place(block)}: ${key}`);
    });
    expect(unknown).toEqual([]);
  });

  it("is YAML", () => {
    for (const block of blocks.filter(({ info }) => info.startsWith("yaml")))
      expect(() => parse(block.text) as unknown, place(block)).not.toThrow();
  });
});

describe("a link in the documentation", () => {
  it.each(pages)("%s: leads to a file and a heading that exist", (page) => {
    const broken = localLinks(read(page)).filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchors(read(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("leads from the index to every page", () => {
    const linked = localLinks(read("docs/index.md")).map((link) => `docs/${link.split("#")[0]}`);
    const all = pages.filter((page) => page.startsWith("docs/") && page !== "docs/index.md");
    expect(all.filter((page) => !linked.includes(page))).toEqual([]);
  });
});

describe("a snippet of TypeScript in the documentation", () => {
  /** What the parts of programs take for granted: the package's names, and what other parts have made. */
  const imports = `
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { ${exportedNames().join(", ")}, type MonitoringStackArgs } from "ha-monitoring";
`;
  const surroundings = `
import * as pulumi from "@pulumi/pulumi";
import * as ha from "ha-monitoring";
declare global {
  const config: pulumi.Config;
  const droplet: ha.DropletHost;
  const host: ha.SshHost, hostA: ha.SshHost, hostB: ha.SshHost, monitorA: ha.SshHost, monitorB: ha.SshHost, targetA: ha.SshHost;
  const ca: ha.PrivateCA, gateway: ha.HaproxyMtlsGateway, link: ha.WireGuardLink, target: ha.ScrapeTarget;
}
`;

  it("is accepted by the compiler, against the sources", { timeout: 60_000 }, () => {
    const snippets = blocks.filter(({ info }) => info === "ts" || info === "ts argument");
    expect(snippets.length).toBeGreaterThan(8);
    const pathOf = (name: string) => join(root, "test", `${name.replaceAll(/\W/g, "_")}.snippet.ts`);
    const sources = new Map(
      snippets.map((block) => [pathOf(place(block)), { at: place(block), text: moduleOf(block) }]),
    );
    sources.set(pathOf("surroundings"), { at: "surroundings", text: surroundings });
    const options = ts.getParsedCommandLineOfConfigFile(
      join(root, "tsconfig.json"),
      {},
      {
        ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
          throw new Error(ts.flattenDiagnosticMessageText(messageText, " "));
        },
      },
    )?.options;
    // As a project of Pulumi's own template has it.
    const lenient = { noUnusedLocals: false, noUnusedParameters: false, noUncheckedIndexedAccess: false };
    const settings = { ...options, ...lenient };
    const host = ts.createCompilerHost(settings);
    const program = ts.createProgram([...sources.keys()], settings, {
      ...host,
      readFile: (path) => sources.get(path)?.text ?? host.readFile(path),
      fileExists: (path) => sources.has(path) || host.fileExists(path),
      getSourceFile: (path, language, ...rest) => {
        const text = sources.get(path)?.text;
        return text === undefined
          ? host.getSourceFile(path, language, ...rest)
          : ts.createSourceFile(path, text, language);
      },
    });
    const problems = [...sources].flatMap(([path, { at }]) => {
      const file = program.getSourceFile(path);
      return [...program.getSemanticDiagnostics(file), ...program.getSyntacticDiagnostics(file)].map(
        ({ messageText }) => `${at}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
      );
    });
    expect(problems).toEqual([]);
  });

  /** A whole program stays what it is; a part of one gets what it takes for granted. */
  function moduleOf({ info, text }: { info: string; text: string }): string {
    if (info === "ts argument")
      return `${imports}\nexport const args: Partial<MonitoringStackArgs> = {\n${text}\n};\n`;
    return /^import .* from "ha-monitoring"/m.test(text) ? text : `${imports}\n${text}\nexport {};\n`;
  }

  function exportedNames(): string[] {
    return [...read("components/index.ts").matchAll(/export \{([^}]*)\}/g)]
      .flatMap(([, names = ""]) => names.split(","))
      .map((name) => name.trim())
      .filter((name) => name !== "" && !name.startsWith("type "));
  }
});

describe("a table of arguments in the documentation", () => {
  const documented = [
    { page: "monitoring-stack", head: "argument", field: stackFields, defaults: {} },
    { page: "private-ca", head: "argument", field: authority, defaults: certificateDefaults },
    { page: "wireguard-link", head: "argument", field: link, defaults: overlayDefaults },
    { page: "wireguard-link", head: "of one host", field: overlayHost, defaults: {} },
    { page: "droplet-host", head: "setting", field: dropletHost, defaults: dropletDefaults },
    { page: "prometheus-server", head: "field", field: software, defaults: softwareDefaults },
  ];
  const names = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);

  it.each(documented)("$page, $head: has every argument of the interface, and no other", (table) => {
    const rows = tables(read(`docs/${table.page}.md`)).find(({ head }) => head[0] === table.head)?.rows ?? [];
    expect(rows.flatMap(([first]) => names(first)).sort()).toEqual(Object.keys(table.field.fields).sort());
  });

  it.each(documented.filter(({ defaults }) => Object.keys(defaults).length > 0))(
    "$page, $head: says the defaults",
    (table) => {
      const { head, rows } = tables(read(`docs/${table.page}.md`)).find(
        (each) => each.head[0] === table.head,
      ) ?? { head: [], rows: [] };
      const column = head.indexOf("default");
      for (const [name, value] of Object.entries(table.defaults)) {
        const cell = rows.find(([first]) => names(first).includes(name))?.[column] ?? "";
        const said = Array.isArray(value) && value.length === 0 ? "none" : String(value);
        expect(cell.replaceAll("`", "").split(/[^\w.-]+/), name).toContain(said);
      }
    },
  );
});

describe("the table of our services", () => {
  it("says of each one the exposure that it may have at most", () => {
    const rows = tables(read("docs/ports-and-threats.md")).find(({ head }) => head[0] === "service")?.rows;
    const said = (rows ?? []).map(([service, , score]) => [service?.replaceAll("`", ""), Number(score)]);
    expect(Object.fromEntries(said)).toEqual(exposures);
  });
});

describe("the page about restoring", () => {
  it("begins with what stops every later run: a lock that a killed run has left, and an empty file beside the state", () => {
    const [, first = ""] = read("docs/restore.md").split(/^## /m);
    expect(first).toMatch(/^A run was interrupted\n/);
    expect(fencedBlocks(first)[0]).toMatchObject({
      info: "sh run",
      text: "pulumi cancel --yes\npulumi up\n",
    });
    const places = ["currently locked", "pulumi cancel", ".json.attrs", "What you see"].map((each) =>
      first.indexOf(each),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });
});
