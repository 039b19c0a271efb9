import { Client, type ClientChannel } from "ssh2";
import { eventually } from "../../../lab/polling";
import type { Lab, LabHost } from "../../../lab/hosts/lab";

/** A login on a lab host that stays open, as somebody has who works there. */
export class SshSession {
  private received = "";
  private asked = 0;

  private constructor(
    private readonly client: Client,
    private readonly channel: ClientChannel,
  ) {
    channel.on("data", (data: Buffer) => (this.received += data.toString()));
    // Between two questions nobody waits; the next one finds the session gone.
    client.on("error", () => undefined);
  }

  static open(lab: Lab, host: LabHost): Promise<SshSession> {
    const client = new Client();
    return new Promise((resolve, reject) => {
      client.once("error", reject);
      client.once("ready", () => {
        client.exec("cat", (error, channel) => {
          if (error) reject(error);
          else resolve(new SshSession(client, channel));
        });
      });
      client.connect({ host: host.address, username: "root", privateKey: lab.privateKey });
    });
  }

  /** Whether the machine says something back over this very connection, within 30 seconds of an idle machine. */
  async answers(): Promise<boolean> {
    const question = `question ${++this.asked}\n`;
    this.channel.write(question);
    const answered = () => {
      if (!this.received.endsWith(question)) throw new Error("no answer");
    };
    return eventually(30, answered).then(
      () => true,
      () => false,
    );
  }

  close(): void {
    this.client.destroy();
  }
}
