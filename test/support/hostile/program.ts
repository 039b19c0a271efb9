import { MonitoringStack } from "../../../components";
import { given, printed } from "./given";

// The renderer runs a program by its path, so its arguments and its outputs are in a module of their own.
const stack = new MonitoringStack("monitoring", given());
printed({ monitors: stack.monitors, targets: stack.targets });
