import { isIPv6 } from "node:net";
import { problemAt, type Path, type Problem } from "../../model/problem";
import type { AlertmanagerYml } from "./alertmanagerYml";

/** Settings that hold the address of a service that Alertmanager connects to, in any receiver and in `global`. */
const addressSetting =
  /(^|_)(api_url|app_url|proxy_url|token_url|webhook_url|smarthost)$|^(opsgenie|pagerduty)_url$/;
/** Receivers whose setting `url` is the service's address; in others it is a link in a message. */
const receiversWithUrl = ["webhook_configs", "pagerduty_configs", "incidentio_configs"];

/** Address of Docker's own bridge on the host, which is the same on every host unless `bip` of Docker's daemon.json sets another one. */
const dockerBridge = "172.17.0.1";

/**
 * Checks that no receiver is known by an address that the container does not reach: its network, a bridge of Docker, has IPv4 only, and its
 * loopback is not the host's.
 */
export function receiverAddressProblems(config: AlertmanagerYml): Problem[] {
  const sections = ["global", "receivers"];
  return sections.flatMap((name) => wrongAddresses(config[name], [name]));
}

function wrongAddresses(value: unknown, path: Path): Problem[] {
  if (typeof value === "string") {
    return isAddressSetting(path) ? problemAt(path, wrongHost(hostOf(value))) : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Array.isArray(value)
    ? value.flatMap((each, index) => wrongAddresses(each, [...path, index]))
    : Object.entries(value).flatMap(([key, each]) => wrongAddresses(each, [...path, key]));
}

function isAddressSetting(path: Path): boolean {
  const key = String(path.at(-1));
  return (
    addressSetting.test(key) ||
    (key === "url" && path.some((step) => receiversWithUrl.includes(String(step))))
  );
}

// The rest of the address may be a secret.
function wrongHost(host: string): string | undefined {
  if (/^(localhost|.*\.localhost|ip6-localhost|127(\.\d+){0,3}|0\.0\.0\.0|::1?)\.?$/i.test(host)) {
    return (
      "the host is loopback, which in the container of Alertmanager is the container itself; for a service on the monitor write " +
      `${dockerBridge}, the host's address on Docker's bridge, let the service listen there and inboundRules open its port to 172.16.0.0/12, ` +
      "or write another IPv4 address of a host or a name"
    );
  }
  return isIPv6(host)
    ? "the host is an IPv6 address, and the container of Alertmanager has IPv4 only; use a name or an address of IPv4"
    : undefined;
}

/** In a URL, or in `HOST:PORT`. */
function hostOf(text: string): string {
  const [, bracketed, plain = ""] =
    /^(?:[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?)?(?:\[([^\]]*)\]|([^\s:/?#[\]@]*))/i.exec(text) ?? [];
  return bracketed ?? plain;
}
