import * as pulumi from "@pulumi/pulumi";

/**
 * An input whose value has been checked. What is plain is checked at once, so that a mistake is known before anything is registered;
 * what is an output is checked when its value is known.
 *
 * @throws pulumi.ResourceError with every problem, on the component.
 */
export function checked<T>(
  component: pulumi.Resource,
  input: T,
  problemsOf: (value: pulumi.Unwrap<T>) => string[],
): pulumi.Output<pulumi.Unwrap<T>> {
  const check = (value: pulumi.Unwrap<T>) => {
    refuse(component, problemsOf(value));
    return value;
  };
  if (isPlain(input)) check(input as pulumi.Unwrap<T>);
  return pulumi.output(input).apply((value) => check(value) as pulumi.Unwrap<T>) as pulumi.Output<
    pulumi.Unwrap<T>
  >;
}

/** Throws one error that lists all problems, if there are any. */
export function refuse(component: pulumi.Resource, problems: string[]): void {
  if (problems.length === 0) return;
  const text = problems.length === 1 ? problems[0] : problems.map((problem) => `\n  - ${problem}`).join("");
  throw new pulumi.ResourceError(`${text}`, component, true);
}

/** Whether a value holds no output and no promise, at any depth. */
export function isPlain(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every(isPlain);
}

/** What is wrong with a name that must be a DNS label (RFC 1123), as sentences. */
export function labelProblems(path: string, name: string): string[] {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return [];
  return [
    `${path}: "${name}" is not a DNS label; use 1 to 63 lower case letters, digits and hyphens, e.g. "monitor-a"`,
  ];
}
