import type { JobLimitsArgs, ScrapeLimitsArgs } from "../components/prometheus/scrapeLimits";
import { jobName, repeated, wholeNumber } from "./checks";
import { scrapeLimitDefaults, withDefaults } from "./defaults";
import { list, section } from "./fields";
import { problemAt, type Problem } from "./problem";

const limits = {
  bodyMegabytes: wholeNumber("MB", 1),
  samples: wholeNumber("", 1),
  labels: wholeNumber("", 1),
  labelNameBytes: wholeNumber("bytes", 1),
  labelValueBytes: wholeNumber("bytes", 1),
};

/** What one scrape may bring. */
export const scrapeLimits = section<ScrapeLimitsArgs>(limits, {});

/** Limits of single jobs. */
export const jobLimits = list(
  section<JobLimitsArgs>({ job: jobName, ...limits }, { job: true }),
  (entries) => {
    const twice = repeated(entries.map(({ job }) => job));
    return twice.flatMap((job) =>
      problemAt([], `job "${job}" is there twice; give all of its limits in one entry`),
    );
  },
);

/** Every limit of the jobs that have none of their own, and of those that have some. */
export function settledLimits(common: ScrapeLimitsArgs = {}, ofJobs: JobLimitsArgs[] = []) {
  const others = withDefaults(scrapeLimitDefaults, common);
  const byJob = ofJobs.map(({ job, ...own }) => [job, withDefaults(others, own)] as const);
  return { others, byJob: Object.fromEntries(byJob) };
}

/** Checks that there is a job for each entry, once the jobs are known. */
export function limitedJobProblems(ofJobs: JobLimitsArgs[] = [], jobs: string[] | undefined): Problem[] {
  if (jobs === undefined) return [];
  return ofJobs.flatMap(({ job }, index) =>
    problemAt(
      [index, "job"],
      jobs.includes(job)
        ? undefined
        : `there is no job "${job}"; the jobs are ${jobs.join(", ")}, and a job of scrape_configs has its limits there`,
    ),
  );
}
