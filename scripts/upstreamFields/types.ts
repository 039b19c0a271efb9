import type { FieldTable } from "../../model/upstreamFields";

/** Structs whose types are made with all that is in them, and the fields that they must have. */
const roots: Readonly<Record<string, readonly string[]>> = {
  "config.Receiver": ["name"],
  "config.TimeInterval": ["name", "time_intervals"],
};

/** Structs whose own names would be those of others, or would say too little. */
const names: Readonly<Record<string, string>> = {
  "timeinterval.TimeInterval": "AlertmanagerTimeIntervalEntry",
  "timeinterval.yamlTimeRange": "AlertmanagerTimeRange",
};

/** Fields of texts that people write as numbers. */
const mixed = ["days_of_month", "months", "years"];

/** TypeScript and a sentence for each kind of a single value. */
const scalars: Readonly<Record<string, [type: string, says: string]>> = {
  text: ["string", "A text."],
  secret: ["string", "A secret text."],
  flag: ["boolean", "True or false."],
  integer: ["number", "A whole number."],
  natural: ["number", "A whole number from 0 on."],
  number: ["number", "A number."],
  duration: ["string", "A duration, e.g. `1m30s`."],
  goDuration: ["string", "A duration of Go, e.g. `1m30s`."],
  url: ["string", "A URL."],
  webUrl: ["string", "A URL with http or https."],
  secretUrl: ["string", "A secret URL with http or https."],
  secretTemplateUrl: ["string", "A secret URL with http or https, or a template of one."],
  hostPort: ["string", "Host and port, e.g. `mail.example.com:587`."],
  anything: ["any", "Any value."],
};

type Fields = Readonly<Record<string, string>>;

/** The TypeScript interfaces of receivers and time intervals. */
export function typesText(table: FieldTable): string {
  const written = new Map<string, string>();
  for (const root of Object.keys(roots)) write(table, root, written);
  return [...written.values()].join("\n");
}

function write(table: FieldTable, struct: string, written: Map<string, string>): void {
  const name = typeName(struct);
  if (written.has(name)) return;
  // Its own place is kept before those of its fields, which may lead back here.
  written.set(name, "");
  const required = roots[struct] ?? [];
  const fields = Object.entries(allFields(table, struct)).sort(([one], [other]) => (one < other ? -1 : 1));
  const lines = fields.map(([field, kind]) => {
    const type = mixed.includes(field) ? "any[]" : typeOf(table, kind, written);
    return `/** ${sentence(kind)} */\n${field}${required.includes(field) ? "" : "?"}: pulumi.Input<${type}>;`;
  });
  written.set(
    name,
    `/** \`${struct}\` of ${table.program} ${table.version}, in its own field names. */\nexport interface ${name} {\n${lines.join("\n")}\n}\n`,
  );
}

function allFields(table: FieldTable, struct: string): Fields {
  const { "+": inlined = "", ...own } = table.structs[struct] as Record<string, string>;
  const inner = inlined.split(",").filter(Boolean);
  return Object.assign({}, ...inner.map((each) => allFields(table, each)), own) as Fields;
}

function typeOf(table: FieldTable, kind: string, written: Map<string, string>): string {
  // Programs in other languages have no unions.
  if (kind.includes("|")) return "any";
  if (kind.startsWith("[]")) return `pulumi.Input<${typeOf(table, kind.slice(2), written)}>[]`;
  if (kind.startsWith("{}")) return `Record<string, pulumi.Input<${typeOf(table, kind.slice(2), written)}>>`;
  const scalar = scalars[kind]?.[0];
  if (scalar !== undefined) return scalar;
  const others = table.structs[kind]?.["*"];
  if (others !== undefined) return typeOf(table, `{}${others}`, written);
  write(table, kind, written);
  return typeName(kind);
}

function typeName(struct: string): string {
  return names[struct] ?? `Alertmanager${struct.split(".")[1] ?? ""}`;
}

function sentence(kind: string): string {
  if (kind.includes("|")) return "A text or a section.";
  if (kind.startsWith("[]")) return "A list.";
  if (kind.startsWith("{}")) return "Values by name.";
  return scalars[kind]?.[1] ?? "A section.";
}
