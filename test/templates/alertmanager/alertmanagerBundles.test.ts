import { describe, expect, it } from "vitest";
import {
  builtImageReference,
  configBundle,
  gateBundle,
  imageBundle,
  secretsBundle,
  type AlertmanagerBuild,
  type GatePeer,
} from "../../../templates/alertmanager/alertmanagerBundles";
import { readProgram } from "../../../templates/host/programs";
import { itRendersBundles } from "../../support/bundleChecks";

const baseImage = "debian:trixie-slim";
const build: AlertmanagerBuild = {
  baseImage,
  origin: { kind: "release", directory: "/opt/ha-monitoring/alertmanager-0.35.0" },
};
const fromImage: AlertmanagerBuild = {
  baseImage,
  origin: { kind: "image", image: "prom/alertmanager:v0.35.0" },
};
const fromPackage: AlertmanagerBuild = { baseImage, origin: { kind: "package" } };
const imageOf = (from: AlertmanagerBuild) =>
  imageBundle({ reference: builtImageReference(from), build: from, pull: false });
const builtReference = builtImageReference(build);
const api = "http://127.0.0.1:9093";
const peer = (number: number, address: string): GatePeer => ({
  loopbackAddress: `127.0.1.${number}`,
  address,
  streamPort: 9094,
});
const peers = [peer(2, "198.51.100.11"), peer(3, "2001:db8::12")];
const yml = "route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n";

describe("an Alertmanager's bundles", () => {
  itRendersBundles("alertmanagerBundles", {
    "image-from-release": imageOf(build),
    "image-from-image": imageOf(fromImage),
    "image-from-package": imageOf(fromPackage),
    "image-pulled": imageBundle({ reference: "registry.example.com/alertmanager@sha256:0123", pull: true }),
    "image-present": imageBundle({ reference: "ha-monitoring/lab:1", pull: false }),
    config: configBundle({ yml, templates: {} }, builtReference, "ha-monitoring-gateway", api, peers),
    "config-with-templates": configBundle(
      { yml, templates: { "mail.tmpl": '{{ define "mail" }}hi{{ end }}', "chat.tmpl": "" } },
      "ha-monitoring/lab:1",
      "ha-monitoring-gateway",
      "http://127.0.0.1:7003",
      [peer(2, "198.51.100.11")],
    ),
    secrets: secretsBundle(
      { pager: "https://pager.example.com/token", "mail.password": "correct horse\n" },
      "ha-monitoring-gateway",
    ),
    "no-secrets": secretsBundle({}, "ha-monitoring-gateway"),
    "gate-of-one": gateBundle(api, peers, { all: false, notes: ["container 4711"], pidsLimit: 512 }),
    "gate-of-all": gateBundle(api, peers, { all: true, notes: ["cluster of a, b"] }),
  });

  it("name a built image by its content: from the same the same name, from anything else another", () => {
    const sha256 = "0123456789abcdef".repeat(4);
    const release = { kind: "release", directory: "/opt/ha-monitoring/alertmanager-0.35.0" } as const;
    expect(builtImageReference({ baseImage, origin: { ...release } })).toBe(builtReference);
    const names = [
      builtReference,
      builtImageReference({ ...build, baseImage: "debian:bookworm-slim" }),
      builtImageReference({ baseImage, origin: { ...release, sha256 } }),
      builtImageReference({ baseImage, origin: { ...release, directory: `${release.directory}.1` } }),
      builtImageReference(fromImage),
      builtImageReference({ baseImage, origin: { kind: "image", image: "prom/alertmanager:v0.35.1" } }),
      // The border between the two counts.
      builtImageReference({ baseImage: "a", origin: { kind: "image", image: "b" } }),
      builtImageReference({ baseImage: "b", origin: { kind: "image", image: "a" } }),
      builtImageReference(fromPackage),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  it("bring the very programs of templates/programs", () => {
    const contents = (bundle: { files?: { path: string; content: string }[] }) =>
      Object.fromEntries((bundle.files ?? []).map(({ path, content }) => [path, content]));
    expect(contents(imageOf(fromPackage))).toMatchObject({
      "/etc/ha-monitoring/alertmanager-image/Dockerfile.package": readProgram("Dockerfile.package"),
      "/etc/ha-monitoring/alertmanager-image/Dockerfile": readProgram("Dockerfile"),
      "/etc/ha-monitoring/alertmanager-image/entrypoint.sh": readProgram("entrypoint.sh"),
      "/etc/ha-monitoring/alertmanager-image/healthcheck.sh": readProgram("healthcheck.sh"),
    });
    const config = configBundle({ yml, templates: {} }, builtReference, "ha-monitoring-gateway", api, peers);
    const programs = config.files?.filter(({ mode }) => mode === "0755").map(({ content }) => content);
    expect(programs).toEqual(
      ["alertmanager-gate.sh", "reload.sh", "alertmanager-watch.sh"].map((name) => readProgram(name)),
    );
  });

  it("share no file, so that secrets are in none but theirs", () => {
    const paths = [
      secretsBundle({ pager: "token" }, "ha-monitoring-gateway"),
      configBundle({ yml, templates: {} }, builtReference, "ha-monitoring-gateway", api, peers),
      imageOf(build),
    ].flatMap(({ files = [] }) => files.map(({ path }) => path));
    expect(new Set(paths).size).toBe(paths.length);
  });

  it("quote an image's name for the shell", () => {
    const bundle = imageBundle({ reference: "x; reboot", pull: false });
    expect(bundle.onChange).toEqual([
      "/usr/local/libexec/ha-monitoring/alertmanager-image expect /var/lib/ha-monitoring-images 'x; reboot'",
    ]);
  });
});
