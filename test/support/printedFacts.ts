import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { answer, factsOf, hostKeyOf, requestOf } from "../../cli/answers";
import { namedIn, textPlaceholder } from "../../cli/placeholders";
import type { Registered } from "../../cli/runtime/resources";
import type { HostBundle } from "../../templates/host/hostBundle";
import { makeRequest } from "./certificates";
import { parseHostBundle } from "./bundleParser";

/** Answers as render does; where a command would print something, as the text that it would print. */
export async function answerAsPrinted(resource: Registered): Promise<Record<string, unknown>> {
  const { type, name, inputs } = resource;
  if (type === "tls:index/locallySignedCert:LocallySignedCert") return answer(withPlaceholder(resource));
  if (type !== "command:remote:Command") return answer(resource);
  const [create, stdin] = [String(inputs["create"]), String(inputs["stdin"])];
  if (create.startsWith("sh -s -- make "))
    return { stdout: hostKeyOf(name.replace(/-host-key$/, "")), stderr: "" };
  return { stdout: stdin.startsWith("bundle ") ? await printedFacts(stdin) : "", stderr: "" };
}

// What render answers names the request by its placeholder.
function withPlaceholder(resource: Registered): Registered {
  const requester = requesterIn(String(resource.inputs["certRequestPem"]));
  const certRequestPem = textPlaceholder(`${requestOf}${requester}`);
  return { ...resource, inputs: { ...resource.inputs, certRequestPem } };
}

/** The common name in a request, or in the placeholder of one. */
export function requesterIn(certRequestPem: string): string | undefined {
  const [placeholder] = namedIn(certRequestPem);
  return placeholder === undefined
    ? new x509.Pkcs10CertificateRequest(certRequestPem).subjectName.getField("CN")[0]
    : placeholder.slice(requestOf.length);
}

async function printedFacts(text: string): Promise<string> {
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
  const requests = directives.flatMap(({ directive, rest }) => {
    const [, commonName = "", alternativeNames = ""] = rest.split(" ");
    return directive === "certificate-request" ? [makeRequest(commonName, alternativeNames.split(","))] : [];
  });
  const { users, wireGuardPublicKeys } = factsOf(bundle);
  return [
    ...Object.entries(users).map(([user, { uid, gid }]) => `user ${user} ${uid} ${gid}\n`),
    ...(await Promise.all(requests)),
    ...Object.entries(wireGuardPublicKeys).map(([path, publicKey]) => `wireguard ${path} ${publicKey}\n`),
  ].join("");
}
