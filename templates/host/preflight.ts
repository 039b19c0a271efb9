import type { Preflight } from "../../model/preflight";
import { wireGuardLayout } from "../overlay/wireGuardLayout";

/** The text that `apply preflight` reads on a host: a line for everything that the stack needs of it. */
export function renderPreflight(
  host: string,
  stack: string,
  { listeners, sshPort, sshLogins, open, interfaceName, networks, space, needsDocker }: Preflight,
): string {
  const lines = [
    `preflight ${host} for ${stack}`,
    `service ${wireGuardLayout.unit}`,
    ...listeners.map(
      ({ protocol, address, port, setting }) => `listen ${protocol} ${address} ${port} ${setting}`,
    ),
    ...(sshPort === undefined ? [] : [`ssh ${sshPort}`]),
    `logins ${sshLogins}`,
    ...open.map(
      ({ family, protocol, port, networkInterface = "-" }) =>
        `open ${family} ${protocol} ${port} ${networkInterface}`,
    ),
    `interface ${interfaceName}`,
    ...networks.map((network) => `network ${network}`),
    ...space.map(({ directory, megabytes }) => `space ${directory} ${megabytes}`),
    ...(needsDocker ? ["docker"] : []),
    "end",
  ];
  return `${lines.join("\n")}\n`;
}
