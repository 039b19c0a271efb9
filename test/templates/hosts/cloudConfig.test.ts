import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { renderCloudConfig } from "../../../templates/hosts/cloudConfig";
import { expectGolden } from "../../support/goldens";

const hostKey = {
  privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5\n-----END OPENSSH PRIVATE KEY-----\n",
  publicKey: "ecdsa-sha2-nistp256 AAAAE2VjZHNh\n",
};

const loginKey = "ssh-ed25519 AAAAC3Nz";

describe("user data of a droplet", () => {
  it.each([
    ["host-key", hostKey],
    ["no-host-key", undefined],
  ])("is the golden's, %s: another text would replace droplets", (name, key) => {
    expectGolden(`templates/goldens/cloudConfig.${name}.yaml`, renderCloudConfig(loginKey, key));
  });

  it("says the same in YAML, whatever ends the keys", () => {
    const trimmed = { privateKey: hostKey.privateKey.trim(), publicKey: hostKey.publicKey.trim() };
    expect(renderCloudConfig(`${loginKey}\n`, trimmed)).toBe(renderCloudConfig(loginKey, hostKey));
    expect(parse(renderCloudConfig(loginKey, hostKey))).toEqual({
      users: ["root"],
      disable_root: false,
      ssh_pwauth: false,
      ssh_authorized_keys: ["ssh-ed25519 AAAAC3Nz ha-monitoring-first-login"],
      ssh_deletekeys: true,
      ssh_keys: { ecdsa_private: hostKey.privateKey, ecdsa_public: trimmed.publicKey },
    });
  });
});
