import { alertmanagerCases } from "./alertmanager";
import type { AlertCase } from "./cases";
import { gatewayCases } from "./gateway";
import { hostCases } from "./hosts";
import { prometheusCases } from "./prometheus";

/** The cases of every alert, by its name. */
export const alertCases: Record<string, AlertCase[]> = {
  ...hostCases,
  ...prometheusCases,
  ...alertmanagerCases,
  ...gatewayCases,
};
