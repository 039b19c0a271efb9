import * as pulumi from "@pulumi/pulumi";
import { partProblems, type AnyField } from "../model/fields";
import { sentences, under, type Path, type Problem } from "../model/problem";
import { completeCurrentMocks } from "./host/mocks";

/**
 * A value that has been checked, alone or as a part of the arguments. What is known is checked at once, before anything is registered; an Output is checked when its value is
 * known.
 *
 * @param path where the value stands in the component's arguments.
 * @throws pulumi.ResourceError with every problem, on the component.
 */
export function checked<T>(
  component: pulumi.Resource,
  field: AnyField,
  value: T,
  path: Path = [],
): pulumi.Output<pulumi.Unwrap<T>> {
  const check = (known: unknown) => refuse(component, under(path, partProblems(field, known)));
  check(value);
  return pulumi.output(value).apply((known) => {
    check(known);
    return known;
  });
}

/** Throws one error on the component that lists all problems, if there are any. */
export function refuse(component: pulumi.Resource, problems: Problem[]): void {
  // Every component has its arguments checked before it makes a child, which is when the mocks of a unit test must be complete.
  completeCurrentMocks();
  if (problems.length === 0) return;
  const lines = sentences(problems);
  const text = lines.length === 1 ? lines[0] : lines.map((line) => `\n  - ${line}`).join("");
  throw new pulumi.ResourceError(`${text}`, component, true);
}
