import { formatHostPort } from "../../model/addresses";
import { shellWord, type BundleFile, type HostBundle } from "../host/hostBundle";
import { programDirectories, readProgram } from "../host/programs";
import { exporterLayout } from "./exporterLayout";
import { renderExporterService, renderExporterSocket, type ExporterService } from "./exporterService";

type Bundle = Omit<HostBundle, "name" | "host">;

/** Everything of an exporter but its program and its secrets. In flags, `{config}`, `{secrets}`, `{state}` and `{program}` stand for paths. */
export interface ExporterParts extends ExporterService {
  /** Path of the metrics. */
  path: string;
  scheme: string;
  /** Its configuration file, if it has one, and flags with which the program checks it. */
  config?: { file: string; text: string; check?: string[] };
}

const directory = (path: string, mode = "0755", owner = "root:root") => ({ path, mode, owner });
const ownDirectories = (name: string) => [
  directory("/etc/ha-monitoring"),
  directory(exporterLayout(name).parent),
  directory(exporterLayout(name).directory),
];

/** An exporter, listening on the overlay and nowhere else. */
export function exporterBundle({ config, ...given }: ExporterParts): Bundle {
  const { name, user, systemdSocket, keepsState, reloads } = given;
  const layout = exporterLayout(name);
  const service = { ...given, flags: given.flags.map((flag) => withPaths(flag, given, config)) };
  const configFile = config && `${layout.directory}/${config.file}`;
  const units = [
    rootFile(layout.unitFile, renderExporterService(service)),
    ...(systemdSocket ? [rootFile(layout.socketFile, renderExporterSocket(service))] : []),
  ];
  return {
    commands: [
      { name: "curl", packages: ["curl"] },
      { name: "ip", packages: ["iproute2"] },
      { name: "ss", packages: ["iproute2"] },
    ],
    users: [user],
    directories: [
      ...ownDirectories(name),
      ...(systemdSocket ? [] : programDirectories),
      ...(keepsState
        ? [{ ...directory(layout.stateDirectory, "0750", `${user}:${user}`), state: true }]
        : []),
    ],
    files: [
      ...units,
      ...(systemdSocket
        ? []
        : [{ ...rootFile(layout.onOverlayProgram, readProgram("on-overlay.sh")), mode: "0755" }]),
      ...(config && configFile
        ? [{ path: configFile, mode: "0640", owner: `root:${user}`, content: config.text }]
        : []),
    ],
    checks: [
      `systemd-analyze verify --man=no ${units.map(({ path }) => `"$(staged ${path})"`).join(" ")}`,
      ...(config?.check && configFile ? [checkOf(service, configFile, config.check)] : []),
    ],
    services: [
      // First: it requires its socket.
      {
        unit: layout.unit,
        restartOn: [
          layout.unitFile,
          ...(systemdSocket ? [] : [layout.onOverlayProgram]),
          ...(configFile && !reloads ? [configFile] : []),
        ],
        ...(configFile && reloads ? { reloadOn: [configFile] } : {}),
      },
      ...(systemdSocket ? [{ unit: layout.socket, restartOn: [layout.socketFile] }] : []),
    ],
    probes: probesOf(given),
  };
}

/**
 * Secrets of an exporter, in a bundle of their own, because its text is secret. Root alone may read them: systemd hands them to the program.
 *
 * @param environment variables by name.
 * @param files texts by the names of files.
 */
export function exporterSecretsBundle(
  name: string,
  environment: Record<string, string>,
  files: Record<string, string>,
): Bundle {
  const { secretsDirectory, environmentFile, unit } = exporterLayout(name);
  const variables = Object.entries(environment).map(([key, value]) => `${key}=${quoted(value)}\n`);
  return {
    directories: [...ownDirectories(name), directory(secretsDirectory, "0700")],
    files: [
      ...(variables.length > 0 ? [secretFile(environmentFile, variables.join(""))] : []),
      ...Object.entries(files).map(([file, content]) => secretFile(`${secretsDirectory}/${file}`, content)),
    ],
    // Programs read neither again. Before the first start there is no unit yet.
    onChange: [`! systemctl --quiet is-active ${unit} || systemctl restart ${unit}`],
  };
}

function withPaths(
  flag: string,
  { name, program }: ExporterService,
  config: ExporterParts["config"],
): string {
  const { directory: own, credentials, stateDirectory } = exporterLayout(name);
  const paths: Record<string, string> = {
    "{config}": `${own}/${config?.file ?? "config"}`,
    "{secrets}": credentials,
    "{state}": stateDirectory,
    "{program}": program.replace(/\/[^/]*$/, ""),
  };
  return Object.entries(paths).reduce((text, [mark, path]) => text.replaceAll(mark, path), flag);
}

/** The program checks a copy of its new configuration; what was downloaded does not run as root. */
function checkOf({ user, program }: ExporterService, configFile: string, check: string[]): string {
  const words = check.map((flag) => flag.replace("{config}", '"$d/config"')).join(" ");
  return [
    `d=$(mktemp -d) && trap 'rm -rf "$d"' EXIT && cp "$(staged ${configFile})" "$d/config"`,
    `chgrp -R ${user} "$d" && chmod -R g=rX "$d"`,
    `setpriv --reuid ${user} --regid ${user} --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all ${shellWord(program)} ${words}`,
  ].join(" && ");
}

function probesOf({ address, port, path, scheme, systemdSocket }: ExporterParts): Bundle["probes"] {
  const listener = formatHostPort(address, port);
  const insecure = scheme === "https" ? "--insecure " : "";
  const url = shellWord(`${scheme}://${listener}${path}`);
  return [
    ...(systemdSocket
      ? [{ within: 20, run: `ss --no-header --listening --tcp --numeric src "${listener}" | grep -q .` }]
      : []),
    {
      within: 30,
      // It can be asked only once the overlay is up, which is none of its business.
      run: `! ip -oneline address show to ${address} | grep -q . || curl --silent --fail --max-time 10 ${insecure}--output /dev/null ${url}`,
    },
  ];
}

/** A value in a file of variables, as systemd reads it. */
function quoted(value: string): string {
  return `"${value.replaceAll(/[\\"$`]/g, "\\$&")}"`;
}

function rootFile(path: string, content: string): BundleFile {
  return { path, mode: "0644", owner: "root:root", content };
}

function secretFile(path: string, content: string): BundleFile {
  return { path, mode: "0600", owner: "root:root", content };
}
