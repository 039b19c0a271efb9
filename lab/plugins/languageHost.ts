/**
 * The lab's host for Pulumi programs in TypeScript, started by the engine as `pulumi-language-nodejs ENGINE-ADDRESS` where there is no
 * other one. As Pulumi's own host does it starts the SDK's runner, the very copy that the program loads, in a process of its own; tsx takes
 * the types out of what the runner loads.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Server, ServerCredentials, status, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import {
  AboutResponse,
  GetProgramDependenciesResponse,
  GetRequiredPackagesResponse,
  RunResponse,
  type RunRequest,
} from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { endWithParent } from "./parentProcess";

/** With this status the runner says that it has told the user what is wrong. */
const alreadyTold = 32;

const [, , version = "", typeRemover = ""] = process.argv;
// The engine puts its address behind the flags that it passes.
const engineAddress = process.argv.slice(4).find((argument) => !argument.startsWith("-")) ?? "";
const running = new Set<ChildProcess>();

/** Starts the SDK's runner for a program; resolves when it has ended. */
function runProgram(request: RunRequest): Promise<RunResponse> {
  const info = request.getInfo();
  // A project may contain a link to the folder that has the program and its packages.
  const directory = realpathSync(info?.getProgramDirectory() ?? request.getPwd());
  const entry = info?.getEntryPoint() ?? ".";
  const { resolve: find } = createRequire(join(directory, "index.js"));
  const flags = {
    ...{
      monitor: request.getMonitorAddress(),
      engine: engineAddress,
      organization: request.getOrganization(),
    },
    ...{ project: request.getProject(), stack: request.getStack(), pwd: request.getPwd() },
    ...{ "root-directory": info?.getRootDirectory() ?? "", parallel: String(request.getParallel()) },
  };
  const child = spawn(
    process.execPath,
    [
      // Loaded before tsx looks at every file, the SDK takes two thirds of the time.
      ...["--require", find("@pulumi/pulumi"), "--require", typeRemover, find("@pulumi/pulumi/cmd/run")],
      ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      entry === "." ? "." : join(directory, entry),
      ...request.getArgsList(),
    ],
    {
      cwd: request.getPwd(),
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        PULUMI_NODEJS_TYPESCRIPT: "false",
      },
    },
  );
  running.add(child);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      running.delete(child);
      const response = new RunResponse();
      if (code === alreadyTold) response.setBail(true);
      else if (code !== 0)
        response.setError(
          `Program exited with ${signal ? `signal ${signal}` : `non-zero exit code: ${code}`}`,
        );
      resolve(response);
    });
  });
}

function answer<Request, Response>(handle: (request: Request) => Response | Promise<Response>) {
  return ({ request }: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) =>
    void Promise.resolve(request)
      .then(handle)
      .then((response) => callback(null, response))
      .catch((error: Error) => callback({ code: status.UNKNOWN, details: error.message }));
}

const server = new Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
server.addService(LanguageRuntimeService, {
  getPluginInfo: answer(() => new PluginInfo().setVersion(version)),
  about: answer(() => new AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
  // Plugins are on PATH; nothing is to be fetched for a program.
  getRequiredPackages: answer(() => new GetRequiredPackagesResponse()),
  getProgramDependencies: answer(() => new GetProgramDependenciesResponse()),
  run: answer(runProgram),
  cancel: answer(() => {
    for (const child of running) child.kill("SIGINT");
    return new Empty();
  }),
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
endWithParent(() => {
  for (const child of running) child.kill("SIGKILL");
  return true;
});
