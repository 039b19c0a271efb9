import { parse } from "yaml";
import type { ProbeJobArgs, ProberArgs } from "../components/prometheus/probes";
import type { ProbeArgs } from "../components/stack/args";
import type { ProbeJob } from "../templates/prometheus/probeJobs";
import { isDnsName, isHostAddress, isIpAddress } from "./addresses";
import { blackboxModules } from "./blackboxModules";
import { duration, isPort, jobName, labelProblems, repeated } from "./checks";
import { leaf, list, section, type Field } from "./fields";
import { isKnown } from "./known";
import { suggestion } from "./nearest";
import { problemAt, under, type Problem } from "./problem";

/** The release that probes. */
export const blackbox = "blackbox_exporter";

const ownLabels = ["instance", "job", "prober"];
const labels: Field<Record<string, string>> = {
  kind: "texts",
  problems: (given) => [
    ...labelProblems(given),
    ...Object.keys(given).flatMap((name) =>
      problemAt(
        [name],
        ownLabels.includes(name) || name.startsWith("__")
          ? `"${name}" is made from the probe itself; use another name`
          : undefined,
      ),
    ),
  ],
};

const address = leaf<string>("text", (value) => {
  if (value === "" || /[\s\p{Cc}]/u.test(value))
    return `${JSON.stringify(value)} is not an address; write it without blanks`;
  return /^[a-z]+:\/\/[^/]*:[^/]*@/i.test(value)
    ? "the address has a password in it, which would be a label of every series; give it in the module, in config of the blackbox_exporter"
    : undefined;
});

const common = {
  job: jobName,
  module: leaf<string>("text", (value) =>
    /^[\w.-]{1,80}$/.test(value)
      ? undefined
      : `${JSON.stringify(value)} is not the name of a module; use letters, digits, ., _ and -`,
  ),
  addresses: list(address, (all) => [
    ...problemAt([], all.length === 0 ? "at least one address is needed" : undefined),
    ...repeated(all).flatMap((each) => problemAt([], `"${each}" is there twice; leave one of them out`)),
  ]),
  interval: duration,
  labels,
};

const prober = section<ProberArgs>(
  {
    address: leaf<string>("text", (value) =>
      isHostPort(value) ? undefined : `"${value}" is not host:port; write for example 10.77.0.1:9115`,
    ),
    name: leaf<string>("text", (value) => (value === "" ? "a name is needed" : undefined)),
  },
  { address: true },
);

/** Probes of one Prometheus. */
export const probeJobs = list(
  section<ProbeJobArgs>(
    {
      ...common,
      probers: list(prober, (all) =>
        problemAt([], all.length === 0 ? "at least one blackbox_exporter is needed" : undefined),
      ),
    },
    { module: true, addresses: true, probers: true },
  ),
  repeatedJobs,
);

/** Probes of a stack. */
export const probes = list(
  section<ProbeArgs>(
    {
      ...common,
      from: list(
        leaf<string>("text", (value) => (value === "" ? "the name of a monitor is needed" : undefined)),
        (all) =>
          repeated(all).flatMap((each) => problemAt([], `"${each}" is there twice; leave one of them out`)),
      ),
    },
    { module: true, addresses: true },
  ),
  repeatedJobs,
);

/** Name of the job of probes. */
export function probeJobOf({ job, module }: Pick<ProbeArgs, "job" | "module">): string {
  return job ?? `probe-${module}`;
}

/** The jobs with their names. */
export function settledProbes(all: ProbeJobArgs[] = []): ProbeJob[] {
  return all.map(({ interval, labels: given, ...each }) => ({
    ...each,
    job: probeJobOf(each),
    interval: interval ?? undefined,
    labels: given ?? undefined,
  }));
}

function repeatedJobs(all: Pick<ProbeArgs, "job" | "module">[]): Problem[] {
  const names = all.map(probeJobOf);
  return names.flatMap((name, index) =>
    problemAt(
      [index, "job"],
      names.indexOf(name) < index
        ? `"${name}" is the job of earlier probes already; give these a name of their own`
        : undefined,
    ),
  );
}

/** Modules of a blackbox_exporter by name, with what each probes by; undefined while its configuration is not known. */
export function modulesOf(config: unknown): Record<string, { prober?: string }> | undefined {
  if ((config ?? undefined) === undefined) return blackboxModules;
  if (!isKnown(config) || typeof config !== "string") return undefined;
  try {
    const { modules } = parse(config) as { modules?: Record<string, { prober?: string }> };
    return typeof modules === "object" && modules !== null ? modules : undefined;
  } catch {
    // The program says what is wrong with its configuration.
    return undefined;
  }
}

/** Checks a probe against the modules of a blackbox_exporter that is to make it. */
export function moduleProblems(
  { module, addresses }: Pick<ProbeArgs, "module" | "addresses">,
  modules: Record<string, { prober?: string }>,
): Problem[] {
  const names = Object.keys(modules);
  if (!Object.hasOwn(modules, module)) {
    return problemAt(
      ["module"],
      `there is no module "${module}"; ${suggestion(module, names)}the modules are ${names.join(", ")}; others are made in config of the blackbox_exporter`,
    );
  }
  const by = modules[module]?.prober;
  return addresses.flatMap((each, index) =>
    under(
      ["addresses", index],
      problemAt([], address.problems(each).length > 0 ? undefined : addressProblem(each, by)),
    ),
  );
}

function addressProblem(value: string, by: string | undefined): string | undefined {
  switch (by) {
    case "http":
      return isWeb(value)
        ? undefined
        : `"${value}" is not a URL; write for example https://www.example.com/health`;
    case "tcp":
      return isHostPort(value)
        ? undefined
        : `"${value}" is not host:port; write for example db.example.com:5432 or [2001:db8::10]:5432`;
    case "icmp":
      return isHostAddress(value)
        ? undefined
        : `"${value}" is neither an IP address nor a DNS name; write for example 198.51.100.1, without a port`;
    case "dns":
      return isHostAddress(value) || isHostPort(value)
        ? undefined
        : `"${value}" is not a server of DNS; write for example 198.51.100.53 or ns.example.com:53`;
    default:
      return undefined;
  }
}

function isWeb(value: string): boolean {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "";
}

function isHostPort(value: string): boolean {
  const [, host = "", port = ""] = /^(.+):(\d{1,5})$/.exec(value) ?? [];
  const isHost = host.startsWith("[")
    ? host.endsWith("]") && isIpAddress(host.slice(1, -1)) && host.includes(":")
    : !host.includes(":") && (isDnsName(host) || isIpAddress(host));
  return isHost && isPort(Number(port));
}
