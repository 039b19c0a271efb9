import { answer, factsOf, hostKeyOf } from "../../cli/answers";
import type { Registered } from "../../cli/runtime/resources";
import type { HostBundle } from "../../templates/host/hostBundle";
import { parseHostBundle } from "./bundleParser";

/** Answers as render does; where a command would print something, as the text that it would print. */
export function answerAsPrinted(resource: Registered): Record<string, unknown> {
  const { type, name, inputs } = resource;
  if (type !== "command:remote:Command") return answer(resource);
  const [create, stdin] = [String(inputs["create"]), String(inputs["stdin"])];
  if (create.startsWith("sh -s -- make "))
    return { stdout: hostKeyOf(name.replace(/-host-key$/, "")), stderr: "" };
  return { stdout: stdin.startsWith("bundle ") ? printedFacts(stdin) : "", stderr: "" };
}

function printedFacts(text: string): string {
  const { host, name, directives } = parseHostBundle(text);
  const pathsOf = (kind: string) =>
    directives.flatMap(({ directive, rest }) => (directive === kind ? [rest.split(" ")[0] as string] : []));
  const key = (path: string) => ({ path, mode: "0600", owner: "root:root" });
  const bundle: HostBundle = {
    name,
    host,
    users: pathsOf("user"),
    keys: pathsOf("private-key").map((path) => ({ ...key(path), commonName: "", alternativeNames: [] })),
    wireGuardKeys: pathsOf("wireguard-key").map(key),
  };
  const { users, certificateRequests, wireGuardPublicKeys } = factsOf(bundle);
  return [
    ...Object.entries(users).map(([user, { uid, gid }]) => `user ${user} ${uid} ${gid}\n`),
    ...certificateRequests,
    ...Object.entries(wireGuardPublicKeys).map(([path, publicKey]) => `wireguard ${path} ${publicKey}\n`),
  ].join("");
}
