import type { LabHost } from "../hosts/inventory";
import { machineAddress } from "../hosts/webhook";
import type { LabStackOptions } from "./deploy";

/** The demo's only alert: a target that cannot be scraped. */
export const demoAlert = "TargetDown";
/** Where the demo's webhook listens: always the same, so that a second demo changes nothing. */
export const demoWebhookPort = 8080;
/** Seconds for which a peer waits for the one before it. */
export const demoPeerTimeout = 5;

// Short, so that nobody waits long for what is shown; the defaults are meant for machines that stay.
const interval = "2s";

/** What the demo deploys beyond the lab's defaults. */
export const demoStack: LabStackOptions = {
  settings: ([monitor]) => ({
    alerting: {
      config: {
        route: {
          receiver: "webhook",
          group_by: ["alertname", "instance"],
          group_wait: "2s",
          group_interval: "7s",
        },
        receivers: [
          {
            name: "webhook",
            webhook_configs: [{ url: `http://${machineAddress(monitor as LabHost)}:${demoWebhookPort}/` }],
          },
        ],
      },
    },
    scraping: { scrapeInterval: interval, evaluationInterval: interval },
    ruleGroups: [{ name: "targets", rules: [{ alert: demoAlert, expr: "up == 0" }] }],
    alertmanager: { peerTimeout: `${demoPeerTimeout}s` },
  }),
};
