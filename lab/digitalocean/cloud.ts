import type { DropletWork } from "./dropletWork";
import type { Router } from "./routing";
import type { CloudInitDisturbance, Store } from "./store";

/** What the parts of the API share. */
export interface Cloud {
  router: Router;
  store: Store;
  work: DropletWork;
  /** How the run of the user data of a droplet of this name is to be disturbed; asked once for each droplet. */
  nextDisturbance: (name: string) => CloudInitDisturbance | undefined;
}
