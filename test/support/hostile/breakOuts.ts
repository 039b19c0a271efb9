import type { Unwrap } from "@pulumi/pulumi";
import type { MonitoringStackArgs, SshBastion } from "../../../components";
import { hostConnection } from "../../../model/connections";
import { sshDefaults, withDefaults } from "../../../model/defaults";
import { renderKnownHosts, renderSshOptions } from "../../../templates/host/sshOptions";
import { readKnownHosts, readWords } from "./languages";
import { readInputs } from "./readers";
import type { RenderedDelta, Resources } from "./rendering";
import { differences, replaceText, type Replacement, type Tree } from "./tree";

/** A stack before a replacement, and what it registers. */
export class RenderedStack {
  private readonly trees = new Map<string, Tree>();

  constructor(
    readonly args: MonitoringStackArgs,
    readonly resources: Resources,
  ) {}

  /** The inputs of a resource, read once. */
  tree(name: string): Tree {
    const tree = this.trees.get(name) ?? readInputs(this.resources[name]);
    this.trees.set(name, tree);
    return tree;
  }
}

/** What a text in the place of another one changed in what is rendered, beside the text itself. */
export function breakOuts(
  before: RenderedStack,
  after: { args: MonitoringStackArgs; delta: RenderedDelta },
  replacement: Replacement,
): string[] {
  const { errors, changed, gone } = after.delta;
  if (errors.length > 0) return errors.map((error) => `accepted, and then: ${error}`);
  const expected = new Map(
    Object.keys(before.resources).map((name) => [replaceText(name, replacement), name]),
  );
  const more = Object.keys(changed).filter((name) => !expected.has(name));
  return [
    ...more.map((name) => `${JSON.stringify(name)} is more than there should be`),
    ...[...expected].flatMap(([name, old]) => {
      const inputs = changed[name];
      if (inputs === undefined)
        return name !== old || gone.includes(name) ? [`${JSON.stringify(name)} is missing`] : [];
      const tree = unreadable(() => readInputs(inputs, before.resources[old], replacement));
      return differences(before.tree(old), tree, replacement, name);
    }),
    ...differences(
      readSsh(before.args),
      unreadable(() => readSsh(after.args)),
      replacement,
      "ssh",
    ),
  ];
}

// What cannot be read differs from everything.
function unreadable(read: () => Tree): Tree {
  try {
    return read();
  } catch (error) {
    return [`it cannot be read: ${(error as Error).message}`];
  }
}

/** What the docker provider's ssh is given; the renderer has no provider. The last one is the command for the tunnel. */
function readSsh(args: MonitoringStackArgs): Tree {
  return [...args.monitors, ...(args.targets ?? [])].map((each): Tree => {
    const { name, address, region } = each;
    if (region !== undefined) return [];
    const connection = hostConnection(args, each);
    const { bastion } = connection;
    const ends = [
      { ...connection, host: connection.host ?? address },
      ...(bastion ? [bastion] : []),
    ] as SshBastion[];
    return ends.map((end) => {
      const { host, port, user, hostKey } = withDefaults(sshDefaults, end) as Unwrap<SshBastion>;
      const known = { address: host, port: port ?? 22, user: user ?? "" };
      const options = renderSshOptions({ ...known, alias: name, identityFile: "/key" }, "/socket");
      return [readWords(options.join("\n")), readKnownHosts(renderKnownHosts(name, hostKey ?? ""))];
    });
  });
}
