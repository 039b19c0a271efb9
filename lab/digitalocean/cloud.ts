import type { DropletWork } from "./dropletWork";
import type { Router } from "./routing";
import type { CloudInitDisturbance, Store } from "./store";

/** What the parts of the API share. */
export interface Cloud {
  router: Router;
  store: Store;
  work: DropletWork;
  /** How the next droplet's run of user data is to be disturbed; asked once for each droplet. */
  nextDisturbance: () => CloudInitDisturbance | undefined;
}
