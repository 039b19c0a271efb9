import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { generateSchema, type PackageSpec } from "@pulumi/pulumi/provider/experimental/schema";
import { beforeAll, describe, expect, it } from "vitest";
import * as library from "../components";
import { expectGolden } from "./support/goldens";

const root = join(__dirname, "..");

interface Manifest {
  name: string;
  version: string;
  description: string;
  main: string;
}

/** What Pulumi's plugin host makes of the package for programs in other languages; it needs no engine. */
function inferSchema(): PackageSpec {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  // The host looks beside `main` for sources, where only the built form is; here the sources themselves are meant.
  const sources = { ...manifest, main: manifest.main.replace(/^dist\//, "") };
  const analyzer = new Analyzer(root, manifest.name, sources, new Set(componentNames()));
  const { components, typeDefinitions, dependencies } = analyzer.analyze();
  // The package's own version and those of its dependencies are no part of the API.
  const unversioned = dependencies.map(({ name }) => ({ name }));
  return generateSchema(manifest.name, "", manifest.description, components, typeDefinitions, unversioned);
}

/** Every component that components/index.ts exports, found as the plugin host finds them. */
function componentNames(): string[] {
  return Object.entries(library)
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof pulumi.ComponentResource)
    .map(([name]) => name);
}

describe("the schema that programs in other languages see", () => {
  let schema: PackageSpec;

  beforeAll(() => {
    schema = inferSchema();
  });

  it("is the golden's: a change here is a change of the public API", () => {
    expectGolden("goldens/schema.json", `${JSON.stringify(sorted(schema), undefined, 2)}\n`);
  });

  it("has every component that the package exports, and no other", () => {
    const names = Object.keys(schema.resources).map((token) => token.split(":").at(-1));
    expect(names.sort()).toEqual(componentNames().sort());
    expect(names.length).toBeGreaterThanOrEqual(5);
  });

  it("shows exactly the outputs that are meant for users", () => {
    const outputs = Object.entries(schema.resources).map(
      ([token, { properties }]) => [token.split(":").at(-1), Object.keys(properties ?? {}).sort()] as const,
    );
    expect(Object.fromEntries(outputs)).toEqual({
      AlertmanagerPeer: ["apiUrl"],
      DropletFirewall: ["firewallId"],
      DropletHost: ["address", "connection", "dropletId", "ipv4Address", "ipv6Address", "name"],
      HaproxyMtlsGateway: ["inboundRules", "sockets"],
      HostFirewall: ["ruleset"],
      MonitoringStack: ["monitors", "targets", "trustBundle"],
      PrivateCA: ["certificates", "trustBundle"],
      PrometheusServer: ["inboundRules", "tunnel", "url"],
      ScrapeTarget: ["endpoints", "inboundRules"],
      SshHost: ["address", "connection", "name"],
      WireGuardLink: ["addresses", "hostAddresses", "inboundRules", "interfaceName", "publicKeys"],
    });
  });

  it("describes every component, input, output and field in a sentence", () => {
    const undescribed: string[] = [];
    const look = (path: string, descriptions: Record<string, { description?: string }>) => {
      for (const [name, { description = "" }] of Object.entries(descriptions)) {
        if (!/\S.*[.?:)`]$/s.test(description.trim()) || description.includes("[object"))
          undescribed.push(`${path}.${name}`);
      }
    };
    look("", schema.resources);
    for (const [token, resource] of Object.entries(schema.resources)) {
      look(token, resource.inputProperties ?? {});
      look(token, resource.properties ?? {});
    }
    for (const [token, type] of Object.entries(schema.types)) look(token, type.properties ?? {});
    expect(undescribed).toEqual([]);
  });

  it("names only types that it has, and has only types that are named", () => {
    const text = JSON.stringify({ resources: schema.resources, types: schema.types });
    const named = [...text.matchAll(/"\$ref":"#\/types\/([^"]+)"/g)].map(([, token]) =>
      decodeURIComponent(token ?? ""),
    );
    expect([...new Set(named)].sort()).toEqual(Object.keys(schema.types).sort());
  });

  it("lets a program in another language pass outputs for everything that is known only after a deployment", () => {
    const plain = (type: string, fields: string[]) =>
      fields.filter((field) => schema.types[`ha-monitoring:index:${type}`]?.properties?.[field]?.plain);
    expect(plain("Host", ["name", "address", "connection"])).toEqual([]);
    expect(plain("SshConnection", ["host", "port", "user", "privateKey", "hostKey", "bastion"])).toEqual([]);
    expect(plain("CertificateBundle", ["certificatePem", "trustBundlePem", "uid", "gid"])).toEqual([]);
    expect(plain("GatewayPeer", ["name", "address", "loopbackAddress"])).toEqual([]);
    expect(plain("MonitorArgs", ["address"])).toEqual([]);
  });
});

// The order of properties is that of the sources and no part of the API.
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
