import { servePlugin } from "../serve";
import { digitaloceanProvider } from "./provider";

servePlugin("digitalocean", process.argv[2] ?? "", digitaloceanProvider);
