import { renderYaml } from "../templates/host/yamlText";
import { blackboxModules } from "./blackboxModules";

/** What an exporter has to have to run: an argument, or an entry of one. */
export interface NeededSetting {
  setting: "config" | "environment" | "secretFiles";
  name?: string;
}

/** How the configuration file of an exporter is used. */
export interface ExporterConfigFile {
  /** Name of the file. */
  file: string;
  /** The flag that names it; `{config}` is its path. */
  flag: string;
  /** Flags with which the program checks its configuration and ends. Not every program can. */
  check?: string[];
  /** Whether the program reads it again at SIGHUP; others are restarted. */
  reloads: boolean;
  /** Its text where the user gives none; without one there is no file, and `without` is the flag instead. */
  text?: string;
  without?: string[];
}

/** An exporter whose archives have the layout of Prometheus' own. */
export interface ReleasedExporter {
  /** Repository on GitHub. */
  repository: string;
  /** Version that is installed by default. */
  version: string;
  /**
   * SHA-256 of its archives by Go's name of the architecture, where several public repositories that download from upstream pin the same
   * one. Others are checked against the release's own sha256sums.txt.
   */
  sha256?: { amd64: string; arm64: string };
  /** The file of checksums of its releases, where it is not sha256sums.txt: every other version then needs a checksum from the user. */
  checksumFile?: string;
  /** What stands before the version in the names of archives. */
  versionPrefix?: string;
  /** Port of upstream's own choice. */
  port: number;
  /** Whether it takes its socket from systemd (`--web.systemd-socket` of exporter-toolkit). Others bind the address themselves. */
  systemdSocket: boolean;
  /** Flags that it always has, unless the user gives the same one. `{state}` is its directory below /var/lib. */
  flags: string[];
  config?: ExporterConfigFile;
  /** One of these must be given. */
  needs?: NeededSetting[];
  /** Flags that name secret files, by the names of these files. */
  secretFlags?: Record<string, string>;
  /** Settings of its unit that differ from the hardening of all services; undefined leaves one out. */
  opened: Record<string, string | undefined>;
  /** Whether it asks other machines by nature; others reach only their own machine, and what `reaches` lists. */
  asksOthers: boolean;
  /** Whether it keeps data below /var/lib. */
  keepsState?: boolean;
}

/** All of /proc, of processes of all users. */
const allProcesses = { ProcSubset: "all", ProtectProc: "default" };

/**
 * Exporters that are known by name. Ports and flags are those of upstream's sources; only blackbox_exporter and pushgateway run in the lab, in the versions of Debian.
 */
