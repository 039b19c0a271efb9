import { placeholder } from "./known";
import { nearest } from "./nearest";
import { problemAt, under, type Problem } from "./problem";
import type { SectionRules } from "./upstreamRules";

type Mapping = Readonly<Record<string, unknown>>;

/** What Alertmanager refuses in a time interval: UnmarshalYAML of the types in its package timeinterval. */
export const timeIntervalRules: SectionRules = {
  "timeinterval.TimeInterval": ({ value }) => [
    ...rangeProblems(value, "weekdays", weekdayProblem),
    ...rangeProblems(value, "days_of_month", dayProblem),
    ...rangeProblems(value, "months", monthProblem),
    ...rangeProblems(value, "years", yearProblem),
    ...problemAt(["location"], isText(value.location) ? zoneProblem(String(value.location)) : undefined),
  ],
  "timeinterval.yamlTimeRange": ({ value }) => timeProblems(value),
};

const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const months = [
  ...["january", "february", "march", "april", "may", "june"],
  ...["july", "august", "september", "october", "november", "december"],
];

type Scalar = string | number | boolean;

/** Upstream reads a single value as the text that it is written as. */
function isText(value: unknown): value is Scalar {
  return ["string", "number", "boolean"].includes(typeof value) && value !== placeholder;
}

function rangeProblems(value: Mapping, name: string, wrong: (text: string) => string | undefined): Problem[] {
  const ranges: unknown[] = Array.isArray(value[name]) ? value[name] : [];
  return ranges.flatMap((range, index) =>
    under([name, index], isText(range) ? problemAt([], wrong(String(range))) : []),
  );
}

/** Reads `from:to` or a single member; undefined when it is neither. */
function range(text: string, member: (word: string) => number | undefined): [number, number] | undefined {
  const [from, to] = text.toLowerCase().split(":").map(member);
  const isRange = /^[^:]*:?[^:]*$/.test(text) && from !== undefined;
  if (!isRange) return undefined;
  if (!text.includes(":")) return [from, from];
  return to === undefined ? undefined : [from, to];
}

const wholeNumber = (word: string) => (/^[+-]?\d+$/.test(word) ? Number(word) : undefined);
const numberOf = (names: string[], first: number) => (word: string) =>
  names.includes(word) ? names.indexOf(word) + first : undefined;

const quoted = (text: string) => JSON.stringify(text);

/** A range may go over the end of the week. */
function weekdayProblem(text: string): string | undefined {
  return range(text, numberOf(weekdays, 0)) === undefined
    ? `${quoted(text)} is not a weekday; write a whole English name such as monday, or a range such as monday:friday`
    : undefined;
}

function dayProblem(text: string): string | undefined {
  const days = range(text, wholeNumber);
  if (days === undefined || days.some((day) => day === 0 || Math.abs(day) > 31))
    return `${quoted(text)} is not a day of the month; write 1 to 31, -1 to -31 counted from the end of the month, or a range such as 1:5 or -3:-1`;
  const [from, to] = days;
  if (from < 0 && to > 0)
    return `${quoted(text)} begins at a day counted from the end of the month, so it must end at one; write for example -3:-1`;
  const inShortest = (day: number) => (day < 0 ? 28 + day : day);
  return inShortest(from) > inShortest(to)
    ? `${quoted(text)} ends before it begins; write the earlier day first`
    : undefined;
}

function monthProblem(text: string): string | undefined {
  const named = range(text, (word) => numberOf(months, 1)(word) ?? wholeNumber(word));
  if (named === undefined || named.some((month) => month < 1 || month > 12))
    return `${quoted(text)} is not a month; write 1 to 12, a whole English name such as march, or a range such as march:may`;
  return named[0] > named[1]
    ? `${quoted(text)} ends before it begins; write two entries, for example november:december and january`
    : undefined;
}

function yearProblem(text: string): string | undefined {
  const years = range(text, wholeNumber);
  if (years === undefined) return `${quoted(text)} is not a year; write for example 2026 or 2026:2028`;
  return years[0] > years[1]
    ? `${quoted(text)} ends before it begins; write the earlier year first`
    : undefined;
}

const timeOfDay = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

function timeProblems(value: Mapping): Problem[] {
  const names = ["start_time", "end_time"];
  const wrong = names.flatMap((name) => {
    const time = value[name];
    if (time === undefined || time === null || time === "")
      return problemAt([name], "this is needed, and was not given; write for example 09:00");
    return problemAt(
      [name],
      isText(time) && !timeOfDay.test(String(time))
        ? `${quoted(String(time))} is not a time of day; write two digits each, 00:00 to 24:00, in quotes`
        : undefined,
    );
  });
  const [from, to] = names.map((name) => value[name]);
  const isBackwards = wrong.length === 0 && isText(from) && isText(to) && String(from) >= String(to);
  return isBackwards
    ? problemAt(
        ["end_time"],
        `${quoted(String(to))} is not after the start_time ${quoted(String(from))}; for a range over midnight write two entries, one up to 24:00 and one from 00:00 on`,
      )
    : wrong;
}

// Names without an area in the database that Go reads; this runtime takes others, too, such as PST.
const shortZones = new Set(
  (
    "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire Factory GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran Israel " +
    "Jamaica Japan Kwajalein Libya Local MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT UTC " +
    "Universal W-SU WET Zulu"
  ).split(" "),
);

/** Reads why Go's time.LoadLocation refuses a time zone. An empty text is UTC. */
export function zoneProblem(name: string): string | undefined {
  if (name === "" || shortZones.has(name)) return undefined;
  const isKnown = /^(?!SystemV).*\//.test(name) && isZone(name);
  const written = allZones().find((zone) => zone.toLowerCase() === name.toLowerCase());
  // On Linux names are those of files, so case matters. Names of the database have a capital in each part.
  const isWritten = written === undefined ? /^([A-Z]+[a-z0-9_+-]*|\/(?!$))+$/.test(name) : written === name;
  if (isKnown && isWritten) return undefined;
  const meant = written ?? nearest(name, allZones());
  const hint = meant === undefined || meant === name ? "" : `did you mean ${meant}? `;
  return `${quoted(name)} is not a time zone of the IANA database ${process.versions.tz ?? ""}; ${hint}write for example Europe/Berlin, UTC or Local`;
}

function allZones(): string[] {
  return Intl.supportedValuesOf("timeZone");
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
