import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab, LabHost } from "../../../lab/hosts/lab";
import { gossipPorts } from "../../../lab/stack";
import { output } from "./cluster";

const unit = "flood.service";
const program = "/root/flood.pl";
const counts = "/run/flood";

/** Connections of one lab host to the gossip ports of others that say nothing, or one byte a second, by IPv4 and IPv6. */
export class Flood {
  private constructor(
    private readonly lab: Lab,
    private readonly attacker: LabHost,
  ) {}

  /**
   * @param silent connections that say nothing, over all hosts, addresses and ports.
   * @param trickling connections that send one byte of a TLS record each second.
   */
  static async start(
    lab: Lab,
    attacker: LabHost,
    hosts: LabHost[],
    silent: number,
    trickling: number,
  ): Promise<Flood> {
    const servers = hosts.flatMap(({ address, address6 }) =>
      [address, address6].flatMap((each) => Object.values(gossipPorts).map((port) => `${each},${port}`)),
    );
    const stdin = readFileSync(join(__dirname, "flood.pl"), "utf8");
    const given = [counts, silent, trickling, ...servers].join(" ");
    await lab.exec(
      attacker.name,
      `cat >${program}; systemd-run --quiet --unit ${unit} --property LimitNOFILE=16384 perl ${program} ${given}`,
      { stdin },
    );
    return new Flood(lab, attacker);
  }

  /** Connections that the gateways hold now, and how many they have refused or closed. */
  async counts(): Promise<{ held: number; closed: number }> {
    const text = await output(this.lab, this.attacker.name, `cat ${counts}`);
    const [held = 0, closed = 0] = text.split(" ").map(Number);
    return { held, closed };
  }

  async stop(): Promise<void> {
    await output(this.lab, this.attacker.name, `systemctl stop ${unit}; rm -f ${program} ${counts}`);
  }
}
