import { writeFileSync } from "node:fs";
import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/** What a run came to. */
export interface Summary {
  passed: number;
  /** What failed: tests, and suites or files that broke outside their tests; each with lines of its error below its name. */
  failed: string[];
  skipped: { name: string; reason: string }[];
}

/** Writes the summary of a run as JSON to the file that SUMMARY_FILE names; vitest's own JSON leaves out why a test was skipped. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const summary = summarize(modules);
    summary.failed.push(...unhandledErrors.map((error) => `outside of any test: ${error.message}`));
    const file = process.env.SUMMARY_FILE;
    if (file === undefined) throw new Error("SUMMARY_FILE must name the file to write");
    writeFileSync(file, JSON.stringify(summary));
  }
}

function summarize(modules: readonly TestModule[]): Summary {
  const summary: Summary = { passed: 0, failed: [], skipped: [] };
  for (const module of modules) {
    if (module.errors().length > 0) summary.failed.push(module.relativeModuleId + reasons(module.errors()));
    for (const suite of module.children.allSuites()) {
      if (suite.errors().length > 0)
        summary.failed.push(`${module.relativeModuleId} > ${suite.fullName}${reasons(suite.errors())}`);
    }
    for (const test of module.children.allTests()) {
      const name = `${module.relativeModuleId} > ${test.fullName}`;
      const result = test.result();
      if (result.state === "passed") summary.passed += 1;
      else if (result.state === "skipped") {
        summary.skipped.push({ name, reason: result.note ?? "no reason given" });
      } else summary.failed.push(name + reasons(result.errors ?? []));
    }
  }
  return summary;
}

/** The first line of each error, and the lines in it that name errors: what Pulumi printed is in some of them. */
function reasons(errors: readonly { message: string }[]): string {
  return errors
    .flatMap(({ message }) => {
      const [first = "", ...others] = message.split("\n").filter((line) => line.trim() !== "");
      return [first, ...others.filter((line) => /\b(error|failed|ha-monitoring:)/i.test(line)).slice(0, 8)];
    })
    .map((line) => `\n    ${line.trim().slice(0, 400)}`)
    .join("");
}
