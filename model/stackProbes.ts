import type { ExporterArgs } from "../components/exporters/scrapeTarget";
import type { ProbeJobArgs } from "../components/prometheus/probes";
import type { MonitoringStackArgs, StackHostArgs } from "../components/stack/args";
import { formatHostPort } from "./addresses";
import type { ExporterAt } from "./exporters";
import { didYouMean } from "./nearest";
import { blackbox, moduleProblems, modulesOf, probeJobOf } from "./probes";
import { problemAt, under, type Problem } from "./problem";

/** The blackbox_exporter that a monitor needs for probes and has not among its own exporters. */
export function stackBlackbox(args: MonitoringStackArgs, host: StackHostArgs): ExporterArgs | undefined {
  const isProber = (args.probes ?? []).some(({ from }) => from === undefined || from.includes(host.name));
  if (!isProber || ownBlackbox(host) !== undefined) return undefined;
  return { ...args.blackboxExporter, release: blackbox };
}

/** The probes of a monitor's Prometheus. */
export function probeJobsOf(
  { probes = [], monitors }: MonitoringStackArgs,
  index: number,
  { given, addresses }: { given: { exporters: ExporterAt[] }[]; addresses: string[] },
): ProbeJobArgs[] {
  const proberOf = (monitor: number) => {
    const exporter = given[monitor]?.exporters.find(({ release }) => release === blackbox);
    return formatHostPort(addresses[monitor] as string, exporter?.port ?? 1);
  };
  return probes.map(({ from, ...probe }) => {
    // A monitor that there is not is a mistake of its own.
    const places = from?.map((name) =>
      Math.max(
        monitors.findIndex((each) => each.name === name),
        0,
      ),
    );
    const probers = places?.map((place) => ({ address: proberOf(place), name: monitors[place]?.name }));
    return { ...probe, job: probeJobOf(probe), probers: probers ?? [{ address: proberOf(index) }] };
  });
}

/** Checks probes against the monitors and the modules of their blackbox_exporters. */
export function probeProblems({ probes = [], monitors, blackboxExporter }: MonitoringStackArgs): Problem[] {
  const names = monitors.map(({ name }) => name);
  // Without configuration, Pulumi gives the program an empty section.
  const unused = probes.length === 0 && Object.keys(blackboxExporter ?? {}).length > 0;
  return [
    ...problemAt(
      ["blackboxExporter"],
      unused ? "there are no probes, so it would not be installed; give probes, or leave it out" : undefined,
    ),
    ...probes.flatMap((probe, index) =>
      under(
        ["probes", index],
        [
          ...(probe.from ?? []).flatMap((name, place) =>
            problemAt(
              ["from", place],
              names.includes(name)
                ? undefined
                : `there is no monitor "${name}"${didYouMean(name, names) || `; the monitors are ${names.join(", ")}`}`,
            ),
          ),
          ...monitors
            .filter(({ name }) => probe.from === undefined || probe.from.includes(name))
            .flatMap((monitor) => {
              const modules = modulesOf(
                ownBlackbox(monitor)?.config ?? blackboxConfig(monitor, blackboxExporter),
              );
              return modules === undefined ? [] : moduleProblems(probe, modules);
            }),
        ],
      ),
    ),
  ];
}

// One that a monitor has of its own does not have the modules of the others.
function blackboxConfig(monitor: StackHostArgs, shared: MonitoringStackArgs["blackboxExporter"]): unknown {
  return ownBlackbox(monitor) === undefined ? shared?.config : undefined;
}

function ownBlackbox({ exporters = [] }: StackHostArgs): ExporterArgs | undefined {
  return exporters.find(({ release }) => release === blackbox);
}
