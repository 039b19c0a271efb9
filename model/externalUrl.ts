import { isDnsName } from "./addresses";
import { webUrl } from "./checks";
import { leaf } from "./fields";

/** Stands for the name of each monitor. No URL has braces, so it is never a part of one. */
const monitorName = "{monitor}";

/** The external URL of a service on all monitors of a stack. */
export const stackExternalUrl = leaf<string>("text", (value) => {
  const [problem] = webUrl.problems(externalUrlOf(value, "monitor"));
  return (
    problem &&
    `${JSON.stringify(value)} is not the URL of a web page; write for example https://alerts.example.com/, or` +
      ` https://${monitorName}.example.com/ with the name of each monitor, without user, query and fragment`
  );
});

/** The external URL of the service on one monitor. */
export function externalUrlOf(url: string, monitor: string): string {
  return url.replaceAll(monitorName, monitor);
}

/** The DNS name of an external URL, by which browsers and proxies address the service; none where it is an IP address. */
export function dnsNamesOf(url: string): string[] {
  const name = URL.parse(url)?.hostname ?? "";
  return isDnsName(name) ? [name] : [];
}
