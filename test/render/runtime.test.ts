import { beforeEach, describe, expect, it } from "vitest";
import { answer, missing } from "../../cli/answers";
import { numberPlaceholder, revealPlaceholders, textPlaceholder } from "../../cli/placeholders";
import { all, interpolate, onFailure, Output, output, secret, unsecret } from "../../cli/runtime/output";
import { pulumi } from "../../cli/runtime/pulumi";
import {
  answerResources,
  ComponentResource,
  CustomResource,
  onRegistered,
} from "../../cli/runtime/resources";

const failures: unknown[] = [];
onFailure((error) => failures.push(error));
const registered: unknown[] = [];
onRegistered((resource) => registered.push(resource));
answerResources({ given: answer, missing });

class Machine extends ComponentResource {
  readonly address = output("198.51.100.1");
}

beforeEach(() => {
  failures.length = 0;
  registered.length = 0;
});

describe("outputs that are there at once", () => {
  it("unwrap values at any depth, but leave components as they are", () => {
    const machine = new Machine("t", "m");
    const read = Output.read(all({ a: [output(1), { b: output(output(2)) }], machine }));
    expect(read).toEqual({ value: { a: [1, { b: 2 }], machine }, secret: false });
    expect((read?.value as { machine: unknown }).machine).toBe(machine);
    expect(Output.read((output(machine) as unknown as Machine).address)?.value).toBe("198.51.100.1");
  });

  it("are secret when anything in them is, until somebody says otherwise", () => {
    const one = secret("x").apply((text) => `${String(text)}y`);
    expect(Output.read(all([1, { one }]))).toEqual({ value: [1, { one: "xy" }], secret: true });
    expect(Output.read(unsecret(all([one])))).toEqual({ value: ["xy"], secret: false });
    expect(Output.read(interpolate`a ${one}`)).toEqual({ value: "a xy", secret: true });
  });

  it("fail once, and so does everything that is made from them", () => {
    const failed = output(1).apply(() => {
      throw new Error("wrong");
    });
    const further = all([failed, 2]).apply(() => "never");
    expect(Output.read(further)).toBeUndefined();
    new CustomResource("t:t:T", "r", { input: further });
    expect(registered).toEqual([]);
    expect(failures.map(String)).toEqual(["Error: wrong"]);
  });

  it("refuse what would wait, and what is not there", () => {
    expect(() => output([Promise.resolve(1)])).toThrow("promise");
    expect(() => String(output(1))).toThrow("pulumi.interpolate");
    expect(() => pulumi["StackReference"]).toThrow("StackReference is not known to ha-monitoring render");
  });
});

describe("what nobody knows before a run", () => {
  const droplet = () => new CustomResource("digitalocean:index/droplet:Droplet", "d", { name: "monitor-a" });
  const property = (resource: CustomResource, name: string) =>
    Output.read((resource as unknown as Record<string, Output>)[name] as Output)?.value as string;

  it("has the form that is checked for, and is shown as what it stands for", () => {
    expect(property(droplet(), "ipv4Address")).toMatch(/^240\.\d+\.\d+\.\d+$/);
    expect(property(droplet(), "ipv6Address")).toMatch(/^100::[0-9a-f]+:[0-9a-f]+$/);
    expect(property(droplet(), "publicKeyOpenssh")).toMatch(
      /^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Z0-9]{43}$/,
    );
    expect(property(droplet(), "privateKeyPem")).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    const text = ["ipv4Address", "ipv6Address", "publicKeyOpenssh", "urnOfProject"]
      .map((name) => property(droplet(), name))
      .join(" and ");
    expect(revealPlaceholders(text)).toBe(
      "<IPv4 address of monitor-a> and <IPv6 address of monitor-a>" +
        " and ssh-ed25519 <publicKeyOpenssh of monitor-a> and <urnOfProject of monitor-a>",
    );
  });

  it("is told apart from values that only look alike, and depends on nothing but its own meaning", () => {
    const number = numberPlaceholder("uid of x");
    for (let index = 0; index < 1000; index++) numberPlaceholder(`uid of ${index}`);
    expect(numberPlaceholder("uid of x")).toBe(number);
    expect(
      new Set(Array.from({ length: 1000 }, (_, index) => numberPlaceholder(`uid of ${index}`))).size,
    ).toBe(1000);
    const others = `4000000000000 240.0.0.0/4 100::/64 ${number}0 0400 ${textPlaceholder("a b")}`;
    expect(revealPlaceholders(`${number}:${others}`)).toBe(
      `<uid of x>:4000000000000 240.0.0.0/4 100::/64 ${number}0 0400 <a b>`,
    );
  });
});
