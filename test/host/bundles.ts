import type { HostBundle } from "../../templates/host/hostBundle";

const name = "demo";
const user = "ha-monitoring-demo";
const unit = `${user}.service`;
const directory = "/etc/ha-monitoring/demo";
const state = "/var/lib/ha-monitoring-demo";

/** Names in the demo bundle: a small service which notes what happens to it. */
export const demo = {
  name,
  user,
  unit,
  directory,
  state,
  conf: `${directory}/demo.conf`,
  key: `${directory}/demo.key`,
  unitFile: `/etc/systemd/system/${unit}`,
  events: `${state}/events`,
  /** How its errors begin. */
  says: "ha-monitoring: monitor-a: bundle demo:",
};

export interface DemoChanges extends Partial<HostBundle> {
  /**
   * Content of the configuration. With "refused" in it the check is red, with "broken" the service does not start, with "unloadable" it
   * does not reload, with "sick" the probe stays red.
   */
  conf?: string;
  description?: string;
}

export function demoBundle({ conf = "one", description = "Demo", ...rest }: DemoChanges = {}): HostBundle {
  const has = (word: string) => `grep -q ${word} ${demo.conf}`;
  const note = (event: string) => `echo ${event} >>${demo.events}`;
  const service = [
    "[Unit]",
    `Description=${description}`,
    "[Service]",
    "Type=exec",
    `User=${user}`,
    `ExecStartPre=/bin/sh -c 'if ${has("broken")}; then echo the demo is broken; exit 3; fi'`,
    "ExecStart=/bin/sleep infinity",
    `ExecStartPost=/bin/sh -c '${note("started")}'`,
    `ExecReload=/bin/sh -c 'if ${has("unloadable")}; then echo the demo does not reload; exit 4; fi; ${note("reloaded")}'`,
    "[Install]",
    "WantedBy=multi-user.target",
  ].join("\n");
  return {
    name,
    host: "monitor-a",
    users: [user],
    directories: [
      { path: "/etc/ha-monitoring", mode: "0755", owner: "root:root" },
      { path: directory, mode: "0750", owner: `root:${user}` },
      { path: state, mode: "0750", owner: `${user}:${user}`, state: true },
    ],
    files: [
      { path: demo.conf, mode: "0640", owner: `root:${user}`, content: conf },
      { path: demo.unitFile, mode: "0644", owner: "root:root", content: service },
    ],
    checks: [
      `if grep refused "$(staged ${demo.conf})"; then false; fi`,
      `systemd-analyze verify "$(staged ${demo.unitFile})"`,
    ],
    services: [{ unit, restartOn: [demo.unitFile], reloadOn: [demo.conf] }],
    onChange: [note("changed")],
    probes: [{ within: 3, run: `! ${has("sick")}` }],
    ...rest,
  };
}

/** Shell that waits until somebody makes a file, and says by another file that it does; a test that has failed ends it after a minute. */
export function waitFor(file: string, begun = "/dev/null"): string {
  return `touch ${begun}; for n in $(seq 600); do [ ! -e ${file} ] || break; sleep 0.1; done`;
}

/** Adds files to a bundle. */
export function withFiles(
  bundle: HostBundle,
  ...files: [path: string, content: string, mode?: string][]
): HostBundle {
  const added = files.map(([path, content, mode = "0644"]) => ({ path, content, mode, owner: "root:root" }));
  return { ...bundle, files: [...(bundle.files ?? []), ...added] };
}
