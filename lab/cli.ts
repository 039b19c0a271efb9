import { Command } from "commander";
import { registerDemoCommands } from "./demo/commands";
import { registerHostCommands } from "./hosts/commands";

const program = new Command("lab")
  .description("Throw-away hosts on this machine, to try ha-monitoring on")
  .option("--state <directory>", "where keys and addresses are kept (default: .lab in the project)");

// Every group of commands is registered here, each from a file of its own.
registerHostCommands(program);
registerDemoCommands(program);

program.parseAsync().catch((error: unknown) => {
  console.error(`lab: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
