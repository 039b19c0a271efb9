import type { Command } from "commander";
import { openLab } from "../hosts/commands";
import { demo } from "./demo";
import { demoDroplets } from "./droplets";
import { deployed, prepareStack } from "./deploy";
import { describePreview, requireHosts } from "./preview";
import { demoStack } from "./settings";

/** Adds the commands that deploy the program onto the lab's hosts. */
export function registerDemoCommands(program: Command): void {
  const command = (name: string, description: string, run: () => Promise<void>) =>
    program.command(name).description(description).action(run);

  command("demo", "boot two monitors and two targets, deploy, and show that it works", () =>
    demo(openLab(program)),
  );

  command("demo-droplets", "deploy on a simulated DigitalOcean, from nothing and back to nothing", () =>
    demoDroplets(openLab(program)),
  );

  program
    .command("preview")
    .description("show what the next deployment would change; starts and creates nothing")
    .option("--diff", "Pulumi's own preview, with every property")
    .action(async ({ diff }: { diff?: boolean }) => {
      const lab = openLab(program);
      await requireHosts(lab);
      const { engine } = await prepareStack(lab, demoStack);
      const result = deployed(await engine.preview());
      console.log(diff ? result.text : describePreview(result));
    });

  command("destroy", "take the program off the hosts again; the hosts stay", async () => {
    const { engine } = await prepareStack(openLab(program), demoStack);
    const { changes, seconds } = deployed(await engine.destroy());
    console.log(`${changes.delete} resources destroyed (${seconds.toFixed(1)} s)`);
  });
}
