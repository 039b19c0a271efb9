import { Document, isMap, type YAMLMap } from "yaml";
import type { StackHost } from "./stackHosts";

const header = ` Hosts of an Ansible inventory. Save it as Pulumi.<stack>.yaml, then set what is secret:
   cat KEYFILE | pulumi config set --secret sshPrivateKey`;
const nobody = ` No notification is sent yet: put the route and the receivers of your alertmanager.yml here.`;
const unverified = " UNVERIFIED: what answered ssh-keyscan; compare it on the host.";

/** The file of a stack with these hosts, and alerting that tells nobody. */
export function renderStackFile(monitors: StackHost[], targets: StackHost[]): string {
  const document = new Document({
    config: {
      "ha-monitoring:monitors": monitors,
      "ha-monitoring:targets": targets,
      "ha-monitoring:alerting": {
        config: { route: { receiver: "nobody" }, receivers: [{ name: "nobody" }] },
      },
    },
  });
  document.commentBefore = header;
  const keyOf = (path: (string | number)[], name: string) => {
    const map = document.getIn(path);
    return isMap(map)
      ? map.items.find(({ key }) => (key as { value: unknown }).value === name)?.key
      : undefined;
  };
  comment(keyOf(["config"], "ha-monitoring:alerting"), nobody);
  for (const [list, hosts] of Object.entries({ monitors, targets })) {
    hosts.forEach((host, index) => {
      const path = ["config", `ha-monitoring:${list}`, index, "connection"];
      const ends = [
        { at: path, end: host.connection, address: host.address, port: host.connection.port },
        ...(host.connection.bastion
          ? [
              {
                at: [...path, "bastion"],
                end: host.connection.bastion,
                address: host.connection.bastion.host,
                port: host.connection.bastion.port,
              },
            ]
          : []),
      ];
      for (const { at, end, address, port } of ends) {
        if (end.hostKey !== undefined) comment(keyOf(at, "hostKey"), unverified);
        else missing(document.getIn(at) as YAMLMap, address, port);
      }
    });
  }
  return document.toString({ lineWidth: 0 });
}

function comment(node: unknown, text: string): void {
  if (typeof node === "object" && node !== null) (node as { commentBefore?: string }).commentBefore = text;
}

function missing(connection: YAMLMap, address: string, port = 22): void {
  const scan = `ssh-keyscan -t ed25519${port === 22 ? "" : ` -p ${port}`} ${address}`;
  connection.comment = ` hostKey: the key that "${scan}" prints, compared on the host`;
}
