import * as pulumi from "@pulumi/pulumi";
import {
  alerting,
  alertingFindings,
  configProblems,
  type KnownAlertmanagerConfig,
} from "../../model/alertmanager";
import { isKnown } from "../../model/known";
import { sentences, under, type Problem } from "../../model/problem";
import type { AlertmanagerReceiver, AlertmanagerTimeInterval } from "../../model/upstream/alertmanagerTypes";
import { secretContentProblems } from "../../templates/alertmanager/alertmanagerSecretFiles";
import { checked, refuse } from "../validation";
import { warnOnce } from "../warnings";
import type { AlertmanagerRuntimeArgs } from "./alertmanagerPeer";

/** A node of the routing tree, in upstream's own field names. */
export interface AlertmanagerRoute {
  /** Name of the receiver. The root route needs one; others inherit it. */
  receiver?: string;
  /** Labels by which alerts are grouped; `...` is all of them. */
  group_by?: string[];
  /** How long to wait for more alerts of a new group, e.g. `30s`. */
  group_wait?: string;
  /** How long to wait before telling of new alerts in a group, e.g. `5m`. */
  group_interval?: string;
  /** How long to wait before telling again, e.g. `4h`. */
  repeat_interval?: string;
  /** Matchers, e.g. `severity="page"`. */
  matchers?: string[];
  /** Whether later siblings are tried as well. */
  continue?: boolean;
  /** Names of time intervals in which this route is silent. */
  mute_time_intervals?: string[];
  /** Names of time intervals in which this route is active. */
  active_time_intervals?: string[];
  /** Children. */
  routes?: AlertmanagerRoute[];
  /** Deprecated upstream in favour of matchers. */
  match?: Record<string, string>;
  /** Deprecated upstream in favour of matchers. */
  match_re?: Record<string, string>;
}

/** An inhibition rule, in upstream's own field names. */
export interface AlertmanagerInhibitRule {
  /** Matchers of the alerts that inhibit. */
  source_matchers?: string[];
  /** Matchers of the alerts that are inhibited. */
  target_matchers?: string[];
  /** Labels that both must share. */
  equal?: string[];
  /** Deprecated upstream in favour of source_matchers. */
  source_match?: Record<string, string>;
  /** Deprecated upstream in favour of target_matchers. */
  target_match?: Record<string, string>;
}

/** The configuration of Alertmanager, in upstream's own field names; every section upstream has can be given. */
export interface AlertmanagerConfig {
  /** Defaults of receivers, and `resolve_timeout`. */
  global?: Record<string, any>;
  /** The root of the routing tree. */
  route: AlertmanagerRoute;
  /** Receivers: each a `name` and its `*_configs`. The fields are those of the default version; with a newer one, write `as AlertmanagerReceiver` after a receiver with further fields. */
  receivers: AlertmanagerReceiver[];
  /** Inhibition rules. */
  inhibit_rules?: AlertmanagerInhibitRule[];
  /** Named time intervals: each a `name` and `time_intervals`. */
  time_intervals?: AlertmanagerTimeInterval[];
  /** Deprecated upstream in favour of time_intervals. */
  mute_time_intervals?: AlertmanagerTimeInterval[];
  /** Paths of notification templates inside the container. Default: the templates that are given, if any. */
  templates?: string[];
  /** Tracing of the Alertmanager itself. */
  tracing?: Record<string, any>;
}

/** Routes, receivers and inhibition rules of Alertmanager: one of config and configYaml. */
export interface AlertmanagerConfigArgs {
  /** The configuration as data. */
  config?: pulumi.Input<AlertmanagerConfig>;
  /** The configuration as the text of an `alertmanager.yml`. */
  configYaml?: pulumi.Input<string>;
  /** Notification templates: content by file name, which ends in `.tmpl`. */
  templates?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** What receivers must not show: content by file name. Any setting of config that ends in `_file` takes such a name; configYaml needs the path, `/etc/alertmanager/secrets/NAME`. */
  secretFiles?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** A configuration that has been checked, and apart from it its secrets. */
export interface CheckedAlerting {
  config: pulumi.Output<KnownAlertmanagerConfig>;
  secretFileNames: pulumi.Output<string[]>;
  /** Content by name; secret. */
  secretFiles?: pulumi.Output<Record<string, string>>;
}

/**
 * Separates a configuration from its secret files, so that its text holds their names only and need not be secret.
 *
 * @throws pulumi.ResourceError with every problem, on the component.
 */
export function checkedAlerting(
  component: pulumi.Resource,
  args: AlertmanagerConfigArgs,
  runtime?: AlertmanagerRuntimeArgs,
): CheckedAlerting {
  const { secretFiles, ...rest } = args;
  const refuseThese = (problems: Problem[]) => refuse(component, under(["alerting"], problems));
  const secretFileNames = namesOf(secretFiles);
  const config = pulumi.all([pulumi.output(rest), secretFileNames]).apply(([known, names]) => {
    refuseThese([...configProblems(known, names), ...alertingFindings(known, runtime).problems]);
    return known;
  });
  if (secretFiles === undefined) return { config, secretFileNames };
  const contents = checked(component, alerting.fields.secretFiles, secretFiles, ["alerting", "secretFiles"]);
  const whole = contents.apply((known) => {
    refuseThese(secretContentProblems(known));
    return known;
  });
  return { config, secretFileNames, secretFiles: pulumi.secret(whole) };
}

// The names are no secret, and known even while a content is not.
function namesOf(secretFiles: AlertmanagerConfigArgs["secretFiles"] = {}): pulumi.Output<string[]> {
  if (isKnown(secretFiles)) return pulumi.output(Object.keys(secretFiles));
  return pulumi.unsecret(pulumi.output(secretFiles)).apply((known) => Object.keys(known));
}

/** Warns of what the running version may refuse, and of secrets in the clear, once in a run. Of Outputs nothing is said. */
export function warnOfAlerting(
  component: pulumi.Resource,
  args: AlertmanagerConfigArgs,
  runtime?: AlertmanagerRuntimeArgs,
): void {
  warnOnce(component, sentences(under(["alerting"], alertingFindings(args, runtime).warnings)));
}
