/**
 * A plugin whose resources cost nothing: the lab's provider checks and compares what it is given, but nothing is created; what hosts
 * would say is answered. `node answeringPlugin.cjs PACKAGE VERSION`.
 */
import type { PropertyMap } from "../../lab/properties/values";
import { commandProvider } from "../../lab/providers/command/provider";
import { dockerProvider } from "../../lab/providers/docker/provider";
import type { ResourceProvider } from "../../lab/providers/provider";
import { servePlugin } from "../../lab/providers/serve";
import { tlsProvider } from "../../lab/providers/tls/provider";
import { answerAsPrinted } from "./printedFacts";

const providers: Record<string, ResourceProvider> = {
  command: commandProvider,
  docker: dockerProvider,
  tls: tlsProvider,
};

const [, , name = "", version = ""] = process.argv;
const provider = providers[name];
if (!provider) throw new Error(`no provider for ${name}`);
servePlugin(name, version, {
  ...provider,
  create: async (inputs, { type, name: resource }) => {
    const outputs = (await answerAsPrinted({ type, name: resource, inputs, secrets: [] })) as PropertyMap;
    // A certificate that has just been made is not due for renewal.
    return { id: `id of ${resource}`, outputs: { validityEndTime: "2999-01-01T00:00:00Z", ...outputs } };
  },
});
