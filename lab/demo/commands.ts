import type { Command } from "commander";
import { renderPreview } from "../engine/run";
import { openLab } from "../hosts/commands";
import { demo } from "./demo";
import { demoDroplets } from "./droplets";
import { deployed, parseEngineChoice, prepareStack } from "./deploy";
import { demoStack } from "./settings";

/** Adds the commands that deploy the program onto the lab's hosts. */
export function registerDemoCommands(program: Command): void {
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option(
        "--engine <name>",
        "pulumi (the CLI on PATH), embedded, or auto (the CLI where there is one)",
        "auto",
      );

  command("demo", "boot two monitors and two targets, deploy, and show that it works").action(
    async ({ engine }: { engine: string }) => {
      await demo(openLab(program), parseEngineChoice(engine));
    },
  );

  command("demo-droplets", "deploy on a simulated DigitalOcean, from nothing and back to nothing").action(
    async ({ engine }: { engine: string }) => {
      await demoDroplets(openLab(program), parseEngineChoice(engine));
    },
  );

  command("preview", "show what the next deployment would change").action(
    async (options: { engine: string }) => {
      const { engine } = await prepareStack(openLab(program), parseEngineChoice(options.engine), demoStack);
      console.log(renderPreview(deployed(await engine.preview())));
    },
  );

  command("destroy", "take the program off the hosts again; the hosts stay").action(
    async (options: { engine: string }) => {
      const { engine } = await prepareStack(openLab(program), parseEngineChoice(options.engine), demoStack);
      const { changes, seconds } = deployed(await engine.destroy());
      console.log(
        `${changes.delete} resources destroyed with ${engine.description} (${seconds.toFixed(1)} s)`,
      );
    },
  );
}
