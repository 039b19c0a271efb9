/** What a run would learn from machines and providers: placeholders that say what it would be. */
import { namedIn, numberPlaceholder, placeholderOf, textPlaceholder } from "./placeholders";
import type { Registered } from "./runtime/resources";

/** What is known of a resource besides its inputs. */
export function answer(resource: Registered): Record<string, unknown> {
  const { type, name, inputs } = resource;
  switch (type) {
    case "command:remote:Command":
      return {
        stdout: hostKeyOf(text(inputs["create"]), name) ?? factsOf(text(inputs["stdin"])),
        stderr: "",
      };
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

// What a new machine says of itself.
function hostKeyOf(create: string, name: string): string | undefined {
  if (!create.startsWith("sh -s -- make ")) return undefined;
  return `${placeholderOf("hostKey", `host key of ${name.replace(/-host-key$/, "")}`)}\n`;
}

// What `apply` prints of a bundle. What it is about comes before the bundle's files.
function factsOf(bundle: string): string {
  const [, host] = /^bundle \S+ on (\S+)/.exec(bundle) ?? [];
  if (host === undefined) return "";
  const files = bundle.indexOf("\nfile ");
  const head = files === -1 ? bundle : bundle.slice(0, files);
  const facts = Array.from(head.matchAll(/^(user|certificate-request|wireguard-key) (\S+)/gm));
  return facts.map(([, directive = "", word = ""]) => factOf(directive, word, host)).join("");
}

function factOf(directive: string, word: string, host: string): string {
  if (directive === "certificate-request") {
    const request = textPlaceholder(`${requestOf}${host}`);
    return `-----BEGIN CERTIFICATE REQUEST-----\n${request}\n-----END CERTIFICATE REQUEST-----\n`;
  }
  if (directive === "wireguard-key") return `wireguard ${word} ${textPlaceholder(`public key of ${host}`)}\n`;
  const [uid, gid] = ["uid", "gid"].map((id) => numberPlaceholder(`${id} of ${word} on ${host}`));
  return `user ${word} ${uid} ${gid}\n`;
}

const requestOf = "certificate request of ";

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
