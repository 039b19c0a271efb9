import type {
  AlertmanagerConfigArgs,
  MonitorArgs,
  MonitoringStackArgs,
  SshBastion,
  StackConnectionArgs,
  StackHostArgs,
  StackHostConnectionArgs,
  StackTargetArgs,
} from "../components";
import { alerting } from "../model/alertmanager";
import { anyTexts, privateKey } from "../model/checks";
import { list, section, type AnyField } from "../model/fields";
import { bastion, connection } from "../model/hosts";
import { monitor, stackConnection, stackFields, target } from "../model/stackFields";

/** A key of the program's configuration. */
export interface Setting {
  field: AnyField;
  /** Whether the program refuses to run without it. */
  isRequired?: boolean;
  /** What becomes secret when the key is set with --secret. Without this the program refuses a secret, because diffs and state would show it. */
  secret?: {
    /** `whole`: the value; `fields`: each field of the section, so that its names stay readable. */
    hides: "whole" | "fields";
    /** Fields that stay readable, because nothing is written to hosts as their text. */
    except?: string[];
  };
}

/** A host in the configuration: one private key for all hosts has a key of its own. */
export type Configured<T extends StackHostArgs> = Omit<T, "connection"> & {
  connection?: WithoutKeys<StackHostConnectionArgs>;
};

type WithoutKeys<T extends StackConnectionArgs> = Omit<T, "privateKey" | "bastion"> & {
  bastion?: Omit<SshBastion, "privateKey">;
};

const { privateKey: _ofBastion, ...bastionFields } = bastion.fields;
const configuredBastion = section<Omit<SshBastion, "privateKey">>(bastionFields, { host: true });
const { privateKey: _ofConnection, ...connectionFields } = connection.fields;
const configuredConnection = section<WithoutKeys<StackHostConnectionArgs>>(
  { ...connectionFields, bastion: configuredBastion },
  {},
);
const { privateKey: _ofStack, ...sharedFields } = stackConnection.fields;
const { secretFiles: _inAKeyOfItsOwn, ...alertingFields } = alerting.fields;

/** Every key of the program's configuration. */
export const settings: Record<keyof MonitoringStackArgs | "sshPrivateKey" | "alertingSecretFiles", Setting> =
  {
    monitors: {
      field: list(
        section<Configured<MonitorArgs>>(
          { ...monitor.fields, connection: configuredConnection },
          { name: true },
        ),
      ),
      isRequired: true,
    },
    targets: {
      field: list(
        section<Configured<StackTargetArgs>>(
          { ...target.fields, connection: configuredConnection },
          { name: true },
        ),
      ),
    },
    connection: {
      field: section<WithoutKeys<StackConnectionArgs>>({ ...sharedFields, bastion: configuredBastion }, {}),
    },
    droplets: { field: stackFields.fields.droplets },
    sshPrivateKey: { field: privateKey, isRequired: true, secret: { hides: "whole" } },
    alerting: {
      field: section<Omit<AlertmanagerConfigArgs, "secretFiles">>(alertingFields, {}),
      isRequired: true,
      secret: { hides: "fields" },
    },
    alertingSecretFiles: { field: anyTexts, secret: { hides: "fields" } },
    alertmanager: { field: stackFields.fields.alertmanager },
    gossip: { field: stackFields.fields.gossip },
    network: { field: stackFields.fields.network },
    scraping: {
      field: stackFields.fields.scraping,
      secret: {
        hides: "fields",
        except: ["scrapeInterval", "evaluationInterval", "limits", "jobLimits", "nodeExporter"],
      },
    },
    probes: { field: stackFields.fields.probes },
    blackboxExporter: { field: stackFields.fields.blackboxExporter },
    prometheus: { field: stackFields.fields.prometheus },
    rules: { field: stackFields.fields.rules, secret: { hides: "whole" } },
    ruleGroups: { field: stackFields.fields.ruleGroups, secret: { hides: "whole" } },
    firewall: { field: stackFields.fields.firewall },
    certificates: { field: stackFields.fields.certificates },
    software: { field: stackFields.fields.software },
  };

/** The setting of a key; undefined for a key that there is not. */
export function settingOf(key: string): Setting | undefined {
  return Object.hasOwn(settings, key) ? settings[key as keyof typeof settings] : undefined;
}
