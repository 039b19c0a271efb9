/** A rule, in upstream's own field names: one of alert and record. */
export interface PrometheusRule {
  /** Name of the alert. */
  alert?: string;
  /** Name of the series that is recorded. */
  record?: string;
  /** The expression. */
  expr: string;
  /** How long the expression must hold before the alert fires, e.g. `5m`. */
  for?: string;
  /** How long the alert goes on firing after that, e.g. `10m`. */
  keep_firing_for?: string;
  /** Labels that are added. */
  labels?: Record<string, string>;
  /** Annotations of the alert. */
  annotations?: Record<string, string>;
}

/** A group of rules, in upstream's own field names. */
export interface PrometheusRuleGroup {
  /** Name of the group. */
  name: string;
  /** How often it is evaluated. Default: the server's evaluation interval. */
  interval?: string;
  /** How far in the past it is evaluated. */
  query_offset?: string;
  /** How many alerts or series a rule may make. Default: any number. */
  limit?: number;
  /** Labels that are added to all rules. */
  labels?: Record<string, string>;
  /** The rules. */
  rules: PrometheusRule[];
}

/** Targets that are listed in the configuration itself, in upstream's own field names. */
export interface PrometheusStaticConfig {
  /** Each `host:port`. */
  targets: string[];
  /** Labels of all of them. */
  labels?: Record<string, string>;
}

/** A relabelling step, in upstream's own field names. */
export interface PrometheusRelabelConfig {
  /** Labels whose values are joined. */
  source_labels?: string[];
  /** What stands between joined values. */
  separator?: string;
  /** Label that is set. */
  target_label?: string;
  /** Regular expression for the joined values. */
  regex?: string;
  /** Modulus of the hash of the joined values. */
  modulus?: number;
  /** What the label is set to. */
  replacement?: string;
  /** `replace`, `keep`, `drop`, `hashmod`, `labelmap`, `labeldrop`, `labelkeep` or another of upstream's. */
  action?: string;
}

/** A scrape job, in upstream's own field names. */
export interface PrometheusScrapeConfig {
  /** Name of the job. */
  job_name: string;
  /** How often it scrapes. */
  scrape_interval?: string;
  /** How long a scrape may take. */
  scrape_timeout?: string;
  /** Path of the metrics. */
  metrics_path?: string;
  /** `http` or `https`. */
  scheme?: string;
  /** Parameters of the URL. */
  params?: Record<string, string[]>;
  /** Whether labels of the scraped data win over those of the target. */
  honor_labels?: boolean;
  /** Whether timestamps of the scraped data are used. */
  honor_timestamps?: boolean;
  /** How many samples a scrape may bring. */
  sample_limit?: number;
  /** Targets that are listed. */
  static_configs?: PrometheusStaticConfig[];
  /** Targets that are listed in files. */
  file_sd_configs?: Record<string, any>[];
  /** Targets that DNS lists. */
  dns_sd_configs?: Record<string, any>[];
  /** Targets that a web service lists. */
  http_sd_configs?: Record<string, any>[];
  /** User and password; the password belongs into a file of the machine (`password_file`). */
  basic_auth?: Record<string, string>;
  /** Header for authorization; what is secret belongs into a file of the machine (`credentials_file`). */
  authorization?: Record<string, string>;
  /** TLS towards the targets. */
  tls_config?: Record<string, any>;
  /** What happens to the labels of targets. */
  relabel_configs?: PrometheusRelabelConfig[];
  /** What happens to the labels of samples. */
  metric_relabel_configs?: PrometheusRelabelConfig[];
  /** Any other field that upstream has. */
  further?: Record<string, any>;
}

/** Where samples are sent, in upstream's own field names. */
export interface PrometheusRemoteWrite {
  /** Address. */
  url: string;
  /** Name in metrics and logs. */
  name?: string;
  /** How long a request may take. */
  remote_timeout?: string;
  /** Headers of every request. */
  headers?: Record<string, string>;
  /** What happens to the labels of samples before they are sent. */
  write_relabel_configs?: PrometheusRelabelConfig[];
  /** User and password; the password belongs into a file of the machine (`password_file`). */
  basic_auth?: Record<string, string>;
  /** Header for authorization; what is secret belongs into a file of the machine (`credentials_file`). */
  authorization?: Record<string, string>;
  /** TLS towards the receiver. */
  tls_config?: Record<string, any>;
  /** Sizes and times of the queue. */
  queue_config?: Record<string, any>;
  /** Any other field that upstream has. */
  further?: Record<string, any>;
}

/** Further sections of the configuration of Prometheus, in upstream's own field names. Paths in it are absolute. */
export interface PrometheusConfig {
  /** Further global settings, e.g. `scrape_timeout`. Intervals and external labels have arguments of their own. */
  global?: Record<string, any>;
  /** Further scrape jobs. */
  scrape_configs?: PrometheusScrapeConfig[];
  /** Files of the machine with further rules. */
  rule_files?: string[];
  /** What happens to the labels of alerts after the replica label is dropped. */
  alert_relabel_configs?: PrometheusRelabelConfig[];
  /** Where samples are sent. */
  remote_write?: PrometheusRemoteWrite[];
  /** From where samples are read. */
  remote_read?: Record<string, any>[];
  /** Storage settings that may change while Prometheus runs. */
  storage?: Record<string, any>;
  /** Tracing of Prometheus itself. */
  tracing?: Record<string, any>;
}
