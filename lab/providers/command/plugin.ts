import { servePlugin } from "../serve";
import { commandProvider } from "./provider";

servePlugin("command", process.argv[2] ?? "", commandProvider);
