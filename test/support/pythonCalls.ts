import { Computed, type Written } from "./schemaProblems";

/** A call of one of a module's classes: `module.name("resource", argument=value, ...)`. */
export interface PythonCall {
  name: string;
  args: Record<string, Written>;
}

/**
 * The calls of a module's classes in a Python program: literals, dictionaries and lists as they are, every other expression as computed.
 * What is read with `require_secret`, or is a property of a resource, counts as an output.
 */
export function pythonCalls(program: string, module: string): PythonCall[] {
  const secrets = [...program.matchAll(/^(\w+) = .*\.(?:require|get)_secret\(/gm)].map(([, name]) => name);
  const begins = [...program.matchAll(new RegExp(`\\b${module}\\.(\\w+)\\(`, "g"))];
  return begins.map((match) => {
    const reader = new Reader(program, match.index + match[0].length, secrets as string[]);
    return { name: match[1] ?? "", args: reader.keywordArguments() };
  });
}

class Reader {
  constructor(
    private readonly text: string,
    private position: number,
    private readonly secrets: string[],
  ) {}

  keywordArguments(): Record<string, Written> {
    const args: Record<string, Written> = {};
    while (!this.take(/\)/)) {
      const name = this.take(/(\w+)\s*=(?!=)/)?.[1];
      const value = this.value();
      if (name) args[name] = value;
      this.take(/,/);
    }
    return args;
  }

  private value(): Written {
    const [, text] = this.take(/"([^"\\]*)"(?=\s*[,)\]}:])/) ?? [];
    if (text !== undefined) return text;
    const [number] = this.take(/-?\d+(\.\d+)?(?=\s*[,)\]}])/) ?? [];
    if (number !== undefined) return Number(number);
    const [boolean] = this.take(/(True|False)\b/) ?? [];
    if (boolean !== undefined) return boolean === "True";
    if (this.take(/\{/)) return this.dictionary();
    if (this.take(/\[/)) return this.list();
    return this.expression();
  }

  private dictionary(): Record<string, Written> {
    const entries: Record<string, Written> = {};
    while (!this.take(/\}/)) {
      const [, key] = this.take(/"([^"\\]*)"\s*:/) ?? this.fail("a key");
      entries[key as string] = this.value();
      this.take(/,/);
    }
    return entries;
  }

  private list(): Written[] {
    const items: Written[] = [];
    while (!this.take(/\]/)) {
      items.push(this.value());
      this.take(/,/);
    }
    return items;
  }

  // A name, its attributes and calls of them with literals: config.require("address").
  private expression(): Computed {
    const [text] = this.take(/[a-z_]\w*(\.\w+|\("[^"]*"\))*(?=\s*[,)\]}])/) ?? this.fail("an expression");
    const isConfigured = text.startsWith("config.") && !text.includes("_secret(");
    return new Computed(this.secrets.includes(text) || (text.includes(".") && !isConfigured));
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    const sticky = new RegExp(`\\s*${pattern.source}`, "y");
    sticky.lastIndex = this.position;
    const match = sticky.exec(this.text);
    if (match) {
      this.position = sticky.lastIndex;
      match[0] = match[0].trimStart();
    }
    return match;
  }

  private fail(wanted: string): never {
    throw new Error(`${wanted} is expected at: ${this.text.slice(this.position, this.position + 60)}`);
  }
}
