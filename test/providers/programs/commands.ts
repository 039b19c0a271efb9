/**
 * Commands as a configuration value describes them: `commands` is JSON, a list of `{name, ...inputs, dependsOn?, secretStdin?, options?}`. They
 * are children of a component whose name, and then its former names, `group` lists.
 * One program serves most tests, so that a test shows all that it needs.
 */

import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

interface Description {
  name: string;
  create?: string;
  update?: string;
  delete?: string;
  stdin?: string;
  secretStdin?: string;
  /** The stdin is another command's stdout. */
  stdinFrom?: string;
  triggers?: string[];
  dependsOn?: string[];
  parent?: string;
  deletedWith?: string;
  options?: pulumi.CustomResourceOptions;
  connection?: object;
}

const config = new pulumi.Config();
const connection = pulumi.secret(config.requireSecretObject<object>("connection"));
const made: Record<string, remote.Command> = {};
const [groupName = "group", ...formerNames] = config.getObject<string[]>("group") ?? [];
const group = new pulumi.ComponentResource(
  "test:index:Group",
  groupName,
  {},
  { aliases: formerNames.map((name) => ({ name })) },
);

for (const description of config.requireObject<Description[]>("commands")) {
  const { name, secretStdin, stdinFrom, dependsOn, deletedWith, parent, options, stdin, ...inputs } =
    description;
  const other = (key: string) =>
    made[key] ??
    (() => {
      throw new Error(`no command ${key}`);
    })();
  made[name] = new remote.Command(
    name,
    {
      ...inputs,
      connection: (inputs.connection ?? connection) as pulumi.Input<{ host: string }>,
      logging: remote.Logging.None,
      stdin: stdinFrom ? other(stdinFrom).stdout : secretStdin ? pulumi.secret(secretStdin) : stdin,
    },
    {
      ...options,
      parent: parent ? other(parent) : group,
      ...(dependsOn ? { dependsOn: dependsOn.map(other) } : {}),
      ...(deletedWith ? { deletedWith: other(deletedWith) } : {}),
    },
  );
}

module.exports = Object.fromEntries(Object.entries(made).map(([name, command]) => [name, command.stdout]));
