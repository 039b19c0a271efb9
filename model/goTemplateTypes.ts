import type { TemplateType } from "./goTemplateUse";

/** What the templates of alerting rules are given (AlertTemplateData and query in template/template.go of Prometheus 3.13.5). */
export const prometheusTypes: Record<string, TemplateType> = {
  alert: {
    name: "the alert of a rule",
    fields: { Labels: "labels", ExternalLabels: "labels", ExternalURL: "text", Value: undefined },
  },
  labels: { name: "labels", entries: "text" },
  samples: { name: "the result of a query", elements: "sample" },
  sample: { name: "a sample", fields: { Labels: "labels", Value: undefined } },
  text: { name: "a text" },
};

/** What Alertmanager's templates are given (Data in template/template.go of Alertmanager 0.35.0). */
export const alertmanagerTypes: Record<string, TemplateType> = {
  notification: {
    name: "a notification",
    fields: {
      Receiver: "text",
      Status: "text",
      Alerts: "alerts",
      NotificationReason: "text",
      GroupLabels: "labels",
      CommonLabels: "labels",
      CommonAnnotations: "labels",
      RouteLabels: "labels",
      ExternalURL: "text",
    },
  },
  alerts: {
    name: "a list of alerts",
    elements: "alert",
    methods: { Firing: { takes: 0, gives: "someAlerts" }, Resolved: { takes: 0, gives: "someAlerts" } },
  },
  someAlerts: { name: "a list of alerts of one status", elements: "alert" },
  alert: {
    name: "an alert",
    fields: {
      Status: "text",
      Labels: "labels",
      Annotations: "labels",
      StartsAt: undefined,
      EndsAt: undefined,
      GeneratorURL: "text",
      Fingerprint: "text",
    },
  },
  labels: {
    name: "labels or annotations",
    entries: "text",
    methods: {
      SortedPairs: { takes: 0, gives: "pairs" },
      Remove: { takes: 1, gives: "labels" },
      Names: { takes: 0, gives: "texts" },
      Values: { takes: 0, gives: "texts" },
      String: { takes: 0, gives: "text" },
    },
  },
  pairs: {
    name: "a list of pairs",
    elements: "pair",
    methods: {
      Names: { takes: 0, gives: "texts" },
      Values: { takes: 0, gives: "texts" },
      String: { takes: 0, gives: "text" },
    },
  },
  pair: { name: "a pair", fields: { Name: "text", Value: "text" } },
  texts: { name: "a list of texts", elements: "text", methods: { Join: { takes: 1, gives: "text" } } },
  text: { name: "a text" },
};
