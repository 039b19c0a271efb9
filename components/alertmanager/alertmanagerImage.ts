import * as pulumi from "@pulumi/pulumi";
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
import { sshUser } from "../host/connection";
import type { Host } from "../shapes";
import { softwareOf, softwareProblems, type SoftwareArgs } from "../software";

/** The image that an Alertmanager runs in. By default the machine builds it from the library's Dockerfile and an Alertmanager that `software` names. */
export interface AlertmanagerImageArgs {
  /** A finished image: Alertmanager, socat and the library's entrypoint. Default: built on the machine. */
  name?: string;
  /** Whether `name` is pulled; false when it is already on the machine. Default true. */
  pull?: boolean;
  /** Image that has upstream's Alertmanager, e.g. `prom/alertmanager:v0.34.2`, in the place of what `software` names. */
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

/** What is wrong with where an Alertmanager shall come from, one sentence each. */
export function alertmanagerOriginProblems({ image = {}, software }: AlertmanagerOriginArgs): string[] {
  const { name, pull, alertmanagerImage, baseImage } = image;
  const problems = softwareProblems("software", software ?? {});
  if (name === undefined && pull !== undefined)
    problems.push("image.pull: it says how `image.name` is had, which is not given");
  if (name !== undefined && (alertmanagerImage ?? baseImage) !== undefined) {
    problems.push("image.name: a finished image is not built; leave out alertmanagerImage and baseImage");
  }
  if (software === undefined) return problems;
  if (name !== undefined) {
    problems.push(
      "software: image.name is a finished image, which has its Alertmanager; leave out one of them",
    );
  } else if (alertmanagerImage !== undefined) {
    problems.push(
      "software: image.alertmanagerImage says already where Alertmanager comes from; leave out one of them",
    );
  }
  return problems;
}

/** Sees that Alertmanager's image is on a machine. Returns the image's name, and the bundle after which it is there. */
export function installAlertmanagerImage(
  parent: pulumi.Resource,
  name: string,
  host: pulumi.Input<Host>,
  args: AlertmanagerOriginArgs,
): { reference: string; ready: AppliedBundle } {
  const { image, release } = originOf(args);
  const downloaded =
    release === undefined
      ? []
      : [
          applyBundle(`${name}-software`, host, "alertmanager-software", softwareBundle(program, release), {
            parent,
          }),
        ];
  const user = sshUser(pulumi.output(pulumi.output(host).connection));
  const ready = applyBundle(
    `${name}-image`,
    host,
    "alertmanager-image",
    user.apply((known) => imageBundle(image, known)),
    { parent, dependsOn: downloaded.map(({ command }) => command) },
  );
  return { reference: image.reference, ready };
}

function originOf({ image = {}, software }: AlertmanagerOriginArgs): {
  image: AlertmanagerImage;
  /** What the machine downloads first. */
  release?: Software;
} {
  if (image.name !== undefined) return { image: { reference: image.name, pull: image.pull ?? true } };
  const built = (origin: AlertmanagerBuild["origin"]): AlertmanagerImage => {
    const build = { baseImage: image.baseImage ?? "debian:trixie-slim", origin };
    return { reference: builtImageReference(build), build, pull: false };
  };
  if (image.alertmanagerImage !== undefined) {
    return { image: built({ kind: "image", image: image.alertmanagerImage }) };
  }
  const release = softwareOf("alertmanager", software);
  if (release.source === "apt") return { image: built({ kind: "package" }) };
  const directory = releaseDirectory(program, release);
  return { image: built({ kind: "release", directory, sha256: release.sha256 }), release };
}
