/** Where an exporter lives on a machine, by its name with hyphens; one place for every path and name that more than one file needs. */
export function exporterLayout(name: string) {
  const directory = `/etc/ha-monitoring/exporters/${name}`;
  const unit = `ha-monitoring-${name}.service`;
  const socket = `ha-monitoring-${name}.socket`;
  return {
    parent: "/etc/ha-monitoring/exporters",
    directory,
    unit,
    unitFile: `/etc/systemd/system/${unit}`,
    socket,
    socketFile: `/etc/systemd/system/${socket}`,
    /** Read by systemd as root, before it starts the program. */
    secretsDirectory: `${directory}/secrets`,
    environmentFile: `${directory}/secrets/.environment`,
    /** Where the program finds its secret files. */
    credentials: `/run/credentials/${unit}`,
    stateDirectory: `/var/lib/ha-monitoring-${name}`,
    onOverlayProgram: `/usr/local/libexec/ha-monitoring/${name}-on-overlay`,
  };
}
