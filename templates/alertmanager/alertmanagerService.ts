import { alertmanagerLayout as layout } from "./alertmanagerLayout";
import { hardening, renderSystemdUnit } from "../host/systemdUnit";

/** The unit that the timer starts: a container that `docker kill` has ended is started again. */
export function renderAlertmanagerWatchService(): string {
  return renderSystemdUnit({
    Unit: [
      ["Description", "Watch over the Alertmanager of ha-monitoring"],
      // A look that goes on when the timer is stopped could start the container that is being removed.
      ["PartOf", layout.watchTimer],
    ],
    Service: [
      ["Type", "oneshot"],
      ["ExecStart", `/bin/sh ${layout.watchProgram} ${layout.container}`],
      // Docker may hang.
      ["TimeoutStartSec", "60"],
      // The journal gets what the program says, not two lines each time it has nothing to say.
      ["SyslogLevel", "notice"],
      ["LogLevelMax", "notice"],
      // Requests to Docker and to systemd, both over Unix sockets.
      ...hardening,
      ["PrivateNetwork", "yes"],
      ["IPAddressDeny", "any"],
      ["RestrictAddressFamilies", "AF_UNIX"],
    ],
  });
}

/** Ten seconds between two looks. */
export function renderAlertmanagerWatchTimer(): string {
  return renderSystemdUnit({
    Unit: [["Description", "Timer of the watch over the Alertmanager of ha-monitoring"]],
    Timer: [
      ["OnActiveSec", "10"],
      ["OnUnitInactiveSec", "10"],
      ["AccuracySec", "1"],
    ],
    Install: [["WantedBy", "timers.target"]],
  });
}
