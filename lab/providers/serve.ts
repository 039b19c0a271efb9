import { Server, ServerCredentials, status, type handleUnaryCall } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { GetSchemaResponse } from "@pulumi/pulumi/proto/provider_pb";
import { endWithParent } from "../plugins/parentProcess";
import { ProviderCalls } from "./calls";
import type { ResourceProvider } from "./provider";

/** Of a message to the engine. A state's texts are small; a bundle with many rule files is not. */
const largestMessage = 400 * 1024 * 1024;
/** Of an error: it travels in an HTTP/2 header, of which Node.js sends 64 KiB at most. */
const longestError = 16_000;

/**
 * Serves a provider as the plugin of a package: the engine starts one such process for each provider instance and reads the port from
 * its standard output. The process ends with the engine.
 */
export function servePlugin(name: string, version: string, provider: ResourceProvider): void {
  const calls = new ProviderCalls(provider);
  const server = new Server({
    "grpc.max_receive_message_length": largestMessage,
    "grpc.max_send_message_length": largestMessage,
  });
  const running = { count: 0 };
  const answer =
    <Request, Response>(handle: (request: Request) => Response | Promise<Response>) =>
    ({ request }: { request: Request }, callback: Parameters<handleUnaryCall<Request, Response>>[1]) => {
      running.count += 1;
      void Promise.resolve(request)
        .then(handle)
        .then((response) => callback(null, response))
        .catch((error: Error) => callback({ code: status.UNKNOWN, details: shorten(error.message) }))
        .finally(() => (running.count -= 1));
    };
  server.addService(ResourceProviderService, {
    getPluginInfo: answer(() => new PluginInfo().setVersion(version)),
    getSchema: answer(() => new GetSchemaResponse().setSchema(JSON.stringify({ name, version }))),
    checkConfig: answer(calls.checkConfig),
    diffConfig: answer(calls.diffConfig),
    configure: answer(calls.configure),
    check: answer(calls.check),
    diff: answer(calls.diff),
    create: answer(calls.create),
    update: answer(calls.update),
    delete: answer(calls.delete),
    read: answer(calls.read),
    // What has begun is finished.
    cancel: answer(() => new Empty()),
  });
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    console.log(port);
  });
  endWithParent(() => running.count === 0);
}

function shorten(message: string): string {
  return message.length <= longestError ? message : `...${message.slice(-longestError)}`;
}