export const exporterCatalogue: Record<string, ReleasedExporter> = {
  blackbox_exporter: {
    repository: "prometheus/blackbox_exporter",
    version: "0.28.0",
    sha256: {
      amd64: "caf5d242fb1cf6d5cb678f3f799f22703d4fafea26b03dcbbd7e1f1825e06329",
      arm64: "63312be0983d85e5109710a7dc93df3051157ae581853fa3655d171cc1b2806e",
    },
    port: 9115,
    systemdSocket: true,
    // With a socket of systemd it cannot guess the address in its own links, and ends.
    flags: ["--web.external-url=http://localhost/"],
    config: {
      file: "blackbox.yml",
      flag: "--config.file={config}",
      check: ["--config.check"],
      reloads: true,
      text: renderYaml({ modules: blackboxModules }),
    },
    // Packets of ICMP need the capability; in a user namespace it would not be one over the host's network.
    opened: {
      CapabilityBoundingSet: "CAP_NET_RAW",
      AmbientCapabilities: "CAP_NET_RAW",
      PrivateUsers: undefined,
    },
    asksOthers: true,
  },
  "process-exporter": {
    repository: "ncabatoff/process-exporter",
    version: "0.8.7",
    sha256: {
      amd64: "6d274cca5e94c6a25e55ec05762a472561859ce0a05b984aaedb67dd857ceee2",
      arm64: "4a2502f290323e57eeeb070fc10e64047ad0cd838ae5a1b347868f75667b5ab0",
    },
    checksumFile: "checksums.txt",
    port: 9256,
    systemdSocket: false,
    // Without the capability of a debugger, only the files that everybody may read can be read of other users' processes.
    flags: ["--gather-smaps=false"],
    config: {
      file: "process-exporter.yml",
      flag: "--config.path={config}",
      reloads: false,
      text: renderYaml({ process_names: [{ name: "{{.Comm}}", cmdline: [".+"] }] }),
    },
    opened: allProcesses,
    asksOthers: false,
  },
  systemd_exporter: {
    repository: "prometheus-community/systemd_exporter",
    version: "0.7.0",
    port: 9558,
    systemdSocket: true,
    flags: [],
    opened: allProcesses,
    asksOthers: false,
  },
  postgres_exporter: {
    repository: "prometheus-community/postgres_exporter",
    version: "0.20.1",
    sha256: {
      amd64: "89d4f7e7920cad48fdc3133f789556ef5253c330a9f5fdace3bdb6344c0a8b5a",
      arm64: "d5d86fb98bb1f26b088d1a6fda07fd6b6f035cb5d40492f75ec3bfebb5ddfe9d",
    },
    port: 9187,
    systemdSocket: true,
    flags: [],
    config: { file: "postgres_exporter.yml", flag: "--config.file={config}", reloads: false },
    needs: [
      { setting: "environment", name: "DATA_SOURCE_NAME" },
      { setting: "environment", name: "DATA_SOURCE_URI" },
      { setting: "config" },
    ],
    opened: {},
    asksOthers: false,
  },
  mysqld_exporter: {
    repository: "prometheus/mysqld_exporter",
    version: "0.18.0",
    sha256: {
      amd64: "46e8f45654352bdd42d162b2b4a68f00055d45acc168f9c068235b9e3acc39c1",
      arm64: "abdb452600ca086b68244aadf8045fbf0b6a48dcb76eed5576995806c176f6ce",
    },
    port: 9104,
    systemdSocket: true,
    flags: [],
    needs: [
      { setting: "secretFiles", name: "my.cnf" },
      { setting: "environment", name: "MYSQLD_EXPORTER_PASSWORD" },
    ],
    secretFlags: { "my.cnf": "--config.my-cnf={secrets}/my.cnf" },
    opened: {},
    asksOthers: false,
  },
  redis_exporter: {
    repository: "oliver006/redis_exporter",
    version: "1.82.0",
    versionPrefix: "v",
    port: 9121,
    systemdSocket: false,
    flags: [],
    secretFlags: { "passwords.json": "--redis.password-file={secrets}/passwords.json" },
    opened: {},
    asksOthers: false,
  },
  snmp_exporter: {
    repository: "prometheus/snmp_exporter",
    version: "0.30.1",
    port: 9116,
    systemdSocket: true,
    flags: [],
    config: {
      file: "snmp.yml",
      flag: "--config.file={config}",
      check: ["--dry-run"],
      reloads: true,
      without: ["--config.file={program}/snmp.yml"],
    },
    secretFlags: { "auths.yml": "--config.file={secrets}/auths.yml" },
    opened: {},
    asksOthers: true,
  },
  pushgateway: {
    repository: "prometheus/pushgateway",
    version: "1.11.2",
    port: 9091,
    systemdSocket: true,
    flags: ["--persistence.file={state}/metrics"],
    opened: {},
    asksOthers: false,
    keepsState: true,
  },
  statsd_exporter: {
    repository: "prometheus/statsd_exporter",
    version: "0.31.0",
    port: 9102,
    systemdSocket: false,
    flags: ["--statsd.listen-udp=127.0.0.1:9125", "--statsd.listen-tcp=127.0.0.1:9125"],
    config: {
      file: "statsd_mapping.yml",
      flag: "--statsd.mapping-config={config}",
      check: ["--check-config"],
      reloads: true,
    },
    opened: {},
    asksOthers: false,
  },
};
