import { eventually } from "../polling";
import type { HostReference, Lab } from "./lab";

/** Waits until something on a host listens on a port: `systemd-run` and `systemctl start` return when a program has begun, not when it listens. */
export async function untilListening(
  lab: Lab,
  host: HostReference,
  port: number,
  protocol: "tcp" | "udp" = "tcp",
): Promise<void> {
  const listening = `ss --no-header --listening --numeric --${protocol} 'sport = :${port}' | grep -q .`;
  await eventually(60, () => lab.exec(host, listening));
}
