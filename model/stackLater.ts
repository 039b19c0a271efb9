import type { AlertmanagerConfigArgs } from "../components/alertmanager/alertmanagerConfig";
import type { ExporterArgs } from "../components/exporters/scrapeTarget";
import type { DropletSettings } from "../components/hosts/dropletHost";
import type {
  BlackboxExporterArgs,
  MonitoringStackArgs,
  ScrapingArgs,
  StackConnectionArgs,
  StackDropletArgs,
  StackHostArgs,
  StackHostConnectionArgs,
  StackTargetArgs,
} from "../components/stack/args";
import { exporter } from "./exporterFields";
import type { AnyField } from "./fields";
import type { LaterNames } from "./given";
import { dropletSettings } from "./hosts";
import { droplets, monitor, stackConnection, stackFields, stackHost, target } from "./stackFields";

/** Names of the arguments of an interface that may be known later: the compiler refuses one that is missing and one too many. */
type LaterOf<T> = {
  readonly [K in keyof T as Extract<T[K], Promise<unknown>> extends never ? never : K]-?: true;
};

const later = <T>(field: AnyField, names: LaterOf<T>): [AnyField, LaterOf<T>] => [field, names];

const exporterLater = { config: true, environment: true, secretFiles: true } as const;
const host = { address: true, endpoint: true } as const;
const connection = { port: true, user: true, privateKey: true, bastion: true } as const;
const droplet = { sshKeys: true, vpcUuid: true } as const;

/** Arguments of a stack that may be known later. */
export const stackLater: LaterNames = new Map<AnyField, Record<string, true>>([
  later<MonitoringStackArgs>(stackFields, { rules: true, ruleGroups: true }),
  later<StackHostArgs>(monitor, host),
  later<StackTargetArgs>(target, host),
  later<ExporterArgs>(exporter, exporterLater),
  later<BlackboxExporterArgs>(stackFields.fields.blackboxExporter, { config: true }),
  later<StackConnectionArgs>(stackConnection, connection),
  later<StackHostConnectionArgs>(stackHost.fields.connection, { ...connection, host: true, hostKey: true }),
  later<DropletSettings>(dropletSettings, droplet),
  later<StackDropletArgs>(droplets, { ...droplet, publicKey: true }),
  later<AlertmanagerConfigArgs>(stackFields.fields.alerting, {
    ...{ config: true, configYaml: true, templates: true, secretFiles: true },
  }),
  later<ScrapingArgs>(stackFields.fields.scraping, { externalLabels: true, config: true }),
]);
