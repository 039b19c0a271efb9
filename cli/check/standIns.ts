/** Harmless contents in the places of what only a run or a host knows, so that programs can read the files. */
import { randomBytes } from "node:crypto";
import { replacePlaceholders, revealPlaceholders } from "../placeholders";

/** Answers for placeholders, the same ones for a whole run. */
export class StandIns {
  private readonly named = new Map<string, string>();
  private readonly wireGuardKey = randomBytes(32).toString("base64");

  private constructor(private readonly pair: { certificate: string; key: string }) {}

  static async make(): Promise<StandIns> {
    // It takes a while to load, and only checks need it.
    const { makeCertificate } = await import("../../components/host/standIns.js");
    return new StandIns(await makeCertificate("stand-in.invalid"));
  }

  /** The key of the certificate that stands for all. */
  get privateKey(): string {
    return `${this.pair.key}\n`;
  }

  get wireGuardPrivateKey(): string {
    return `${this.wireGuardKey}\n`;
  }

  /** Content of a file all of which is secret. */
  readonly secret = "stand-in\n";

  /** A text with something in the place of each placeholder that the programs accept there. */
  fill(text: string): string {
    return replacePlaceholders(text, (what) =>
      what.startsWith("certificate of ") ? this.pair.certificate : this.stand(what),
    );
  }

  /** What a program said, with placeholders again in the places of what stood for them. */
  reveal(said: string): string {
    const shown = [...this.named].reduce((rest, [what, given]) => rest.replaceAll(given, `<${what}>`), said);
    return revealPlaceholders(shown);
  }

  // Most secret values are texts, for which a URL is as good as any, or URLs.
  private stand(what: string): string {
    const given = this.named.get(what) ?? `https://stand-in-${this.named.size + 1}.invalid/`;
    this.named.set(what, given);
    return given;
  }
}
