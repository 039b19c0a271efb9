import { join } from "node:path";
import { buildAlertmanagerBase, debianImage } from "../hosts/images";
import { ImageRegistry } from "../hosts/imageRegistry";
import type { LabHost } from "../hosts/inventory";
import type { Lab } from "../hosts/lab";
import { mirroredSoftware, startReleaseMirror } from "../hosts/releaseMirror";
import { ensureSshKeyPair, type SshKeyPair } from "../hosts/sshKeys";
import { machineAddress } from "../hosts/webhook";
import { SimulatedDigitalOcean } from "./simulatedDigitalOcean";

const token = "token-of-the-lab";
const registryPort = 5000;

/** A simulated account, and all that a stack from nothing needs beside it: images, releases, and a key that its droplets let in. */
export class LabCloud {
  private constructor(
    private readonly lab: Lab,
    readonly api: SimulatedDigitalOcean,
    private readonly registry: ImageRegistry,
    /** The user's own key; nothing but what a program does with it opens a droplet. */
    readonly key: SshKeyPair,
    /** Configuration of the provider, by key. */
    readonly providerConfig: Record<string, string>,
    /** Configuration of a stack that uses what the lab has in reach, by key. */
    readonly settings: { alertmanager: object; software: object },
    /** This machine, as hosts of the lab reach it. */
    readonly address: string,
  ) {}

  static async open(lab: Lab, log: (line: string) => void = () => undefined): Promise<LabCloud> {
    const mirror = await startReleaseMirror(lab);
    const address = machineAddress(mirror.host);
    // The same one every time: names of images have it in them, and droplets trust it from their first boot. Every lab has an address of its own.
    const registry = await ImageRegistry.start(address, registryPort);
    try {
      const baseImage = await registry.offer(await buildAlertmanagerBase(), debianImage("debian13"));
      const api = new SimulatedDigitalOcean({
        ...{ lab, token, log },
        files: [registry.trustedByDocker()],
      });
      await api.listen();
      const key = ensureSshKeyPair(join(lab.stateDirectory, "digitalocean", "user-key"), "user");
      return new LabCloud(
        ...([lab, api, registry, key] as const),
        { "digitalocean:apiEndpoint": api.endpoint, "digitalocean:token": token },
        { alertmanager: { image: { baseImage } }, software: mirroredSoftware(mirror) },
        address,
      );
    } catch (error) {
      registry.stop();
      throw error;
    }
  }

  /** The hosts of the lab that are droplets now, by the droplets' names. */
  async hosts(): Promise<Record<string, LabHost>> {
    const running = await this.lab.status();
    const entries = this.api.account.droplets.flatMap((droplet) => {
      const host = running.find(({ name }) => name === droplet.machine);
      return host === undefined ? [] : [[droplet.name, host] as const];
    });
    return Object.fromEntries(entries);
  }

  /** Droplets stay. */
  async close(): Promise<void> {
    await this.api.close();
    this.registry.stop();
  }
}
