import type { Path } from "../../../model/problem";

/** Sections that users give as one Output. */
const sections: Path[] = [["alerting", "config"], ["ruleGroups"], ["scraping", "config"]];

/** Texts that users give as Outputs. */
const texts = [
  /^(monitors|targets)\.\d+\.(address|endpoint)$/,
  /\.connection\.(bastion\.)?(host|user|privateKey|hostKey)$/,
  /\bdroplets?\.(vpcUuid|publicKey|sshKeys\.\d+)$/,
  /^alerting\.(configYaml|templates\..*|secretFiles\..*)$/,
  /^rules\./,
];

/** The path of the Output that a value may be in; undefined for a value that is always known. */
export function outputAround(path: Path): Path | undefined {
  const section = sections.find((each) => each.every((step, index) => path[index] === step));
  return section ?? (texts.some((each) => each.test(path.join("."))) ? path : undefined);
}

/** Whether an error is a problem of an argument and not an exception: it begins with the path of the argument. */
export function isProblem(error: string): boolean {
  const isException = /is not a function|Cannot read|Maximum call stack/.test(error);
  return /^(\n {2}- )?[\w[\].", -]+: /.test(error) && !isException;
}
