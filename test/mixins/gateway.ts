import { boundary, growing, steady, type AlertCase } from "./cases";

const of = { job: "haproxy", instance: "monitor-a" };
const self = 'job="haproxy",instance="monitor-a"';

const inbound = (
  channel: "stream" | "datagram",
  { connections = growing(0), sessions = growing(0), denied = growing(0) },
) => ({
  [`haproxy_frontend_connections_total{${self},proxy="inbound-${channel}"}`]: connections,
  [`haproxy_frontend_sessions_total{${self},proxy="inbound-${channel}"}`]: sessions,
  [`haproxy_frontend_requests_denied_total{${self},proxy="inbound-${channel}"}`]: denied,
});
const errors = (channel: string, server: string) =>
  `haproxy_server_connection_errors_total{${self},proxy="outbound-${channel}-${server}",server="${server}"}`;

/** Cases of the alerts about gateways. */
export const gatewayCases: Record<string, AlertCase[]> = {
  GatewayDown: boundary({
    series: (value) => ({ [`up{${self}}`]: value }),
    ...{ fires: steady(0), silent: [steady(1)], holds: 0, minutes: 2, labels: of },
  }),
  GatewayRefusalsRising: [
    {
      says: "eight failed handshakes a minute",
      series: {
        ...inbound("stream", { connections: growing(58), sessions: growing(50) }),
        ...inbound("datagram", { connections: growing(20), sessions: growing(20) }),
      },
      fires: { 15: [], 40: [of], 60: [of] },
    },
    {
      says: "eight wrong names a minute, of both channels together",
      series: {
        ...inbound("stream", { connections: growing(4), sessions: growing(4), denied: growing(4) }),
        ...inbound("datagram", { connections: growing(4), sessions: growing(4), denied: growing(4) }),
      },
      fires: { 15: [], 40: [of], 60: [of] },
    },
    {
      says: "six a minute",
      series: {
        ...inbound("stream", { connections: growing(56), sessions: growing(50) }),
        ...inbound("datagram", {}),
      },
      fires: { 40: [], 90: [] },
    },
    {
      says: "the API's frontends are not counted",
      series: {
        ...inbound("stream", {}),
        ...inbound("datagram", {}),
        [`haproxy_frontend_requests_denied_total{${self},proxy="api"}`]: growing(100),
      },
      fires: { 40: [], 90: [] },
    },
  ],
  GatewayHandshakesFailing: [
    ...boundary({
      series: (value) => ({
        [errors("stream", "monitor-b")]: value,
        [errors("datagram", "monitor-b")]: growing(0),
        [errors("stream", "monitor-c")]: growing(0),
      }),
      ...{ fires: growing(20), silent: [growing(0.9), growing(0)], holds: 1, minutes: 10 },
      labels: { ...of, server: "monitor-b" },
    }),
    {
      says: "both channels to one peer are summed",
      series: {
        [errors("stream", "monitor-b")]: growing(0.7),
        [errors("datagram", "monitor-b")]: growing(0.7),
      },
      fires: { 5: [], 30: [{ ...of, server: "monitor-b" }] },
    },
  ],
  GatewayConnectionsNearLimit: boundary({
    series: (value) => ({
      [`haproxy_frontend_current_sessions{${self},proxy="inbound-stream"}`]: value,
      [`haproxy_frontend_limit_sessions{${self},proxy="inbound-stream"}`]: steady(1000),
    }),
    ...{ fires: steady(801), silent: [steady(800), steady(5)], holds: 0, minutes: 5 },
    labels: { ...of, proxy: "inbound-stream" },
  }),
};
