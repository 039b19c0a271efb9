import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, visit, type Document } from "yaml";
import { formatPath, type Path } from "../../model/problem";

/**
 * Reads the text of a YAML file as the Go programs do that read it: one document, in which `<<` merges and a key stands once.
 *
 * @throws RangeError with the reason, a sentence without its subject, which quotes names of keys but no values: they may be secrets.
 */
export function readGoYaml(text: string): unknown {
  const documents = parse(text, true);
  for (const { errors } of documents) {
    for (const { message } of errors) throw new RangeError(notYaml(message));
  }
  const problem = structureProblem(documents);
  if (problem !== undefined) throw new RangeError(problem);
  try {
    return documents[0]?.toJS();
  } catch (error) {
    throw new RangeError(notYaml((error as Error).message), { cause: error });
  }
}

// After its first line the message quotes the text.
function notYaml(message: string): string {
  return `is not YAML: ${message.split(":\n")[0]}`;
}

// Go's reader takes some texts that this one refuses, such as a quoted text whose further lines are not indented; none with these errors.
const certainErrors = ["BAD_SCALAR_START", "BLOCK_AS_IMPLICIT_KEY", "BAD_DQ_ESCAPE"];

/** Why a text is not read as what is written, a sentence without its subject; undefined also when only Go's reader can tell. */
export function misreadYaml(text: string): string | undefined {
  const documents = parse(text, true);
  const [error] = documents.flatMap(({ errors }) => errors).sort((one, other) => one.pos[0] - other.pos[0]);
  if (error === undefined) return structureProblem(documents);
  return certainErrors.includes(error.code) ? notYaml(error.message) : undefined;
}

/**
 * Reads a YAML file as Pulumi's loader does, which is that of yaml.v3 of Go: `<<` merges, 0123 is octal, a date is a point in time, and names
 * are what is written.
 *
 * @throws RangeError with the reason.
 */
export function readPulumiYaml(text: string): unknown {
  const documents = parse(text, false);
  for (const { errors } of documents) for (const { message } of errors) throw new RangeError(message.trim());
  const [document] = documents;
  if (document === undefined) return undefined;
  visit(document, {
    Scalar: (key, scalar) => {
      if (scalar.type !== "PLAIN" || scalar.tag !== undefined || scalar.source === undefined) return;
      if (key === "key") {
        if (scalar.source !== "<<") scalar.value = scalar.source;
      } else scalar.value = plainValue(scalar.source, scalar.value);
    },
  });
  return document.toJS();
}

function parse(text: string, mayRepeatKeys: boolean): Document.Parsed[] {
  const documents = parseAllDocuments(text, { merge: true, logLevel: "error", uniqueKeys: !mayRepeatKeys });
  return Array.isArray(documents) ? documents : [];
}

function structureProblem(documents: Document.Parsed[]): string | undefined {
  if (documents.slice(1).some(({ contents }) => !isEmpty(contents))) {
    return 'has more than one document, of which only the first would be read; put all into one, without a line "---" in between';
  }
  const repeated = documents[0] && repeatedKey(documents[0].contents, []);
  return repeated && `has the key ${formatPath(repeated)} twice; leave one of them out, or put both into one`;
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

/** The path of the first key that stands twice in its mapping. */
function repeatedKey(node: unknown, path: Path): Path | undefined {
  if (isAlias(node)) return undefined;
  if (isSeq(node)) return firstOf(node.items.map((item, index) => () => repeatedKey(item, [...path, index])));
  if (!isMap(node)) return undefined;
  const seen = new Set<string>();
  return firstOf(
    node.items.map(({ key, value }) => () => {
      const name = isScalar(key) ? String(key.source ?? key.value) : undefined;
      // Upstream's reader of Alertmanager's configuration merges each of several.
      if (name === undefined || name === "<<") return undefined;
      if (seen.has(name)) return [...path, name];
      seen.add(name);
      return repeatedKey(value, [...path, name]);
    }),
  );
}

function firstOf(finds: (() => Path | undefined)[]): Path | undefined {
  for (const find of finds) {
    const found = find();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A value without quotes, as yaml.v3 reads it and Pulumi passes it on in JSON: go.yaml.in/yaml/v3, resolve.go. */
function plainValue(source: string, value: unknown): unknown {
  if (/^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/.test(source)) {
    throw new RangeError(
      `${source} is a number that Pulumi cannot pass on; put it in quotes if it is a text`,
    );
  }
  const [, sign = "", digits = ""] = /^([-+]?)([0-9].*)$/.exec(source.replaceAll("_", "")) ?? [];
  const negative = sign === "-" ? -1 : 1;
  if (/^0[0-7]+$/.test(digits)) return negative * parseInt(digits, 8);
  if (/^0[xX][0-9a-fA-F]+$|^0[bB][01]+$|^0[oO][0-7]+$/.test(digits)) return negative * Number(digits);
  if (source.includes("_") && /^[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?$/.test(digits))
    return negative * Number(digits);
  if (/^\d{4}-\d{2}-\d{2}$/.test(source) && !Number.isNaN(Date.parse(source))) return `${source}T00:00:00Z`;
  return value;
}
