import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export interface StoredKey {
  id: number;
  name: string;
  public_key: string;
  fingerprint: string;
}

export interface StoredVpc {
  id: string;
  name: string;
  description: string;
  region: string;
  ip_range: string;
  default: boolean;
  created_at: string;
}

export interface StoredFirewall {
  id: string;
  name: string;
  inbound_rules: Record<string, unknown>[];
  outbound_rules: Record<string, unknown>[];
  droplet_ids: number[];
  tags: string[];
  created_at: string;
}

export interface BackupPolicy {
  plan?: string;
  weekday?: string;
  hour?: number;
}

export interface StoredDroplet {
  id: number;
  name: string;
  region: string;
  size: string;
  /** GiB; stays as it is when a droplet is resized without its disk. */
  disk: number;
  image: string;
  status: "new" | "active" | "off";
  vpc_uuid: string;
  tags: string[];
  ipv6: boolean;
  backups: boolean;
  backup_policy?: BackupPolicy;
  monitoring: boolean;
  agent: boolean;
  created_at: string;
  /** Name of its machine, which stays the same when the droplet is renamed. */
  machine: string;
  /** Of its machine, once there is one. */
  address?: string;
  address6?: string;
  /** What its machine is made from; only until there is one, since user data has secrets in it. */
  seed?: DropletSeed;
  /** It was deleted, and its machine is not gone yet. */
  deleting?: true;
}

/** What a droplet's machine gets at its first start. */
export interface DropletSeed {
  /** Public keys that root lets in. */
  authorizedKeys: string[];
  userData: string;
  /** How the run of its user data is disturbed, for tests. */
  disturbance?: CloudInitDisturbance;
}

/** What a test asks of the run of user data. */
export interface CloudInitDisturbance {
  /** Seconds by which it takes longer. */
  seconds?: number;
  /** It fails with this. */
  error?: string;
  /** It ends well, but for this: what cloud-init calls a recoverable error. */
  warning?: string;
}

export interface StoredAction {
  id: number;
  status: "in-progress" | "completed" | "errored";
  type: string;
  /** Fields of the request beyond its type. */
  parameters: Record<string, unknown>;
  started_at: string;
  completed_at: string | null;
  resource_id: number;
  region: string;
}

/** All that an account has. */
export interface Account {
  nextId: number;
  keys: StoredKey[];
  /** Names, as they were first written. */
  tags: string[];
  vpcs: StoredVpc[];
  firewalls: StoredFirewall[];
  droplets: StoredDroplet[];
  actions: StoredAction[];
}

const emptyAccount = (): Account => ({
  ...{ nextId: 100_000_001, keys: [], tags: [], vpcs: [] },
  ...{ firewalls: [], droplets: [], actions: [] },
});

/** An account in a JSON file, for its owner only, so that it outlives the simulator's process. */
export class Store {
  readonly account: Account;

  constructor(private readonly file: string) {
    this.account = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Account) : emptyAccount();
  }

  /** A number for something new. */
  nextId(): number {
    return this.account.nextId++;
  }

  save(): void {
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    const staged = `${this.file}.new`;
    writeFileSync(staged, JSON.stringify(this.account, undefined, 2), { mode: 0o600 });
    renameSync(staged, this.file);
  }
}

/** The present time as the API writes it. */
export function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
