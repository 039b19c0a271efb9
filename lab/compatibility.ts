import { defaultVersions, previousVersions, type ReleasedName } from "../model/versions";
import { hostSystems, type HostSystem } from "./hosts/systems";

/** Programs with which the tests in the lab deploy a whole stack. */
export interface TestedSoftware {
  title: string;
  /** Systems of the hosts. */
  systems: HostSystem[];
  source: "release" | "apt";
  /** Versions by program: whole ones of releases, the beginnings of those that a distribution packages, whose updates change the rest. */
  versions: Record<ReleasedName, string>;
  /** What is tried. */
  proofs: string;
}

const wholeProofs = "all tests in the lab";
const shortProofs =
  "first and second deployment, an alert from its beginning to its end, a changed configuration, removal";

/** What is tested: each entry by the lab's tests, which compare these versions with what the programs on the hosts say. */
export const testedSoftware = {
  default: {
    title: "Default releases",
    systems: ["debian13", "debian12"],
    source: "release",
    versions: defaultVersions,
    proofs: wholeProofs,
  },
  previous: {
    title: "Default releases before",
    systems: ["debian13"],
    source: "release",
    versions: previousVersions,
    proofs: `${shortProofs}; upgrade to the default releases and downgrade while an alert fires`,
  },
  debian13: {
    title: "Packages of Debian 13",
    systems: ["debian13"],
    source: "apt",
    versions: { prometheus: "2.53.", alertmanager: "0.28.", node_exporter: "1.9." },
    proofs: shortProofs,
  },
  debian12: {
    title: "Packages of Debian 12",
    systems: ["debian12"],
    source: "apt",
    versions: { prometheus: "2.42.", alertmanager: "0.25.", node_exporter: "1.5." },
    proofs: shortProofs,
  },
} satisfies Record<string, TestedSoftware>;

/** One line that names the default versions. */
export function describeDefaults(): string {
  const { prometheus, alertmanager, node_exporter } = defaultVersions;
  return `Default versions: Prometheus ${prometheus}, Alertmanager ${alertmanager}, node_exporter ${node_exporter}`;
}

/** The lines of a page between which the table is. */
export const tableMarkers = {
  begin: "<!-- The table is made from lab/compatibility.ts -->",
  end: "<!-- End of the table -->",
};

/** The table of what is tested, in Markdown. */
export function compatibilityTable(): string {
  const version = (text: string) => (text.endsWith(".") ? `${text}x` : text);
  const rows = Object.values<TestedSoftware>(testedSoftware).map(({ title, systems, versions, proofs }) => [
    title,
    version(versions.prometheus),
    version(versions.alertmanager),
    version(versions.node_exporter),
    systems.map((system) => hostSystems[system].title).join(", "),
    proofs,
  ]);
  const header = ["Software", "Prometheus", "Alertmanager", "node_exporter", "Hosts", "Tested"];
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
