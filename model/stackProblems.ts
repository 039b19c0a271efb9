import type { MonitoringStackArgs, StackHostArgs } from "../components/stack/args";
import type { WireGuardLinkArgs } from "../components/overlay/wireGuardLink";
import { alertmanagerPeer, knownConfig } from "./alertmanager";
import { labelProblems } from "./checks";
import { endpointOf, exporterPath, scrapeTarget } from "./exporters";
import { partProblems } from "./fields";
import { hostFirewall } from "./firewall";
import { gateway, peer } from "./gateway";
import { dropletHost, sshHost, sshHostProblems } from "./hosts";
import { authority } from "./identity";
import { link } from "./overlay";
import { formatPath, placed, problemAt, under, type Path, type Problem } from "./problem";
import { identityProblems, prometheusServer } from "./prometheus";
import { featuresOf } from "./software";
import { portProblems, repetitionProblems, sshPortOf, vpcProblems } from "./stackConflicts";
import { probeProblems } from "./stackProbes";
import { mostMonitors, stackFields } from "./stackFields";
import { givenHost, stackJobs, type HostModel, type MonitorModel, type StackModel } from "./stackModel";

const fewestMonitors = 1;
const interfacePath: Path = ["network", "interfaceName"];

/**
 * Everything that is wrong with a stack as far as it can be known before anything is touched: each argument by itself, then what each
 * component would be given, by the paths of the arguments that it comes from.
 */
export function stackProblems(
  args: MonitoringStackArgs,
  model: StackModel,
  overlay: WireGuardLinkArgs,
): Problem[] {
  const { monitors, hosts } = model;
  const count = monitors.length;
  const few = problemAt(
    ["monitors"],
    count < fewestMonitors || count > mostMonitors
      ? `${count} given; a stack has ${fewestMonitors} to ${mostMonitors}, and is highly available from 2 on`
      : undefined,
  );
  return firstOfEachPath([
    few,
    partProblems(stackFields, args),
    ...hosts.map((host, index) => hostProblems(args, host, givenHost(args, index))),
    ...monitors.map((monitor, index) => monitorProblems(args, monitor, givenHost(args, index))),
    overlayProblems(overlay),
    placed(partProblems(authority, model.authority), ["certificates"]),
    repetitionProblems(args, model),
    vpcProblems(args, hosts),
    probeProblems(args),
    under(["alerting"], model.groupIntervals(knownConfig(args.alerting) ?? {})),
  ]);
}

/** All problems but those of arguments with which an earlier check found something wrong: they follow from it, or say it again. */
function firstOfEachPath(checks: Problem[][]): Problem[] {
  const seen = new Set<string>();
  return checks.flatMap((problems) => {
    const others = problems.filter(({ path }) => !seen.has(formatPath(path)));
    others.forEach(({ path }) => seen.add(formatPath(path)));
    return others;
  });
}

/** In the link a host is an argument of its own, in the stack its address stands beside its name. */
function overlayProblems(overlay: WireGuardLinkArgs): Problem[] {
  const problems = placed(partProblems(link, overlay), ["network"], {
    hubs: ["monitors"],
    spokes: ["targets"],
  });
  return problems.map(({ path, says }) => ({ path: path.filter((step) => step !== "host"), says }));
}

function hostProblems(args: MonitoringStackArgs, model: HostModel, given: StackHostArgs): Problem[] {
  const { path, target, exporters, sharedPaths } = model;
  const ownJobs: string[] = Object.values(stackJobs);
  const ofNode = given.nodeExporter === undefined ? ["scraping", "nodeExporter"] : [...path, "nodeExporter"];
  const ownSoftware = (given.nodeExporter ?? args.scraping?.nodeExporter)?.software;
  const endpoints = exporters.map((each) => endpointOf(each, given.name, "", target.labels));
  return [
    ...(model.origin.kind === "existing"
      ? existingProblems(model, given)
      : dropletProblems(args, model, given)),
    ...placed(model.isScraped ? partProblems(scrapeTarget, target) : [], path, {
      monitors: ["network"],
      networkInterface: interfacePath,
      nodeExporter: ofNode,
      "nodeExporter.software":
        ownSoftware === undefined ? ["software", "nodeExporter"] : [...ofNode, "software"],
    }).map((problem) => ofStackBlackbox(problem, path, given)),
    ...identityProblems(endpoints, (index) => exporterPath(path, exporters[index]?.at ?? [])).map(
      (problem) => (hasReservedLabel(target.labels) ? { ...problem, path: [...path, "labels"] } : problem),
    ),
    ...(featuresOf(args.prometheus?.software ?? args.software?.prometheus).utf8Names
      ? []
      : asciiLabelProblems(given).map((problem) => ({ ...problem, path: [...path, ...problem.path] }))),
    ...exporters.flatMap(({ job, at }) =>
      problemAt(
        [...exporterPath(path, at), "job"],
        ownJobs.includes(job) ? `"${job}" is a job of the stack itself; use another name` : undefined,
      ),
    ),
    ...placed(ruleProblems(model, sshPortOf(model, given)), ["firewall"], {
      rules: [],
      mode: given.firewallMode === undefined ? ["firewall", "mode"] : [...path, "firewallMode"],
      sshPort:
        given.sshPort === undefined
          ? (sharedPaths["connection.port"] ?? [...path, "connection", "port"])
          : [...path, "sshPort"],
      overlayInterface: interfacePath,
      overlayNetworks: ["network"],
    }),
  ];
}

