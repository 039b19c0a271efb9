import { servePlugin } from "../serve";
import { tlsProvider } from "./provider";

servePlugin("tls", process.argv[2] ?? "", tlsProvider);
