import { servePlugin } from "../serve";
import { dockerProvider } from "./provider";

servePlugin("docker", process.argv[2] ?? "", dockerProvider);
