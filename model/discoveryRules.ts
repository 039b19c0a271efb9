import { isZeroDuration } from "./durations";
import { placeholder } from "./known";
import { problemAt, type Problem } from "./problem";
import { atMostOne, isGiven, needs, needsOneOf, oneOfTexts, type SectionRules } from "./upstreamRules";
import { webUrlProblem } from "./urls";

type Mapping = Readonly<Record<string, unknown>>;

/** What Prometheus refuses in a service discovery whose fields it knows: UnmarshalYAML of the structs in its packages discovery/*. */
export const discoveryRules: SectionRules = {
  "aws.SDConfig": ({ value }) =>
    neededOneOf(value, "role", ["ec2", "ecs", "elasticache", "lightsail", "msk", "rds"]),
  "aws.EC2SDConfig": ({ value }) => filterProblems(value.filters),
  "azure.SDConfig": ({ value }) => [
    ...needs(value, "subscription_id"),
    ...(["OAuth", undefined, null].includes(value.authentication_method as string)
      ? ["tenant_id", "client_id", "client_secret"].flatMap((name) => needs(value, name))
      : []),
    ...oneOfTexts(value.authentication_method, "authentication_method", [
      ...["OAuth", "ManagedIdentity", "SDK", "WorkloadIdentity"],
    ]),
  ],
  "consul.SDConfig": ({ value }) => [
    ...notEmpty(value, "server"),
    ...beside(value, ["username", "password"], ["basic_auth"]),
    ...beside(value, ["token"], ["authorization", "oauth2"]),
  ],
  "digitalocean.SDConfig": ({ value }) => oneOfTexts(value.role, "role", ["droplets", "databases"]),
  "dns.SDConfig": ({ value }) => [...needsEntries(value, "names"), ...recordProblems(value)],
  "eureka.SDConfig": ({ value }) => needsUrl(value, "server", serverProblem),
  "file.SDConfig": ({ value }) => [
    ...needsEntries(value, "files"),
    ...entriesProblems(
      value.files,
      "files",
      /^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/,
      "a file of targets ends in .json, .yml or .yaml, and only the name after its last slash may have one *",
    ),
  ],
  "gce.SDConfig": ({ value }) => [...needs(value, "project"), ...needs(value, "zone")],
  "hetzner.SDConfig": ({ value }) => neededOneOf(value, "role", ["robot", "hcloud"]),
  "http.SDConfig": ({ value }) => needsUrl(value, "url", webUrlProblem),
  "ionos.SDConfig": ({ value }) => needs(value, "datacenter_id"),
  "kubernetes.SDConfig": ({ value }) => kubernetesProblems(value),
  "marathon.SDConfig": ({ value }) => [
    ...needsEntries(value, "servers"),
    ...atMostOne(value, "auth_token", "auth_token_file"),
    ...beside(
      value,
      ["auth_token", "auth_token_file"],
      ["basic_auth", "bearer_token", "bearer_token_file", "authorization"],
    ),
  ],
  "moby.DockerSDConfig": ({ value }) => needs(value, "host"),
  "moby.DockerSwarmSDConfig": ({ value }) => [
    ...needs(value, "host"),
    ...neededOneOf(value, "role", ["services", "nodes", "tasks"]),
  ],
  "nomad.SDConfig": ({ value }) => notEmpty(value, "server"),
  "openstack.SDConfig": ({ value }) => [
    ...needs(value, "region"),
    ...neededOneOf(value, "role", ["instance", "hypervisor", "loadbalancer"]),
    ...oneOfTexts(value.availability, "availability", ["public", "internal", "admin"]),
  ],
  "outscale.SDConfig": ({ value }) => [
    ...["region", "access_key"].flatMap((name) => needs(value, name)),
    ...secretKeyProblems(value),
  ],
  "ovhcloud.SDConfig": ({ value }) => [
    ...notEmpty(value, "endpoint"),
    ...["application_key", "application_secret", "consumer_key"].flatMap((name) => needs(value, name)),
    ...neededOneOf(value, "service", ["dedicated_server", "vps"]),
  ],
  "puppetdb.SDConfig": ({ value }) => [...needsUrl(value, "url", webUrlProblem), ...needs(value, "query")],
  "scaleway.SDConfig": ({ value }) => [
    ...neededOneOf(value, "role", ["instance", "baremetal"]),
    ...["project_id", "access_key"].flatMap((name) => needs(value, name)),
    ...secretKeyProblems(value),
  ],
  "stackit.SDConfig": ({ value }) => (isGiven(value.endpoint) ? [] : notEmpty(value, "region")),
  "triton.SDConfig": ({ value }) => [
    ...["account", "dns_suffix", "endpoint"].flatMap((name) => needs(value, name)),
    ...oneOfTexts(value.role, "role", ["container", "cn"]),
    ...problemAt(
      ["refresh_interval"],
      isZeroDuration(value.refresh_interval) ? "this must be more than 0" : undefined,
    ),
  ],
  "uyuni.SDConfig": ({ value }) => ["server", "username", "password"].flatMap((name) => needs(value, name)),
  "xds.SDConfig": ({ value }) => needsUrl(value, "server", serverProblem),
  "zookeeper.NerveSDConfig": ({ value }) => zookeeperProblems(value),
  "zookeeper.ServersetSDConfig": ({ value }) => zookeeperProblems(value),
};

function neededOneOf(value: Mapping, name: string, texts: readonly string[]): Problem[] {
  const missing = needs(value, name);
  return missing.length > 0
    ? missing.map(({ path, says }) => ({ path, says: `${says}; write ${texts.join(", ")}` }))
    : oneOfTexts(value[name], name, texts);
}

