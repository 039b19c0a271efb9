import { checkUnits, type BundleCheck } from "../host/bundleChecks";
import { shellWord, type BundleCommand, type BundleFile, type HostBundle } from "../host/hostBundle";
import { prometheusLayout as layout, targetsFile } from "./prometheusLayout";
import {
  renderPrometheusOverlayService,
  renderPrometheusOverlaySocket,
  renderPrometheusService,
  type PrometheusService,
} from "./prometheusService";
import { renderPrometheusTargets, type PrometheusTarget } from "./prometheusTargets";
import { programDirectories, readProgram } from "../host/programs";

type Bundle = Omit<HostBundle, "name" | "host">;

/** Everything of a Prometheus but its program and its targets. */
export interface PrometheusServerParts {
  yml: string;
  /** Rule files: content by file name. */
  rules: Record<string, string>;
  service: PrometheusService;
  /** What its unit needs of the distribution's packages. */
  commands: BundleCommand[];
  /** Path of the promtool that belongs to the program. */
  promtool: string;
  /** Its version, where it is known: that of a package is not. */
  version?: string;
  /** Where it is served on the overlay, if at all, and to whom. */
  overlay?: { address: string; readers: string[] };
  /** Seconds within which it must be ready after a start. */
  readyWithin: number;
}

const etc = { path: "/etc/ha-monitoring", mode: "0755", owner: "root:root" };
const readable = `root:${layout.user}`;
const curl = { name: "curl", packages: ["curl"] };

/** Prometheus: its configuration, checked by the very version that reads it and then reloaded, and its units. */
export function prometheusBundle(parts: PrometheusServerParts): Bundle {
  const { user, unit, configFile, rulesDirectory } = layout;
  // promtool names the file in its errors, and what is in it may be shown: expressions, not credentials.
  const rules = Object.entries(parts.rules).map(([name, content]) => ({
    ...{ path: `${rulesDirectory}/${name}`, mode: "0644", owner: "root:root" },
    content,
  }));
  const config = { path: configFile, mode: "0640", owner: readable, content: parts.yml };
  const unitFile = unitFileOf(unit, renderPrometheusService(parts.service));
  const overlay = parts.overlay === undefined ? [] : overlayFiles(parts.overlay, parts.service);
  const units = [unitFile, ...overlay];
  return {
    commands: [curl, ...parts.commands],
    users: [user],
    directories: [
      etc,
      { path: layout.directory, mode: "0750", owner: readable },
      { path: rulesDirectory, mode: "0750", owner: readable },
      { path: layout.targetsDirectory, mode: "0750", owner: readable },
      { path: layout.data, mode: "0750", owner: `${user}:${user}`, state: true },
      ...programDirectories,
    ],
    files: [
      config,
      ...rules,
      {
        ...{ path: layout.reloadProgram, mode: "0755", owner: "root:root" },
        content: readProgram("reload.sh"),
      },
      ...units,
    ],
    checks: [checkTogether(parts, [config, ...rules]), checkUnits(units.map(({ path }) => path))],
    services: [
      { unit, restartOn: [unitFile.path], reloadOn: [config, ...rules].map(({ path }) => path) },
      ...overlay.map(({ path }) => ({ unit: path.replace(/^.*\//, ""), restartOn: [path] })),
    ],
    probes: [{ within: parts.readyWithin, run: ready(parts.service.port) }],
  };
}

/** Targets of each job, in a file of its own that Prometheus reads by itself whenever it changes. */
export function prometheusTargetsBundle(jobs: Record<string, PrometheusTarget[]>, port: number): Bundle {
  return {
    files: Object.entries(jobs).map(([job, targets]) => ({
      ...{ path: targetsFile(job), mode: "0640", owner: readable },
      content: renderPrometheusTargets(targets),
    })),
    probes: [{ within: 30, run: ready(port) }],
  };
}

/** Nothing but a proof that this Prometheus scrapes what it must, within these seconds; applied again whenever that or `notes` change. */
export function scrapeGateBundle(
  scrapes: { job: string; name: string; url: string }[],
  { port, within, notes }: { port: number; within: number; notes: string[] },
): Bundle {
  const { gateProgram, ownScrapesFile } = layout;
  const lines = scrapes.map(({ job, url, name }) => `${job} ${url} ${name}\n`);
  return {
    notes,
    commands: [curl],
    directories: [etc, ...programDirectories],
    files: [
      {
        ...{ path: gateProgram, mode: "0755", owner: "root:root" },
        content: readProgram("prometheus-gate.sh"),
      },
      // Errors hide words of files that not everybody may read.
      { path: ownScrapesFile, mode: "0644", owner: "root:root", content: lines.join("") },
    ],
    probes: [{ within, run: `${gateProgram} http://127.0.0.1:${port} ${ownScrapesFile}` }],
  };
}

// The new configuration beside the new rules, as they will be: the configuration names its rule files relative to itself.
function checkTogether(
  { promtool, version }: Pick<PrometheusServerParts, "promtool" | "version">,
  files: BundleFile[],
): BundleCheck {
  const copies = files.map(({ path }) => {
    return `cp "$(staged ${path})" "$d${path.slice(layout.directory.length)}"`;
  });
  const run = [
    `d=$(mktemp -d) && trap 'rm -rf "$d"' EXIT && mkdir "$d/rules"`,
    ...copies,
    `chgrp -R ${layout.user} "$d" && chmod -R g=rX "$d"`,
    // A program that was downloaded does not run as root.
    `setpriv --reuid ${layout.user} --regid ${layout.user} --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all ${shellWord(promtool)} check config "$d/prometheus.yml"`,
  ].join(" && ");
  const [config, ...rules] = files.map(({ path }) => path);
  const words = ["check", "config", { file: config as string }];
  return { run, elsewhere: { program: "promtool", version, words, reads: rules } };
}

function overlayFiles(
  { address, readers }: NonNullable<PrometheusServerParts["overlay"]>,
  { port }: PrometheusService,
): BundleFile[] {
  return [
    unitFileOf(layout.overlaySocket, renderPrometheusOverlaySocket(address, port, readers)),
    unitFileOf(layout.overlayUnit, renderPrometheusOverlayService(port)),
  ];
}

function unitFileOf(unit: string, content: string): BundleFile {
  return { path: `${layout.unitDirectory}/${unit}`, mode: "0644", owner: "root:root", content };
}

function ready(port: number): string {
  return `curl --silent --fail --max-time 5 --output /dev/null http://127.0.0.1:${port}/-/ready`;
}
