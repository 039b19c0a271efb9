import { problemAt, type Path, type Problem } from "./problem";
import { isGiven, needs, oneOfTexts, type SectionRules } from "./upstreamRules";

type Mapping = Readonly<Record<string, unknown>>;

/** Rules of receivers of mail. */
export const mailRules = (global: Mapping): SectionRules => ({
  "email.EmailConfig": ({ value }) => [
    ...needs(value, "to"),
    ...needsSmtp(value, "smarthost", global.smtp_smarthost),
    ...needsSmtp(value, "from", global.smtp_from),
    ...headerProblems(value.headers),
  ],
  "email.ThreadingConfig": ({ value }) =>
    value.enabled === true ? oneOfTexts(value.thread_by_date, "thread_by_date", ["none", "daily"]) : [],
});

/** Names of headers are the same in upper and lower case. */
function headerProblems(headers: unknown): Problem[] {
  const names = Object.keys(typeof headers === "object" && headers !== null ? headers : {});
  const lower = names.map((name) => name.toLowerCase());
  return names.flatMap((name, index) =>
    problemAt(
      ["headers", name],
      lower.indexOf(name.toLowerCase()) < index
        ? "this header is there twice; leave one of them out"
        : undefined,
    ),
  );
}

function needsSmtp(value: Mapping, name: string, inGlobal: unknown): Problem[] {
  const path: Path = [name];
  return isGiven(value[name]) || isGiven(inGlobal)
    ? []
    : problemAt(path, `this is needed, here or as smtp_${name} in global, and was not given`);
}
