import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultVersions } from "../../model/versions";
import { run } from "../../lab/hosts/command";
import { buildRelease } from "../../lab/releases/archives";

const goldens = join(__dirname, "../templates/goldens");
const namesOf = (module: string) => readdirSync(goldens).filter((name) => name.startsWith(`${module}.`));
/** It has a service discovery that the lab's build of Prometheus lacks. */
const dnsDiscovery = "prometheusYml.further.yml";

// The fast tests ask the programs that the distribution of this machine has, which may be older.
describe("the configurations of the goldens are taken by the programs of the default versions", () => {
  const directory = mkdtempSync(join(tmpdir(), "lab-goldens-"));
  let [promtool, amtool] = ["", ""];

  beforeAll(async () => {
    const [prometheus, alertmanager] = (["prometheus", "alertmanager"] as const).map((program) =>
      buildRelease({ program, version: defaultVersions[program] }, () => undefined),
    );
    promtool = join((await prometheus) as string, "promtool");
    amtool = join((await alertmanager) as string, "amtool");
    mkdirSync(join(directory, "rules"));
    for (const name of ["groups", "own"])
      copyFileSync(join(goldens, "prometheusRules.rules.yml"), join(directory, "rules", `${name}.yml`));
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test("these are the default versions", async () => {
    expect((await run(promtool, ["--version"])).stdout).toContain(`version ${defaultVersions.prometheus} `);
    expect((await run(amtool, ["--version"])).stdout).toContain(`version ${defaultVersions.alertmanager} `);
  });

  test.each(namesOf("prometheusYml"))("%s", async (name) => {
    copyFileSync(join(goldens, name), join(directory, "prometheus.yml"));
    const { status, stdout, stderr } = await run(
      promtool,
      ["check", "config", join(directory, "prometheus.yml")],
      { allowFailure: true },
    );
    if (name === dnsDiscovery) expect(stderr).toContain("field dns_sd_configs not found");
    else expect({ status, output: stdout + stderr }).toMatchObject({ status: 0 });
  });

  test.each(namesOf("alertmanagerYml"))("%s", async (name) => {
    const { status, stdout, stderr } = await run(amtool, ["check-config", join(goldens, name)], {
      allowFailure: true,
    });
    expect({ status, output: stdout + stderr }).toMatchObject({ status: 0 });
  });
});
