import {
  Document,
  visit,
  type CreateNodeOptions,
  type DocumentOptions,
  type SchemaOptions,
  type ToStringOptions,
} from "yaml";

/**
 * Characters that Go's reader of YAML, which follows version 1.1, takes as the end of a line or refuses, and that the writer, which follows
 * version 1.2, leaves as they are: in a block of text, what follows such an end could be another entry.
 */
const misread = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** The text of a document for programs that read YAML 1.1 or 1.2. */
export function renderYaml(
  value: unknown,
  options: DocumentOptions & SchemaOptions & CreateNodeOptions & ToStringOptions = {},
): string {
  // Texts that are a flag or a number in version 1.1, such as "yes" and "0b101", keep their quotes.
  const document = new Document(value, { compat: "yaml-1.1", ...options });
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === "string" && scalar.value.search(misread) >= 0) scalar.type = "QUOTE_DOUBLE";
    },
  });
  // Only texts in double quotes have such a character now, and there it can be escaped.
  return document.toString({ lineWidth: 0, ...options }).replaceAll(misread, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