/** A field with a default must not be empty. */
function notEmpty(value: Mapping, name: string): Problem[] {
  const text = value[name];
  return problemAt(
    [name],
    typeof text === "string" && text.trim() === ""
      ? "this is empty; leave it out for the default"
      : undefined,
  );
}

function needsEntries(value: Mapping, name: string): Problem[] {
  const list = value[name];
  return problemAt(
    [name],
    !isGiven(list) || (Array.isArray(list) && list.length === 0)
      ? "this is needed, and needs at least one entry"
      : undefined,
  );
}

function needsUrl(value: Mapping, name: string, wrong: (text: string) => string | undefined): Problem[] {
  const url = value[name];
  if (!isGiven(url)) return needs(value, name);
  return problemAt([name], typeof url === "string" && url !== placeholder ? wrong(url) : undefined);
}

/** A URL with any scheme and a host. */
function serverProblem(text: string): string | undefined {
  return webUrlProblem(text.replace(/^[a-z][a-z0-9+.-]*:/i, "http:"));
}

function entriesProblems(list: unknown, name: string, pattern: RegExp, says: string): Problem[] {
  return (Array.isArray(list) ? list : []).flatMap((entry: unknown, index) =>
    problemAt(
      [name, index],
      typeof entry === "string" && entry !== placeholder && !pattern.test(entry) ? says : undefined,
    ),
  );
}

/** Fields that cannot stand beside each other. */
function beside(value: Mapping, names: readonly string[], others: readonly string[]): Problem[] {
  const given = names.find((name) => isGiven(value[name], placeholder));
  const other = others.find((name) => isGiven(value[name], placeholder));
  return problemAt(
    [other ?? ""],
    given !== undefined && other !== undefined ? `${given} is given, too; leave one of them out` : undefined,
  );
}

function secretKeyProblems(value: Mapping): Problem[] {
  const names = ["secret_key", "secret_key_file"] as const;
  return [...needsOneOf(value, names), ...atMostOne(value, ...names)];
}

function filterProblems(filters: unknown): Problem[] {
  return (Array.isArray(filters) ? filters : []).flatMap((filter: Mapping | null, index) => {
    const values = filter?.values;
    const isEmpty = !isGiven(values) || (Array.isArray(values) && values.length === 0);
    return problemAt(
      ["filters", index, "values"],
      typeof filter === "object" && isEmpty ? "a filter needs at least one value" : undefined,
    );
  });
}

function recordProblems({ type, port }: Mapping): Problem[] {
  const kind = typeof type === "string" && type !== placeholder ? type.toUpperCase() : "SRV";
  return [
    ...oneOfTexts(kind, "type", ["SRV", "A", "AAAA", "MX", "NS"]),
    ...problemAt(
      ["port"],
      ["A", "AAAA", "MX", "NS"].includes(kind) && !isGiven(port, 0)
        ? `records of the type ${kind} have no port; give the port of the targets here`
        : undefined,
    ),
  ];
}

function zookeeperProblems(value: Mapping): Problem[] {
  return [
    ...needsEntries(value, "servers"),
    ...needsEntries(value, "paths"),
    ...entriesProblems(value.paths, "paths", /^\//, "a path begins with a slash"),
  ];
}

// The roles of Kubernetes, and of which objects each may select.
const selectors: Readonly<Record<string, readonly string[]>> = {
  pod: ["pod", "node"],
  service: ["service"],
  endpointslice: ["pod", "service", "endpointslice"],
  endpoints: ["pod", "service", "endpoints"],
  node: ["node"],
  ingress: ["ingress"],
};

function kubernetesProblems(value: Mapping): Problem[] {
  const { role, namespaces, selectors: given } = value;
  const isOwn = (namespaces as Mapping | null | undefined)?.own_namespace === true;
  const clientFields = [
    "basic_auth",
    "authorization",
    "bearer_token",
    "bearer_token_file",
    "oauth2",
    "proxy_url",
  ];
  const client = clientFields.find((name) => isGiven(value[name], placeholder));
  const server = ["api_server", "kubeconfig_file"].find((name) => isGiven(value[name]));
  return [
    ...neededOneOf(value, "role", Object.keys(selectors)),
    ...beside(value, ["api_server"], ["kubeconfig_file"]),
    ...beside(value, ["kubeconfig_file"], clientFields),
    ...problemAt(
      [client ?? ""],
      client !== undefined && server === undefined
        ? "this is for an api_server of another place, which is not given; give it, or leave this out"
        : undefined,
    ),
    ...problemAt(
      ["namespaces", "own_namespace"],
      isOwn && server !== undefined && value[server] !== placeholder
        ? `${server} is given, too; leave one of them out`
        : undefined,
    ),
    ...(typeof role === "string" ? selectorProblems(given, selectors[role] ?? []) : []),
  ];
}

function selectorProblems(given: unknown, allowed: readonly string[]): Problem[] {
  const roles = (Array.isArray(given) ? given : []).map((each: Mapping | null) => each?.role);
  return roles.flatMap((role, index): Problem[] => {
    const path = ["selectors", index, "role"];
    if (typeof role !== "string" || role === placeholder || allowed.length === 0) return [];
    if (roles.indexOf(role) !== index)
      return problemAt(path, "this role is there twice; leave one of them out");
    return oneOfTexts(role, "role", allowed).map(({ says }) => ({ path, says }));
  });
}
