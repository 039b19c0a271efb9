import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipe, run } from "./command";
import type { HostFile } from "./host";

interface Blob {
  mediaType: string;
  size: number;
  digest: string;
}

/** What `docker save` says of an image. */
interface SavedImage {
  Config: string;
  Layers: string[];
}

const dockerSettings = join(__dirname, "..", "images", "host", "docker-daemon.json");
const manifestType = "application/vnd.docker.distribution.manifest.v2+json";
const configType = "application/vnd.docker.container.image.v1+json";
const layerType = "application/vnd.docker.image.rootfs.diff.tar";

/** A registry of images on this machine, as far as `docker pull` asks one: hosts of a lab reach no other. */
export class ImageRegistry {
  private readonly blobs = new Map<string, string>();
  private readonly manifests = new Map<string, Buffer>();
  private readonly directory = mkdtempSync(join(tmpdir(), "ha-monitoring-registry-"));
  private readonly server: Server = createServer((request, response) => this.answer(request, response));

  private constructor(private readonly address: string) {}

  /**
   * @param address one of this machine, which the hosts reach.
   * @param port default: one that is free.
   */
  static async start(address: string, port = 0): Promise<ImageRegistry> {
    const registry = new ImageRegistry(address);
    await new Promise<void>((resolve, reject) => {
      registry.server.once("error", reject).listen(port, address, resolve);
    });
    return registry;
  }

  /** Host and port, as image names and Docker's `insecure-registries` have them. */
  get host(): string {
    return `${this.address}:${(this.server.address() as AddressInfo).port}`;
  }

  /** Offers an image of this machine's Docker engine; returns its name in the registry. */
  async offer(image: string, name: string): Promise<string> {
    const unpacked = mkdtempSync(join(this.directory, "image-"));
    await pipe(["docker", "save", image], ["tar", "-C", unpacked, "-x"]);
    const [saved] = JSON.parse(readFileSync(join(unpacked, "manifest.json"), "utf8")) as SavedImage[];
    if (!saved) throw new Error(`docker save ${image} has no image`);
    const add = async (file: string, mediaType: string): Promise<Blob> => {
      const path = join(unpacked, file);
      const digest = `sha256:${(await run("sha256sum", [path])).stdout.slice(0, 64)}`;
      this.blobs.set(digest, path);
      return { mediaType, size: statSync(path).size, digest };
    };
    const manifest = {
      schemaVersion: 2,
      mediaType: manifestType,
      config: await add(saved.Config, configType),
      layers: await Promise.all(saved.Layers.map((layer) => add(layer, layerType))),
    };
    const content = Buffer.from(JSON.stringify(manifest));
    const [repository, tag] = name.split(":");
    this.manifests.set(`${repository}/${tag}`, content);
    this.manifests.set(`${repository}/${digestOf(content)}`, content);
    return `${this.host}/${name}`;
  }

  /** The settings of a Docker that asks it, as a host of the lab has them before its first boot. */
  trustedByDocker(): HostFile {
    const image = JSON.parse(readFileSync(dockerSettings, "utf8")) as object;
    const content = JSON.stringify({ ...image, "insecure-registries": [this.host] });
    return { path: "/etc/docker/daemon.json", content, mode: 0o644 };
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private answer({ method, url = "" }: IncomingMessage, response: ServerResponse): void {
    const [, repository, kind, reference] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url) ?? [];
    const manifest = kind === "manifests" && this.manifests.get(`${repository}/${reference}`);
    const blob = kind === "blobs" && this.blobs.get(reference ?? "");
    if (manifest) {
      const headers = { "content-type": manifestType, "docker-content-digest": digestOf(manifest) };
      response.writeHead(200, { ...headers, "content-length": manifest.length });
      response.end(method === "HEAD" ? undefined : manifest);
    } else if (blob) {
      response.writeHead(200, { "content-length": statSync(blob).size });
      if (method === "HEAD") response.end();
      else createReadStream(blob).pipe(response);
    } else {
      response.writeHead(url === "/v2/" ? 200 : 404, { "content-type": "application/json" }).end("{}");
    }
  }
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
