import { boundary, growing, steady, type AlertCase } from "./cases";

const of = { job: "node", instance: "web" };
const node = 'job="node",instance="web"';
const disk = { ...of, device: "/dev/vda1", fstype: "ext4", mountpoint: "/" };
const root = `${node},device="/dev/vda1",fstype="ext4",mountpoint="/"`;

/** A file system of 1000 bytes and 1000 inodes. */
const fileSystem = (available: string, { labels = root, readOnly = 0, inodes = steady(500) } = {}) => ({
  [`node_filesystem_avail_bytes{${labels}}`]: available,
  [`node_filesystem_size_bytes{${labels}}`]: steady(1000),
  [`node_filesystem_readonly{${labels}}`]: steady(readOnly),
  [`node_filesystem_files_free{${labels}}`]: inodes,
  [`node_filesystem_files{${labels}}`]: steady(1000),
});
const inMemory = root.replace("ext4", "tmpfs");
const receiving = (errors: string, direction = "receive") => ({
  [`node_network_${direction}_errs_total{${node},device="eth0"}`]: errors,
  [`node_network_${direction}_packets_total{${node},device="eth0"}`]: growing(1000),
});
const ratio = (part: string, whole: string) => (value: string) => ({
  [`${part}{${node}}`]: value,
  [`${whole}{${node}}`]: steady(1000),
});
const own = `up{${node}}`;
const other = 'up{job="prometheus",instance="web"}';

/** Cases of the alerts about hosts. */
export const hostCases: Record<string, AlertCase[]> = {
  HostDown: [
    ...boundary({
      series: (value) => ({ [own]: value, [other]: steady(0) }),
      ...{ fires: steady(0), silent: [steady(1)], holds: 0, minutes: 2, labels: of },
    }),
    { says: "a target has one job", series: { [own]: steady(0) }, fires: { 2: [of] } },
    { says: "another service answers", series: { [own]: steady(0), [other]: steady(1) }, fires: { 10: [] } },
    { says: "a single lost scrape", series: { [own]: "1 1 0 1x20" }, fires: { 3: [], 4: [], 5: [] } },
  ],
  HostExporterDown: [
    ...boundary({
      series: (value) => ({ [own]: value, [other]: steady(1) }),
      ...{ fires: steady(0), silent: [steady(1)], holds: 0, minutes: 10, labels: of },
    }),
    { says: "all of the host is down", series: { [own]: steady(0), [other]: steady(0) }, fires: { 60: [] } },
  ],
  HostFileSystemFilling: [
    // 0.2 a minute is full in 24 hours from 288 on.
    {
      says: "full within a day, for an hour",
      series: fileSystem("390-0.3x600"),
      fires: { 59: [], 61: [disk], 120: [disk] },
    },
    { says: "full in two days", series: fileSystem("390-0.1x600"), fires: { 61: [], 300: [] } },
    { says: "more than 40 % left", series: fileSystem("990-0.9x400"), fires: { 61: [], 400: [] } },
    { says: "read-only", series: fileSystem("390-0.3x600", { readOnly: 1 }), fires: { 120: [] } },
  ],
  HostFileSystemAlmostFull: [
    ...boundary({
      series: (value) => fileSystem(value),
      ...{
        fires: steady(49),
        silent: [steady(50), steady(51)],
        holds: 0,
        minutes: 30,
        labels: disk,
      },
    }),
    { says: "read-only", series: fileSystem(steady(0), { readOnly: 1 }), fires: { 60: [] } },
    {
      says: "a file system in memory",
      series: fileSystem(steady(0), { labels: inMemory }),
      fires: { 60: [] },
    },
  ],
  HostInodesRunningOut: [
    ...boundary({
      series: (inodes) => fileSystem(steady(900), { inodes }),
      ...{ fires: steady(49), silent: [steady(50)], holds: 0, minutes: 60, labels: disk },
    }),
    {
      says: "a file system without inodes, as btrfs",
      series: {
        ...fileSystem(steady(900), { inodes: steady(0) }),
        [`node_filesystem_files{${root}}`]: steady(0),
      },
      fires: { 120: [] },
    },
  ],
  HostFileSystemReadOnly: [
    ...boundary({
      series: (value) => ({ [`node_filesystem_readonly{${root}}`]: value }),
      ...{ fires: steady(1), silent: [steady(0)], holds: 0, minutes: 5, labels: disk },
    }),
    {
      says: "in memory",
      series: fileSystem(steady(9), { labels: inMemory, readOnly: 1 }),
      fires: { 60: [] },
    },
  ],
  HostMemoryLow: boundary({
    series: ratio("node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes"),
    ...{ fires: steady(99), silent: [steady(100), steady(101)], holds: 0, minutes: 15, labels: of },
  }),
  HostMemoryPressure: boundary({
    series: (value) => ({ [`node_pressure_memory_stalled_seconds_total{${node}}`]: value }),
    ...{ fires: growing(6.1), silent: [growing(5.9), growing(0)], holds: 4, minutes: 10, labels: of },
  }),
  HostOutOfMemoryKill: [
    ...boundary({
      series: (value) => ({ [`node_vmstat_oom_kill{${node}}`]: value }),
      ...{ fires: growing(1), silent: [growing(0)], holds: 1, minutes: 0, labels: of },
    }),
    {
      says: "one kill is told for the window of 10 minutes, also the first one ever",
      series: { [`node_vmstat_oom_kill{${node}}`]: "0x20 1x40" },
      fires: { 20: [], 21: [of], 29: [of], 31: [] },
    },
  ],
  HostClockNotSynchronised: boundary({
    series: (value) => ({
      [`node_timex_sync_status{${node}}`]: steady(0),
      [`node_timex_maxerror_seconds{${node}}`]: value,
    }),
    ...{ fires: steady(16), silent: [steady(15.9)], holds: 0, minutes: 10, labels: of },
  }).concat({
    says: "synchronised, or again within 5 minutes",
    series: {
      [`node_timex_sync_status{${node}}`]: "0 0 0 1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1 0",
      [`node_timex_maxerror_seconds{${node}}`]: steady(16),
    },
    fires: { 15: [], 19: [] },
  }),
  HostClockWrong: boundary({
    // The clock of the test begins at 0.
    series: (ahead) => ({ [`node_time_seconds{${node}}`]: `${ahead}+60x600` }),
    ...{ fires: "10.5", silent: ["10", "-10", "0"], holds: 0, minutes: 5, labels: of },
  }).concat({
    says: "behind",
    series: { [`node_time_seconds{${node}}`]: "-10.5+60x600" },
    fires: { 4: [], 5: [of] },
  }),
  HostNetworkReceiveErrors: boundary({
    series: (value) => receiving(value),
    ...{ fires: growing(11), silent: [growing(9), growing(0)], holds: 1, minutes: 60 },
    labels: { ...of, device: "eth0" },
  }).concat({
    says: "an interface without packets",
    series: {
      ...receiving(growing(0)),
      [`node_network_receive_packets_total{${node},device="eth0"}`]: steady(0),
    },
    fires: { 120: [] },
  }),
  HostNetworkTransmitErrors: boundary({
    series: (value) => receiving(value, "transmit"),
    ...{ fires: growing(11), silent: [growing(9), growing(0)], holds: 1, minutes: 60 },
    labels: { ...of, device: "eth0" },
  }),
  HostConntrackNearLimit: boundary({
    series: ratio("node_nf_conntrack_entries", "node_nf_conntrack_entries_limit"),
    ...{ fires: steady(751), silent: [steady(750), steady(10)], holds: 0, minutes: 5, labels: of },
  }),
};
