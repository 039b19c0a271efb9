import { join } from "node:path";
import { ensureImage, imagePrefix } from "./imageBuild";
import { buildBaseImage } from "./images";

/** Builds the image in which programs find themselves on arm64; lab/images/arm64/Dockerfile says how. Returns its name. */
export async function buildArm64Image(log: (line: string) => void = () => undefined): Promise<string> {
  const recipe = {
    repository: `${imagePrefix}arm64`,
    directory: join(__dirname, "..", "images", "arm64"),
    buildArguments: { BASE_IMAGE: await buildBaseImage("debian13", log) },
  };
  return ensureImage(recipe, log);
}
