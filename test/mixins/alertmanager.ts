import { boundary, growing, steady, type AlertCase } from "./cases";

const of = { job: "alertmanager", instance: "monitor-a" };
const peer = (host: string) => `job="alertmanager",instance="${host}"`;
const self = peer("monitor-a");

const state = (metric: string, fires: number, silent: number, minutes: number) =>
  boundary({
    series: (value) => ({ [`${metric}{${self}}`]: value }),
    ...{ fires: steady(fires), silent: [steady(silent)], holds: 0, minutes, labels: of },
  });

const three = ["monitor-a", "monitor-b", "monitor-c"];
const allUp = Object.fromEntries(three.map((host) => [`up{${peer(host)}}`, steady(1)]));
const members = (value: string) => ({
  [`alertmanager_cluster_members{${self}}`]: value,
  [`alertmanager_cluster_members{${peer("monitor-b")}}`]: steady(3),
});

const integration = (name: string, failed: string, reason = "serverError") => ({
  [`alertmanager_notifications_failed_total{${self},integration="${name}",reason="${reason}"}`]: failed,
  [`alertmanager_notifications_total{${self},integration="${name}"}`]: growing(1000),
});

/** Cases of the alerts about Alertmanager. */
export const alertmanagerCases: Record<string, AlertCase[]> = {
  AlertmanagerDown: state("up", 0, 1, 2),
  AlertmanagerConfigReloadFailed: state("alertmanager_config_last_reload_successful", 0, 1, 10),
  AlertmanagerMembersMissing: [
    ...boundary({
      series: (value) => ({ ...allUp, ...members(value) }),
      ...{ fires: steady(2), silent: [steady(3)], holds: 0, minutes: 15, labels: of },
    }),
    {
      says: "the missing one is down, which is an alert of its own",
      series: { ...allUp, [`up{${peer("monitor-c")}}`]: steady(0), ...members(steady(2)) },
      fires: { 30: [] },
    },
  ],
  AlertmanagerPeersFailed: state("alertmanager_cluster_failed_peers", 1, 0, 10),
  AlertmanagerConfigsDiffer: boundary({
    series: (hash) => ({
      [`alertmanager_config_hash{${self}}`]: steady(26101234567890),
      [`alertmanager_config_hash{${peer("monitor-b")}}`]: hash,
    }),
    ...{ fires: steady(26101234567891), silent: [steady(26101234567890)], holds: 0, minutes: 20 },
    labels: { job: "alertmanager" },
  }),
  AlertmanagerNotificationsFailing: [
    ...boundary({
      series: (value) => ({ ...integration("webhook", value), ...integration("email", growing(0)) }),
      ...{ fires: growing(11), silent: [growing(9), growing(0)], holds: 1, minutes: 5 },
      labels: { ...of, integration: "webhook" },
    }),
    {
      says: "reasons are summed",
      series: { ...integration("webhook", growing(6)), ...integration("webhook", growing(6), "clientError") },
      fires: { 5: [], 6: [{ ...of, integration: "webhook" }] },
    },
  ],
  AlertmanagerCrashLooping: [
    {
      says: "three restarts in 30 minutes",
      series: { [`process_start_time_seconds{${self}}`]: "0x9 600x4 900x4 1200x60" },
      fires: { 19: [], 20: [of], 38: [of], 39: [] },
    },
    {
      says: "two restarts, as of an upgrade",
      series: { [`process_start_time_seconds{${self}}`]: "0x9 600x4 900x60" },
      fires: { 15: [], 20: [], 39: [] },
    },
  ],
  AlertmanagerStateLarge: boundary({
    series: (value) => ({
      [`alertmanager_silences_snapshot_size_bytes{${self}}`]: value,
      [`alertmanager_nflog_snapshot_size_bytes{${self}}`]: steady(777216),
    }),
    ...{ fires: steady(16000001), silent: [steady(16000000)], holds: 0, minutes: 15, labels: of },
  }),
};
