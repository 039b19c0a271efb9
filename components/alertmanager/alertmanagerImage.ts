import type * as pulumi from "@pulumi/pulumi";
import { alertmanagerImageDefaults, withDefaults } from "../../model/defaults";
import { softwareOf } from "../../model/software";
import {
  builtImageReference,
  imageBundle,
  type AlertmanagerBuild,
  type AlertmanagerImage,
} from "../../templates/alertmanager/alertmanagerBundles";
import {
  releaseDirectory,
  releasedPrograms,
  softwareBundle,
  type Software,
} from "../../templates/host/releaseBundles";
import { applyBundle, type AppliedBundle } from "../host/bundle";
import { knownHost } from "../host/knownHost";
import type { Host } from "../shapes";
import { warnOfVersion, type SoftwareArgs } from "../software";

/** The image that an Alertmanager runs in. By default the machine builds it from the library's Dockerfile and an Alertmanager that `software` names. */
export interface AlertmanagerImageArgs {
  /** A finished image: Alertmanager, socat and the library's entrypoint. Default: built on the machine. */
  name?: string;
  /** Whether `name` is pulled; false when it is already on the machine. Default true. */
  pull?: boolean;
  /** Image that has upstream's Alertmanager, e.g. `prom/alertmanager:v0.35.0`, in the place of what `software` names. */
  alertmanagerImage?: string;
  /** Debian image to build on. Default debian:trixie-slim. */
  baseImage?: string;
}

/** Where an Alertmanager comes from. */
export interface AlertmanagerOriginArgs {
  image?: AlertmanagerImageArgs;
  software?: SoftwareArgs;
}

const program = releasedPrograms.alertmanager;

/** Brings Alertmanager's image to a host. Returns the image's name, and the bundle after which it is there. */
export function installAlertmanagerImage(
  parent: pulumi.Resource,
  name: string,
  host: pulumi.Input<Host>,
  args: AlertmanagerOriginArgs,
): { reference: string; ready: AppliedBundle } {
  const { image, release } = originOf(args);
  if (release !== undefined) warnOfVersion(parent, "alertmanager", release);
  const downloaded =
    release === undefined
      ? []
      : [
          applyBundle(`${name}-software`, host, "alertmanager-software", softwareBundle(program, release), {
            parent,
          }),
        ];
  const ready = applyBundle(
    `${name}-image`,
    host,
    "alertmanager-image",
    knownHost(host).user.apply((user) => imageBundle(image, user)),
    { parent, dependsOn: downloaded.map(({ command }) => command) },
  );
  return { reference: image.reference, ready };
}

function originOf({ image: given = {}, software }: AlertmanagerOriginArgs): {
  image: AlertmanagerImage;
  /** The release that the host downloads first. */
  release?: Software;
} {
  const { name, alertmanagerImage, baseImage, pull } = withDefaults(alertmanagerImageDefaults, given);
  if (name !== undefined) return { image: { reference: name, pull } };
  const built = (origin: AlertmanagerBuild["origin"]): AlertmanagerImage => {
    const build = { baseImage, origin };
    return { reference: builtImageReference(build), build, pull: false };
  };
  if (alertmanagerImage !== undefined) return { image: built({ kind: "image", image: alertmanagerImage }) };
  const release = softwareOf("alertmanager", software);
  if (release.source === "apt") return { image: built({ kind: "package" }) };
  const directory = releaseDirectory(program, release);
  return { image: built({ kind: "release", directory, sha256: release.sha256 }), release };
}
