import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { buildArm64Image } from "../../lab/hosts/arm64Image";
import { run } from "../../lab/hosts/command";

const programs = join(__dirname, "..", "..", "templates", "programs");
/** What Debian 13 packages for arm64. */
const version = "1.9.0";
const port = 8080;

describe("on arm64, which QEMU emulates", () => {
  let image: string;

  beforeAll(async () => {
    image = await buildArm64Image();
  });

  test("a release's installer sees aarch64, takes the arm64 archive, and runs the program in it", async () => {
    const manifest = [
      ...["directory /opt/ha-monitoring", "program node_exporter", `version ${version}`],
      ...[`from http://127.0.0.1:${port}`, ""],
    ].join("\n");
    const script = `set -e
        uname -m
        publish.sh node_exporter ${version} ${port}
        cat >/tmp/manifest
        sh /programs/install-release.sh /tmp/manifest
        cd /opt/ha-monitoring/node_exporter-*
        od -A n -t x2 -j 18 -N 2 node_exporter.arm64
        ./node_exporter --version 2>&1 | head -n 1`;
    const { stdout } = await run(
      "docker",
      [
        "run",
        "--rm",
        "--interactive",
        "--network",
        "none",
        "--volume",
        `${programs}:/programs:ro`,
        image,
        "sh",
        "-c",
        script,
      ],
      { stdin: manifest },
    );
    const [machine, elfMachine, said] = stdout.split("\n").map((line) => line.trim());
    expect(machine).toBe("aarch64");
    // EM_AARCH64
    expect(elfMachine).toBe("00b7");
    expect(said).toContain(`node_exporter, version ${version} `);
  });
});
