import type { PrometheusRuleGroup } from "../components/prometheus/prometheusConfig";
import type { AlertSettings } from "./config";
import { alertGroup, percent, type AlertTexts } from "./rules";

const gateway = "the gateway on {{ $labels.instance }}";

/** Alerts about the gateways of gossip, from HAProxy's own exporter. Each Prometheus scrapes that of its own host. */
export function gatewayRules(settings: AlertSettings): PrometheusRuleGroup[] {
  return alertGroup("gateway", gatewayTexts(`job="${settings.jobs.gateway}"`), settings);
}

function gatewayTexts(job: string): AlertTexts {
  const inbound = (name: string) =>
    `sum by (job, instance) (increase(haproxy_frontend_${name}_total{${job},proxy=~"inbound-.*"}[15m]))`;
  // docs/haproxy-mtls-gateway.md: a handshake that failed is a connection without a session; a wrong name is a denied request.
  const refused = `${inbound("connections")} - ${inbound("sessions")} + ${inbound("requests_denied")}`;
  return {
    GatewayDown: () => ({
      expr: `up{${job}} == 0`,
      summary: "The gateway on {{ $labels.instance }} is down",
      description: `HAProxy does not answer: ${gateway} carries neither gossip nor the API of Alertmanager.`,
    }),
    GatewayRefusalsRising: (count) => ({
      expr: `${refused} > ${count}`,
      summary: "The gateway on {{ $labels.instance }} refuses many connections",
      description: `The gossip ports of {{ $labels.instance }} refused {{ $value | humanize }} connections in the last 15 minutes (no certificate of a peer, or too many of one source); the limit is ${count}.`,
    }),
    GatewayHandshakesFailing: (count) => ({
      expr: `sum by (job, instance, server) (increase(haproxy_server_connection_errors_total{${job},proxy=~"outbound-.*"}[5m])) > ${count}`,
      summary: "The gateway on {{ $labels.instance }} cannot reach {{ $labels.server }}",
      description: `{{ $value | humanize }} connections from {{ $labels.instance }} to the gossip ports of {{ $labels.server }} failed in the last 5 minutes, at TCP or at the TLS handshake; the limit is ${count}.`,
    }),
    GatewayConnectionsNearLimit: (share) => ({
      expr: `haproxy_frontend_current_sessions{${job}} / haproxy_frontend_limit_sessions{${job}} > ${share}`,
      summary: "{{ $labels.proxy }} of the gateway on {{ $labels.instance }} is near its limit",
      description: `{{ $value | humanizePercentage }} of the connections that {{ $labels.proxy }} on {{ $labels.instance }} may have are open; the limit is ${percent(share)}. Above it new connections wait.`,
    }),
  };
}
