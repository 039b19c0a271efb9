import { afterAll, beforeAll, describe } from "vitest";
import { describeCertificates } from "./certificates";
import { describeFaults } from "./faults";
import { GossipStack } from "./support/gossipStack";

const day = 24 * 3_600_000;

// One deployment for both: it takes longer than most of what is tested on it.
describe("two monitors that are a cluster", () => {
  const stack = new GossipStack();

  beforeAll(async () => {
    await stack.boot(["monitor-a", "monitor-b"]);
    // Certificates live for 90 days and are renewed 30 days before their end: deployed 70 days ago, they are due.
    await stack.up({ now: new Date(Date.now() - 70 * day) });
  });

  afterAll(() => stack.discard());

  describe("and know each other by certificates", () => describeCertificates(stack));
  describe("and outlive faults", () => describeFaults(stack));
});
