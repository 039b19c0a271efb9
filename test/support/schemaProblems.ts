import type { ComplexType, PackageSpec } from "@pulumi/pulumi/provider/experimental/schema";

/** A value that is not written down in a program but computed by it: known before anything is deployed, or an output. */
export class Computed {
  constructor(readonly isOutput: boolean) {}
}

/** Something written in a program: literals, lists and objects of them, and what is computed. */
export type Written = string | number | boolean | Computed | Written[] | { [key: string]: Written };

interface Type {
  type?: string;
  $ref?: string;
  items?: Type;
  additionalProperties?: Type;
  plain?: boolean;
}

interface ObjectSpec {
  properties?: Record<string, unknown>;
  required?: string[];
}

const localTypes = "#/types/";

/**
 * What is wrong with a component's arguments as a program writes them, one line each: properties that the schema does not have, values of
 * another type, outputs where only plain values can be, and what is missing.
 *
 * @param token type of the component, e.g. `ha-monitoring:index:SshHost`.
 * @param spelling how the program's language spells a property.
 */
export function schemaProblems(
  schema: PackageSpec,
  token: string,
  args: Record<string, Written>,
  spelling: (property: string) => string = (property) => property,
): string[] {
  const resource = schema.resources[token];
  if (!resource) return [`${token}: the package has no such component`];
  const fields = (path: string, spec: ObjectSpec, value: Record<string, Written>): string[] => {
    const known = Object.fromEntries(
      Object.entries(spec.properties ?? {}).map(([name, each]) => [spelling(name), each as Type]),
    );
    const missing = (spec.required ?? []).map(spelling).filter((name) => !(name in value));
    return [
      ...missing.map((name) => `${path}.${name}: is required and missing`),
      ...Object.entries(value).flatMap(([name, each]) => {
        const type = known[name];
        return type ? check(`${path}.${name}`, type, each) : [`${path}.${name}: there is no such property`];
      }),
    ];
  };
  const check = (path: string, type: Type, value: Written): string[] => {
    if (value instanceof Computed)
      return value.isOutput && type.plain ? [`${path}: cannot be an output, which is known too late`] : [];
    const reference = type.$ref ?? "";
    if (reference.startsWith(localTypes)) {
      const name = decodeURIComponent(reference.slice(localTypes.length));
      const spec = schema.types[name] as ComplexType;
      if (spec.enum) {
        const allowed: unknown[] = spec.enum.map((each) => each.value);
        return allowed.includes(value) ? [] : [`${path}: must be one of ${allowed.map(String).join(", ")}`];
      }
      if (!isObject(value)) return [`${path}: must be an object`];
      return fields(path, spec, value);
    }
    // Anything at all.
    if (reference !== "") return [];
    if (type.type === "array") {
      if (!Array.isArray(value)) return [`${path}: must be a list`];
      return value.flatMap((each, index) => check(`${path}[${index}]`, type.items as Type, each));
    }
    if (type.type === "object") {
      if (!isObject(value)) return [`${path}: must be an object`];
      return Object.entries(value).flatMap(([name, each]) =>
        check(`${path}.${name}`, type.additionalProperties as Type, each),
      );
    }
    return typeof value === type.type ? [] : [`${path}: must be of type ${type.type}`];
  };
  return fields(token, { properties: resource.inputProperties, required: resource.requiredInputs }, args);
}

function isObject(value: Written): value is { [key: string]: Written } {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Computed);
}
