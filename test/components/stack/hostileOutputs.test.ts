import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { MonitoringStack } from "../../../components";
import { deploy } from "../../support/deployment";
import { connection, withFirst } from "../../support/monitors";

describe("an address that is known later", () => {
  // The proof of the cluster took it as it was given: a line end was an exception, and other texts were commands of its shell.
  it.each(["a\nb", "$(id)", "a;id"])("reaches no host when it is none: %j", async (address) => {
    const args = withFirst({
      address: pulumi.output(address),
      connection: connection({ host: "b.example" }),
    });
    const { errors, resources } = await deploy(() => new MonitoringStack("monitoring", args).trustBundle);
    expect([...new Set(errors)]).toEqual([
      expect.stringContaining(`address: ${JSON.stringify(address)} is neither an IP address nor a DNS name`),
    ]);
    const commands = resources.map(({ inputs }) => `${String(inputs.stdin)}${String(inputs.create)}`);
    expect(commands.filter((text) => text.includes(address))).toEqual([]);
  });
});
