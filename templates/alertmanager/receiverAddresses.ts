import { isIPv6 } from "node:net";
import type { Path, Problem } from "../../model/problem";
import type { AlertmanagerYml } from "./alertmanagerYml";

/** Settings that hold the address of a service that Alertmanager connects to, in any receiver and in `global`. */
const addressSetting =
  /(^|_)(api_url|app_url|proxy_url|token_url|webhook_url|smarthost)$|^(opsgenie|pagerduty)_url$/;
/** Receivers whose setting `url` is the service's address; in others it is a link in a message. */
const receiversWithUrl = ["webhook_configs", "pagerduty_configs", "incidentio_configs"];

/** Checks that no receiver is known by an IPv6 address: the container's network, a bridge of Docker, has IPv4 only. */
export function receiverAddressProblems(config: AlertmanagerYml): Problem[] {
  const sections = ["global", "receivers"];
  return sections.flatMap((name) => ipv6Addresses(config[name], [name]));
}

function ipv6Addresses(value: unknown, path: Path): Problem[] {
  if (typeof value === "string") {
    if (!isAddressSetting(path) || !hasIPv6Host(value)) return [];
    // The rest of the address may be a secret.
    const says =
      "the host is an IPv6 address, and the container of Alertmanager has IPv4 only; use a name or an address of IPv4";
    return [{ path, says }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Array.isArray(value)
    ? value.flatMap((each, index) => ipv6Addresses(each, [...path, index]))
    : Object.entries(value).flatMap(([key, each]) => ipv6Addresses(each, [...path, key]));
}

function isAddressSetting(path: Path): boolean {
  const key = String(path.at(-1));
  return (
    addressSetting.test(key) ||
    (key === "url" && path.some((step) => receiversWithUrl.includes(String(step))))
  );
}

/** In a URL, or in `HOST:PORT`. */
function hasIPv6Host(text: string): boolean {
  const [, host = ""] = /^(?:[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?)?\[([^\]]*)\]/i.exec(text) ?? [];
  return isIPv6(host);
}
