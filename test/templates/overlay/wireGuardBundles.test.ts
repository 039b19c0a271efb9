import { describe, expect, it } from "vitest";
import {
  wireGuardBundle,
  wireGuardKeyBundle,
  wireGuardSecretsBundle,
} from "../../../templates/overlay/wireGuardBundles";
import { readJoinedProgram } from "../../../templates/host/programs";
import { wireGuardLayout } from "../../../templates/overlay/wireGuardLayout";
import { itRendersBundles } from "../../support/bundleChecks";

const conf = {
  name: "hub-a",
  overlayAddress: "fd12:3456:789a:1::1",
  networks: ["fd12:3456:789a:1::/64"],
  listenPort: 51820,
  mtu: 1420,
  keepaliveSeconds: 25,
  peers: [
    {
      name: "spoke-a",
      publicKey: Buffer.alloc(32, 3).toString("base64"),
      overlayAddress: "fd12:3456:789a:1::3",
      endpoint: "198.51.100.12",
      port: 51820,
    },
  ],
};

describe("the bundles of the overlay", () => {
  itRendersBundles("wireGuardBundles", {
    key: wireGuardKeyBundle(),
    secrets: wireGuardSecretsBundle("root", "hub-a", ["spoke-a", "hub-b"]),
    interface: wireGuardBundle("wg0", conf),
  });

  it("put files where the program looks for them", () => {
    const program = readJoinedProgram("wireguard");
    const { directory, unit, timer, watchUnit, privateKey, presharedKeys } = wireGuardLayout;
    for (const line of [
      `directory=${directory}\n`,
      `unit=${unit}\n`,
      `watchers='${timer} ${watchUnit}'\n`,
      privateKey.replace(directory, "$directory"),
      presharedKeys.replace(directory, "$directory"),
    ]) {
      expect(program).toContain(line);
    }
  });
});
