import type { PrometheusRuleGroup } from "../components/prometheus/prometheusConfig";
import type { AlertSettings } from "./config";
import { alertGroup, percent, type AlertTexts } from "./rules";

/** File systems in memory and those of a host elsewhere. */
const notOnDisk = 'fstype!~"tmpfs|ramfs|nfs.*|cifs|fuse.*"';

/** Alerts about hosts, from node_exporter. */
export function hostRules(settings: AlertSettings): PrometheusRuleGroup[] {
  const job = `job="${settings.jobs.node}"`;
  return [
    ...alertGroup("hosts", availability(job), settings),
    ...alertGroup("disks", disks(job), settings),
    ...alertGroup("host-resources", { ...memory(job), ...clocks(job), ...network(job) }, settings),
  ];
}

function availability(job: string): AlertTexts {
  return {
    HostDown: () => ({
      expr: `up{${job}} == 0 and on (instance) max by (instance) (up) == 0`,
      summary: "Host {{ $labels.instance }} is down",
      description:
        "Prometheus reaches neither node_exporter nor anything else on {{ $labels.instance }}: the host is down, or the overlay does not reach it.",
    }),
    HostExporterDown: () => ({
      expr: `up{${job}} == 0 and on (instance) max by (instance) (up) == 1`,
      summary: "node_exporter on {{ $labels.instance }} does not answer",
      description:
        "Other services on {{ $labels.instance }} answer, node_exporter does not: nothing measures disks, memory and clock of this host.",
    }),
  };
}

function disks(job: string): AlertTexts {
  const of = `{${job},${notOnDisk}}`;
  const name = "{{ $labels.mountpoint }} on {{ $labels.instance }}";
  const writable = `node_filesystem_readonly${of} == 0`;
  return {
    HostFileSystemFilling: (hours) => ({
      // Only where more than 60 % is used (mixin: 40 % left): a large disk that is filled at first is no reason to wake up.
      expr: [
        `node_filesystem_avail_bytes${of} / node_filesystem_size_bytes${of} < 0.4`,
        `and predict_linear(node_filesystem_avail_bytes${of}[6h], ${hours} * 3600) < 0`,
        `and ${writable}`,
      ].join(" "),
      summary: `${name} will be full within ${hours} hours`,
      description: `{{ $value | humanizePercentage }} of ${name} ({{ $labels.device }}) is available. At the rate of the last 6 hours it is full within ${hours} hours.`,
    }),
    HostFileSystemAlmostFull: (share) => ({
      expr: `node_filesystem_avail_bytes${of} / node_filesystem_size_bytes${of} < ${share} and ${writable}`,
      summary: `${name} is almost full`,
      description: `{{ $value | humanizePercentage }} of ${name} ({{ $labels.device }}) is available; the limit is ${percent(share)}.`,
    }),
    HostInodesRunningOut: (share) => ({
      expr: `node_filesystem_files_free${of} / node_filesystem_files${of} < ${share} and ${writable}`,
      summary: `${name} runs out of inodes`,
      description: `{{ $value | humanizePercentage }} of the inodes of ${name} ({{ $labels.device }}) is free; the limit is ${percent(share)}.`,
    }),
    HostFileSystemReadOnly: () => ({
      expr: `node_filesystem_readonly${of} == 1`,
      summary: `${name} is read-only`,
      description: `The file system ${name} ({{ $labels.device }}, {{ $labels.fstype }}) is mounted read-only. The kernel does that after errors of the disk.`,
    }),
  };
}

function memory(job: string): AlertTexts {
  return {
    HostMemoryLow: (share) => ({
      expr: `node_memory_MemAvailable_bytes{${job}} / node_memory_MemTotal_bytes{${job}} < ${share}`,
      summary: "{{ $labels.instance }} is short of memory",
      description: `{{ $value | humanizePercentage }} of the memory of {{ $labels.instance }} is available; the limit is ${percent(share)}.`,
    }),
    HostMemoryPressure: (share) => ({
      expr: `rate(node_pressure_memory_stalled_seconds_total{${job}}[5m]) > ${share}`,
      summary: "Processes on {{ $labels.instance }} wait for memory",
      description: `All processes of {{ $labels.instance }} waited for memory during {{ $value | humanizePercentage }} of the last 5 minutes; the limit is ${percent(share)}.`,
    }),
    HostOutOfMemoryKill: (kills) => ({
      expr: `increase(node_vmstat_oom_kill{${job}}[10m]) > ${kills}`,
      summary: "The kernel of {{ $labels.instance }} killed a process for its memory",
      description: `The kernel of {{ $labels.instance }} killed {{ printf "%.0f" $value }} processes in the last 10 minutes because memory or the limit of a unit was used up.`,
    }),
  };
}

function clocks(job: string): AlertTexts {
  return {
    HostClockNotSynchronised: () => ({
      // The kernel's largest error grows while nothing corrects the clock; 16 s is where it stops.
      expr: `max_over_time(node_timex_sync_status{${job}}[5m]) == 0 and node_timex_maxerror_seconds{${job}} >= 16`,
      summary: "The clock of {{ $labels.instance }} is not synchronised",
      description:
        "Nothing has corrected the clock of {{ $labels.instance }} for hours: its time service is stopped, or reaches no server.",
    }),
    HostClockWrong: (seconds) => ({
      expr: `abs(node_time_seconds{${job}} - timestamp(node_time_seconds{${job}})) > ${seconds}`,
      summary: "The clock of {{ $labels.instance }} is wrong",
      description: `The clock of {{ $labels.instance }} and that of Prometheus differ by {{ $value | humanizeDuration }}; the limit is ${seconds} s.`,
    }),
  };
}

function network(job: string): AlertTexts {
  // Without packets there is no share: the division by 0 is no number, and compares false.
  const errors = (direction: string, share: number, what: string) => ({
    expr: `rate(node_network_${direction}_errs_total{${job}}[2m]) / rate(node_network_${direction}_packets_total{${job}}[2m]) > ${share}`,
    summary: `{{ $labels.device }} on {{ $labels.instance }} has errors when it ${what}`,
    description: `{{ $value | humanizePercentage }} of the packets that {{ $labels.device }} on {{ $labels.instance }} ${what} are errors; the limit is ${percent(share)}.`,
  });
  return {
    HostNetworkReceiveErrors: (share) => errors("receive", share, "receives"),
    HostNetworkTransmitErrors: (share) => errors("transmit", share, "sends"),
    HostConntrackNearLimit: (share) => ({
      expr: `node_nf_conntrack_entries{${job}} / node_nf_conntrack_entries_limit{${job}} > ${share}`,
      summary: "The connection table of {{ $labels.instance }} is almost full",
      description: `{{ $value | humanizePercentage }} of the connection table (conntrack) of {{ $labels.instance }} is used; the limit is ${percent(share)}. A full table drops new connections.`,
    }),
  };
}