// The last exporter of a monitor may be the one that all monitors have.
function ofStackBlackbox(problem: Problem, path: Path, { exporters = [] }: StackHostArgs): Problem {
  const [list, index, ...rest] = problem.path.slice(path.length);
  const isOfStack = list === "exporters" && typeof index === "number" && index >= exporters.length;
  return isOfStack ? { ...problem, path: ["blackboxExporter", ...rest] } : problem;
}

/** Checks names of labels for a Prometheus before 3. */
function asciiLabelProblems({ labels = {}, exporters = [] }: StackHostArgs): Problem[] {
  return [
    ...under(["labels"], labelProblems(labels, false)),
    ...exporters.flatMap((each, index) =>
      under(["exporters", index, "labels"], labelProblems(each.labels ?? {}, false)),
    ),
  ];
}

// All exporters have the labels of their host, so a wrong one is one mistake.
function hasReservedLabel(labels: Record<string, string>): boolean {
  return "instance" in labels || "job" in labels;
}

/** Problems of a firewall, those of rules by the arguments that ask for them. */
function ruleProblems({ firewall, rules }: HostModel, sshPort: number | undefined): Problem[] {
  if (firewall === undefined) return [];
  return partProblems(hostFirewall, { ...firewall, sshPort }).flatMap(({ path, says }) => {
    const [list, index, ...rest] = path;
    const at = list === "rules" ? rules[index as number]?.at : undefined;
    if (at === undefined) return [{ path, says }];
    // What a rule of the stack itself is made of is checked where it comes from.
    const isOwn = !at.includes("inboundRules");
    return isOwn && rest.length > 0 ? [] : [{ path: ["rules", ...at, ...rest], says }];
  });
}

function existingProblems(
  { origin, path, sharedPaths }: HostModel,
  { address, connection, droplet }: StackHostArgs,
): Problem[] {
  if (origin.kind !== "existing") return [];
  if (address === undefined || address === null) {
    return problemAt(path, "an address is needed, or a region, in which a droplet is made for it");
  }
  return [
    ...sshHostProblems(partProblems(sshHost, origin.host), path, connection ?? {}, sharedPaths),
    ...problemAt(
      [...path, "droplet"],
      droplet === undefined ? undefined : "only a host with a region is a droplet",
    ),
  ];
}

function dropletProblems(
  { droplets = {} }: MonitoringStackArgs,
  { origin, path, sharedPaths }: HostModel,
  { address, connection, droplet = {} }: StackHostArgs,
): Problem[] {
  if (origin.kind !== "droplet") return [];
  const { privateKey: _, ...known } = connection ?? {};
  const made = [
    ...(address === undefined ? [] : [["address"]]),
    ...Object.entries(known).flatMap(([key, value]) => (value === undefined ? [] : [["connection", key]])),
  ];
  const { publicKey, sshKeys = publicKey } = { ...droplets, ...droplet };
  const places = Object.keys(origin.droplet).map((name) => [
    name,
    name in droplet ? [...path, "droplet", name] : ["droplets", name],
  ]);
  const settings = { ...origin.droplet, sshKeys: origin.droplet.sshKeys ?? ["added by the stack"] };
  return [
    ...placed(partProblems(dropletHost, settings), path, {
      ...(Object.fromEntries(places) as Record<string, Path>),
      name: [...path, "name"],
      region: [...path, "region"],
      privateKey: sharedPaths["connection.privateKey"] ?? [...path, "connection", "privateKey"],
    }),
    ...made.flatMap((key) =>
      problemAt(
        [...path, ...key],
        "a host that is made in a region gets this from there; leave it out, or leave out region",
      ),
    ),
    ...problemAt(
      [...path, "region"],
      sshKeys === undefined
        ? "nobody could log in to its droplet; give droplets.publicKey, or droplets.sshKeys with ids or fingerprints of keys that the account knows"
        : undefined,
    ),
  ];
}

function monitorProblems(args: MonitoringStackArgs, model: MonitorModel, given: StackHostArgs): Problem[] {
  const { path } = model;
  const served = {
    overlayAddress: [...path, "overlayAddress"],
    readers: ["network"],
    networkInterface: interfacePath,
  };
  const softwareOf = (program: "alertmanager" | "prometheus") =>
    args[program]?.software === undefined ? ["software", program] : [program, "software"];
  // The default is made from the port.
  const urlOf = (program: "alertmanager" | "prometheus", port: Path): Path =>
    (args[program]?.externalUrl ?? undefined) === undefined ? port : [program, "externalUrl"];
  return [
    ...placed(partProblems(peer, { ...model.peer, address: given.address }), path, {
      loopbackAddress: [...path, "number"],
      streamPort: ["gossip", "streamPort"],
      datagramPort: ["gossip", "datagramPort"],
    }),
    ...placed(partProblems(gateway, model.gateway), ["gossip"], {
      ...served,
      apiNames: ["alertmanager", "externalUrl"],
    }),
    ...placed(partProblems(alertmanagerPeer, model.alertmanager), ["gossip"], {
      alerting: ["alerting"],
      runtime: ["alertmanager"],
      externalUrl: urlOf("alertmanager", ["gossip", "apiPort"]),
      "runtime.software": softwareOf("alertmanager"),
    }),
    ...placed(partProblems(prometheusServer, model.prometheus), ["scraping"], {
      ...served,
      rules: ["rules"],
      probes: ["probes"],
      ruleGroups: ["ruleGroups"],
      runtime: ["prometheus"],
      externalUrl: urlOf("prometheus", ["prometheus", "port"]),
      "runtime.software": softwareOf("prometheus"),
      peerTimeout: ["alertmanager", "peerTimeout"],
    }),
    ...portProblems(model, given),
  ];
}
