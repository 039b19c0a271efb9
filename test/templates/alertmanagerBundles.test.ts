import { describe, expect, it } from "vitest";
import {
  builtImageReference,
  configBundle,
  gateBundle,
  imageBundle,
  secretsBundle,
  type GatePeer,
} from "../../templates/alertmanagerBundles";
import { readProgram } from "../../templates/programs";
import { itRendersBundles } from "../support/bundleChecks";

const build = { alertmanagerImage: "prom/alertmanager:v0.34.2", baseImage: "debian:trixie-slim" };
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
    "image-built": imageBundle({ reference: builtReference, build, pull: false }),
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

  it("name a built image by its content: the same parents the same name, other parents another", () => {
    expect(builtImageReference({ ...build })).toBe(builtReference);
    const others = [
      builtImageReference({ ...build, alertmanagerImage: "prom/alertmanager:v0.34.3" }),
      builtImageReference({ ...build, baseImage: "debian:bookworm-slim" }),
      // The border between the two counts.
      builtImageReference({ alertmanagerImage: build.baseImage, baseImage: build.alertmanagerImage }),
    ];
    expect(new Set([builtReference, ...others]).size).toBe(4);
  });

  it("bring the very programs of templates/programs", () => {
    const contents = (bundle: { files?: { path: string; content: string }[] }) =>
      Object.fromEntries((bundle.files ?? []).map(({ path, content }) => [path, content]));
    expect(contents(imageBundle({ reference: builtReference, build, pull: false }))).toMatchObject({
      "/etc/ha-monitoring/alertmanager-image/Dockerfile": readProgram("Dockerfile"),
      "/etc/ha-monitoring/alertmanager-image/entrypoint.sh": readProgram("entrypoint.sh"),
      "/etc/ha-monitoring/alertmanager-image/healthcheck.sh": readProgram("healthcheck.sh"),
    });
    const config = configBundle({ yml, templates: {} }, builtReference, "ha-monitoring-gateway", api, peers);
    const programs = config.files?.filter(({ mode }) => mode === "0755").map(({ content }) => content);
    expect(programs).toEqual([readProgram("alertmanager-gate.sh"), readProgram("alertmanager-reload.sh")]);
  });

  it("share no file, so that secrets are in none but theirs", () => {
    const paths = [
      secretsBundle({ pager: "token" }, "ha-monitoring-gateway"),
      configBundle({ yml, templates: {} }, builtReference, "ha-monitoring-gateway", api, peers),
      imageBundle({ reference: builtReference, build, pull: false }),
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
