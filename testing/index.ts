/** For unit tests of programs that use ha-monitoring: docs/testing-your-program.md. */
import * as pulumi from "@pulumi/pulumi";
import { completedMocks } from "../components/host/mocks";

/**
 * Mocks for `pulumi.runtime.setMocks` under which all components work: no host, no provider and no engine is needed. Every output depends
 * on the names of resources only, so that it is the same in every run. In a preview (the fourth argument of `setMocks`) what only a host
 * or a provider knows is unknown.
 *
 * @param own answers of your own: `newResource` for resources, whose outputs win over ours, and `call` for functions. Without them,
 * resources return their inputs, and functions their arguments.
 */
export function mocks(own: Partial<pulumi.runtime.Mocks> = {}): pulumi.runtime.Mocks {
  return completedMocks({
    newResource: ({ inputs }) => ({ id: undefined, state: inputs as object }),
    call: ({ inputs }) => inputs as Record<string, unknown>,
    ...own,
  });
}

/**
 * The value of an output, also of a secret one; undefined if it is unknown, as in a preview.
 *
 * @throws the error because of which the output has no value.
 */
export async function valueOf<T>(output: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> {
  // The SDK's own way to wait for a value; it is not part of the declared type.
  const waited = pulumi.output(output) as unknown as { promise(): Promise<pulumi.Unwrap<T>> };
  return waited.promise();
}
