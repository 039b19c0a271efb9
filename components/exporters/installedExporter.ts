import * as pulumi from "@pulumi/pulumi";
import { exporterDefaults, withDefaults } from "../../model/defaults";
import { exporterTexts } from "../../model/exporterFields";
import { exporterPlan, type ExporterPlan } from "../../model/exporterPlan";
import type { ExporterAt } from "../../model/exporters";
import { exporterBundle, exporterSecretsBundle } from "../../templates/exporters/exporterBundles";
import { releaseDirectory, softwareBundle } from "../../templates/host/releaseBundles";
import { applyBundle } from "../host/bundle";
import type { Host } from "../shapes";
import { checked } from "../validation";

type Addresses = pulumi.Output<{ overlayAddress: string; monitors: string[] }>;

/** Installs an exporter: its program, its secrets, if it has some, and then its unit, whose command is returned. */
export function installExporter(
  parent: pulumi.Resource,
  name: string,
  host: pulumi.Input<Host>,
  args: ExporterAt,
  addresses: Addresses,
): pulumi.CustomResource {
  const plan = exporterPlan(args);
  const texts = checkedTexts(parent, args);
  const software = applyBundle(
    `${name}-software-${plan.name}`,
    host,
    `exporter-software-${plan.name}`,
    softwareBundle({ name: plan.program, commands: {} }, plan.software),
    { parent },
  );
  const secrets = secretsOf(parent, name, host, args, plan);
  return applyBundle(
    `${name}-exporter-${plan.name}`,
    host,
    `exporter-${plan.name}`,
    pulumi
      .all([addresses, texts, secretNames(args)])
      .apply(([{ overlayAddress, monitors }, { config }, names]) =>
        exporterBundle(exporterParts(plan, args, { overlayAddress, monitors, config, names })),
      ),
    { parent, dependsOn: [software.command, ...secrets] },
  ).command;
}

interface Settled {
  overlayAddress: string;
  monitors: string[];
  config?: string;
  names: { environment: string[]; files: string[] };
}

/** What the unit and the files of an exporter are made of, once its addresses and texts are known. */
export function exporterParts(
  { program, name, user, software, known, flags, reaches }: ExporterPlan,
  args: ExporterAt,
  { overlayAddress, monitors, config, names }: Settled,
): Parameters<typeof exporterBundle>[0] {
  const { path, scheme } = withDefaults(exporterDefaults, args);
  const text = config ?? known.config?.text;
  const secretFlags = names.files.flatMap((file) => known.secretFlags?.[file] ?? []);
  const directory = releaseDirectory({ name: program, commands: {} }, software);
  return {
    ...{ name, user, monitors, path, scheme, reaches },
    title: program,
    documentation: `https://github.com/${known.repository}`,
    program: `${directory}/${program}`,
    address: overlayAddress,
    port: args.port,
    systemdSocket: known.systemdSocket,
    flags: [...flags, ...secretFlags],
    secrets: { environment: names.environment.length > 0, files: names.files },
    opened: known.opened,
    reloads: known.config?.reloads ?? false,
    keepsState: known.keepsState ?? false,
    config:
      known.config === undefined || text === undefined
        ? undefined
        : {
            file: known.config.file,
            text,
            check: known.config.check && [known.config.flag, ...known.config.check],
          },
  };
}

/** Nothing of an exporter without secrets; otherwise the command that brings them, whose text is secret whatever the user says. */
function secretsOf(
  parent: pulumi.Resource,
  name: string,
  host: pulumi.Input<Host>,
  args: ExporterAt,
  plan: ExporterPlan,
): pulumi.CustomResource[] {
  const { environment, secretFiles } = args;
  if ((environment ?? secretFiles ?? undefined) === undefined) return [];
  const known = pulumi.secret({
    environment: checked(parent, exporterTexts, { environment }, args.at).environment,
    secretFiles: checked(parent, exporterTexts, { secretFiles }, args.at).secretFiles,
  });
  return [
    applyBundle(
      `${name}-secrets-${plan.name}`,
      host,
      `exporter-secrets-${plan.name}`,
      known.apply((all) => exporterSecretsBundle(plan.name, all.environment ?? {}, all.secretFiles ?? {})),
      { parent },
    ).command,
  ];
}

function checkedTexts(
  parent: pulumi.Resource,
  { config, at }: ExporterAt,
): pulumi.Output<{ config?: string }> {
  return checked(parent, exporterTexts, { config }, at);
}

/** Names of secrets are in the unit, and are no secrets. */
function secretNames({ environment, secretFiles }: ExporterAt): pulumi.Output<Settled["names"]> {
  return pulumi.unsecret(pulumi.output({ environment, secretFiles })).apply((known) => ({
    environment: Object.keys(known.environment ?? {}).sort(),
    files: Object.keys(known.secretFiles ?? {}).sort(),
  }));
}
