/** What a run would learn from hosts and providers: placeholders that say what it would be. */
import type { BundleFacts } from "../components/host/facts";
import type { HostBundle } from "../templates/host/hostBundle";
import {
  namedIn,
  numberPlaceholder,
  placeholderOf,
  textPlaceholder,
  wireGuardKeyPlaceholder,
} from "./placeholders";
import type { Registered } from "./runtime/resources";

/** What is known of a resource besides its inputs. */
export function answer(resource: Registered): Record<string, unknown> {
  const { type, name, inputs } = resource;
  switch (type) {
    // What commands print is asked of the observer of hosts.
    case "command:remote:Command":
      return { stdout: "", stderr: "" };
    case "tls:index/privateKey:PrivateKey":
      return { privateKeyPem: placeholderOf("privateKeyPem", `private key of ${name}`) };
    case "digitalocean:index/droplet:Droplet":
      return { id: numberPlaceholder(`id of ${text(inputs["name"])}`) };
    case "tls:index/selfSignedCert:SelfSignedCert":
      return { certPem: `${textPlaceholder(`certificate of ${commonNameOf(inputs["subject"], name)}`)}\n` };
    case "tls:index/locallySignedCert:LocallySignedCert":
      return { certPem: `${textPlaceholder(`certificate of ${requesterOf(inputs, name)}`)}\n` };
    default:
      return {};
  }
}

/** What a property of a resource would be that nothing is known of. */
export function missing({ type, name, inputs }: Registered, property: string): string {
  // A machine's own name says more than that of the resource.
  const subject =
    type.startsWith("digitalocean:") && typeof inputs["name"] === "string" ? inputs["name"] : name;
  const what = property.replace(/^ip(v[46])Address$/, "IP$1 address");
  return placeholderOf(property, `${what} of ${subject}`);
}

/** The host key that a new host would make. */
export function hostKeyOf(host: string): string {
  return `${placeholderOf("hostKey", `host key of ${host}`)}\n`;
}

/** What a host would print about a bundle. */
export function factsOf({ host, users = [], keys = [], wireGuardKeys = [] }: HostBundle): BundleFacts {
  const idsOf = (user: string) => ({
    uid: numberPlaceholder(`uid of ${user} on ${host}`),
    gid: numberPlaceholder(`gid of ${user} on ${host}`),
  });
  const request = textPlaceholder(`${requestOf}${host}`);
  return {
    users: Object.fromEntries(users.map((user) => [user, idsOf(user)])),
    certificateRequests: keys.map(
      () => `-----BEGIN CERTIFICATE REQUEST-----\n${request}\n-----END CERTIFICATE REQUEST-----\n`,
    ),
    wireGuardPublicKeys: Object.fromEntries(
      wireGuardKeys.map(({ path }) => [path, wireGuardKeyPlaceholder(`public key of ${host}`)]),
    ),
  };
}

/** What the placeholder of a certificate request says before the host's name. */
export const requestOf = "certificate request of ";

function requesterOf(inputs: Record<string, unknown>, otherwise: string): string {
  const [request = `${requestOf}${otherwise}`] = namedIn(text(inputs["certRequestPem"]));
  return request.slice(requestOf.length);
}

function commonNameOf(subject: unknown, otherwise: string): string {
  return text((subject as { commonName?: string } | undefined)?.commonName) || otherwise;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
