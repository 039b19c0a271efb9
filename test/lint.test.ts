import { join } from "node:path";
import { ESLint } from "eslint";
import { beforeAll, describe, expect, it } from "vitest";

const root = join(__dirname, "..");
let eslint: ESLint;

/** Rules that a text breaks as if it were the content of that file. */
async function broken(file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: join(root, file) });
  return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message).sort();
}

// A text is linted in the place of a file that exists; the first one pays for the types of the whole program.
beforeAll(async () => {
  eslint = new ESLint({ cwd: root });
  await broken("index.ts", "export {};\n");
});

describe("the wall around templates", () => {
  const template = "templates/host/marker.ts";

  it.each([
    [
      "an import",
      'import * as pulumi from "@pulumi/pulumi";\nexport const x = pulumi;\n',
      "no-restricted-imports",
    ],
    [
      "an import of a part",
      'import { remote } from "@pulumi/command/remote";\nexport const x = remote;\n',
      "no-restricted-imports",
    ],
    [
      "an import of types",
      'import type { Output } from "@pulumi/pulumi";\nexport type X = Output<string>;\n',
      "no-restricted-imports",
    ],
    ["a re-export", 'export * from "@pulumi/docker";\n', "no-restricted-imports"],
    ["import()", 'export const x = import("@pulumi/tls");\n', "no-restricted-syntax"],
    ["the type of an import", 'export type X = import("@pulumi/pulumi").Resource;\n', "no-restricted-syntax"],
    ["a component", 'export * from "../../components/shapes";\n', "no-restricted-imports"],
  ])("refuses Pulumi by %s", async (_, text, rule) => {
    expect(await broken(template, text)).toContain(rule);
  });

  it("refuses Pulumi by require()", async () => {
    const text =
      'declare const require: (name: string) => unknown;\nexport const x = require("@pulumi/tls");\n';
    expect(await broken(template, text)).toEqual(["no-restricted-syntax"]);
  });

  it("lets in what is pure", async () => {
    const text =
      'import { posix } from "node:path";\nimport { stringify } from "yaml";\nexport const x = [posix, stringify];\n';
    expect(await broken(template, text)).toEqual([]);
  });
});

describe("the wall around the one door to a machine", () => {
  const text = 'import { remote } from "@pulumi/command";\nexport const x = remote;\n';

  it.each([
    "components/hosts/sshHost.ts",
    "components/index.ts",
    "index.ts",
    "templates/host/marker.ts",
    "lab/cli.ts",
  ])("refuses @pulumi/command in %s", async (file) => {
    expect(await broken(file, text)).toEqual(["no-restricted-imports"]);
  });

  it("refuses it by import() as well", async () => {
    expect(
      await broken("components/hosts/sshHost.ts", 'export const x = import("@pulumi/command");\n'),
    ).toEqual(["no-restricted-syntax"]);
  });

  it("lets it into components/host/", async () => {
    expect(await broken("components/host/bundle.ts", text)).toEqual([]);
  });

  it("lets other Pulumi packages into components", async () => {
    const docker = 'import * as docker from "@pulumi/docker";\nexport const x = docker;\n';
    expect(await broken("components/hosts/sshHost.ts", docker)).toEqual([]);
  });
});

describe("the walls between subjects", () => {
  const wall = "@typescript-eslint/no-restricted-imports";
  const value = (module: string) => `export * from "${module}";\n`;
  const type = (module: string, name: string) =>
    `import type { ${name} } from "${module}";\nexport type X = ${name};\n`;

  it.each([
    ["components/gateway/haproxyMtlsGateway.ts", "../overlay/wireGuardLink"],
    ["components/overlay/wireGuardLink.ts", "../stack/alerting"],
    ["templates/gateway/gatewayLayout.ts", "../overlay/wireGuardLayout"],
    ["templates/prometheus/prometheusYml.ts", "../../model/stack"],
    ["model/checks.ts", "../components/hosts/sshHost"],
    ["model/checks.ts", "@pulumi/pulumi"],
  ])("%s may take no value from %s", async (file, module) => {
    expect(await broken(file, value(module))).toContain(wall);
  });

  it.each([
    ["components/gateway/haproxyMtlsGateway.ts", value("../host/bundle")],
    ["components/stack/alerting.ts", value("../gateway/haproxyMtlsGateway")],
    ["templates/gateway/gatewayLayout.ts", value("../../model/networks")],
    ["templates/gateway/gatewayLayout.ts", value("../host/marker")],
    ["model/checks.ts", type("@pulumi/pulumi", "Resource")],
    ["model/checks.ts", type("../components/hosts/sshHost", "SshHostArgs")],
  ])("%s may have: %s", async (file, text) => {
    expect(await broken(file, text)).toEqual([]);
  });
});

describe("an Output in a template literal", () => {
  const head = 'import * as pulumi from "@pulumi/pulumi";\n';

  it("is refused by Pulumi's own rule", async () => {
    const text = `${head}export const x = (name: pulumi.Output<string>) => \`\${name}.example.com\`;\n`;
    expect(await broken("components/hosts/sshHost.ts", text)).toContain(
      "@pulumi/no-output-in-template-literal",
    );
  });

  it("is refused as an OutputInstance too", async () => {
    const text = `${head}type OutputInstance<T> = pulumi.Output<T> & { own: true };
export const x = (name: OutputInstance<string>) => \`\${name}.example.com\`;\n`;
    expect(await broken("components/hosts/sshHost.ts", text)).toContain(
      "@pulumi/no-output-instance-in-template-literal",
    );
  });

  it.each(["pulumi.Input<string>", "pulumi.Output<string> | undefined", "pulumi.OutputInstance<string>"])(
    "is refused where Pulumi's rules are blind: %s",
    async (type) => {
      const text = `${head}export const x = (name: ${type}) => \`\${name}.example.com\`;\n`;
      expect(await broken("components/hosts/sshHost.ts", text)).toContain(
        "@typescript-eslint/restrict-template-expressions",
      );
    },
  );

  it("is fine in pulumi.interpolate", async () => {
    const text = `${head}export const x = (name: pulumi.Output<string>) => pulumi.interpolate\`\${name}.example.com\`;\n`;
    expect(await broken("components/hosts/sshHost.ts", text)).toEqual([]);
  });
});

describe("a promise that nobody waits for", () => {
  it("is refused", async () => {
    const text = 'import { readFile } from "node:fs/promises";\nreadFile("x");\n';
    expect(await broken("lab/cli.ts", text)).toEqual(["@typescript-eslint/no-floating-promises"]);
  });
});
