import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PackageSpec } from "@pulumi/pulumi/provider/experimental/schema";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { pythonCalls } from "../support/pythonCalls";
import { Computed, schemaProblems, type Written } from "../support/schemaProblems";

const root = join(__dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
/** What programs in other languages see; test/schema holds it to the sources. */
const schema = JSON.parse(read("test/goldens/schema.json")) as PackageSpec;
const token = (type: string) => type.replace(/^ha-monitoring:(\w+)$/, "ha-monitoring:index:$1");
const snakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

interface YamlProgram {
  config: Record<string, unknown>;
  resources: Record<string, { type: string; properties: Record<string, unknown> }>;
}

/** Values of Pulumi YAML with what is interpolated as computed: outputs if it is of a resource or a secret. */
function interpolated(value: unknown, { config }: YamlProgram): Written {
  if (Array.isArray(value)) return value.map((each) => interpolated(each, { config, resources: {} }));
  if (typeof value === "string") {
    const names = [...value.matchAll(/\$\{(\w+)[^}]*\}/g)].map(([, name = ""]) => name);
    const isPlain = (name: string) => name in config && !(config[name] as { secret?: boolean }).secret;
    return names.length > 0 ? new Computed(!names.every(isPlain)) : value;
  }
  if (typeof value !== "object" || value === null) return value as Written;
  const entries = Object.entries(value).map(([key, each]) => [
    key,
    interpolated(each, { config, resources: {} }),
  ]);
  return Object.fromEntries(entries) as Written;
}

function yamlProblems(text: string): string[] {
  const program = parse(text) as YamlProgram;
  return Object.values(program.resources).flatMap(({ type, properties }) =>
    schemaProblems(schema, token(type), interpolated(properties, program) as Record<string, Written>),
  );
}

function pythonProblems(text: string): string[] {
  return pythonCalls(text, "ha_monitoring").flatMap(({ name, args }) =>
    schemaProblems(schema, `ha-monitoring:index:${name}`, args, snakeCase),
  );
}

describe("the example in Pulumi YAML", () => {
  const text = read("examples/yaml/Pulumi.yaml");
  const changed = (from: string, to: string) => {
    expect(text).toContain(from);
    return yamlProblems(text.replace(from, to));
  };

  it("sets only what the schema has, with its types, and all that is required", () => {
    expect(Object.keys((parse(text) as YamlProgram).resources)).toHaveLength(2);
    expect(yamlProblems(text)).toEqual([]);
  });

  it("would be found out otherwise", () => {
    const firewall = "ha-monitoring:index:HostFirewall";
    expect(changed("port: 8080", "ports: 8080")).toEqual([
      `${firewall}.rules[0].port: is required and missing`,
      `${firewall}.rules[0].ports: there is no such property`,
    ]);
    expect(changed("port: 8080", "port: web")).toEqual([`${firewall}.rules[0].port: must be of type number`]);
    expect(changed("mode: deny", "mode: shut")).toEqual([`${firewall}.mode: must be one of guard, deny`]);
    expect(changed("mode: deny", "mode: ${web.name}")).toEqual([
      `${firewall}.mode: cannot be an output, which is known too late`,
    ]);
    expect(changed("type: ha-monitoring:SshHost", "type: ha-monitoring:Host")).toEqual([
      "ha-monitoring:index:Host: the package has no such component",
    ]);
  });
});

describe("the example in Python", () => {
  const text = read("examples/python/__main__.py");
  const changed = (from: string, to: string) => {
    expect(text).toContain(from);
    return pythonProblems(text.replace(from, to));
  };

  it("sets only what the schema has, with its types, and all that is required", () => {
    const [stack, ...more] = pythonCalls(text, "ha_monitoring");
    expect(more).toEqual([]);
    expect(stack?.name).toBe("MonitoringStack");
    expect(Object.keys(stack?.args ?? {}).length).toBeGreaterThan(4);
    expect(stack?.args.monitors).toHaveLength(2);
    expect(pythonProblems(text)).toEqual([]);
  });

  it("would be found out otherwise", () => {
    const stack = "ha-monitoring:index:MonitoringStack";
    expect(changed('"name": "monitor-b",', "")).toEqual([
      `${stack}.monitors[1].name: is required and missing`,
    ]);
    expect(changed("rule_groups=", "ruleGroups=")).toEqual([
      `${stack}.ruleGroups: there is no such property`,
    ]);
    expect(changed('"name": "monitor-b"', '"name": private_key')).toEqual([
      `${stack}.monitors[1].name: cannot be an output, which is known too late`,
    ]);
    expect(changed('"expr": "up == 0"', '"expr": 0')).toEqual([
      `${stack}.rule_groups[0].rules[0].expr: must be of type string`,
    ]);
  });

  it("reads every key that its Pulumi.yaml declares, and no other", () => {
    const { config } = parse(read("examples/python/Pulumi.yaml")) as { config: Record<string, unknown> };
    const keys = [...text.matchAll(/config\.\w+\("(\w+)"\)/g)].map(([, key]) => `python:${key}`);
    expect(keys.sort()).toEqual(Object.keys(config).sort());
  });
});
