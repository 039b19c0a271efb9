import fc from "fast-check";
import type { AnyField } from "../../../model/fields";
import type { Path } from "../../../model/problem";
import { oddNames, oddValue, own } from "./values";

/** A change of arguments that are right. */
export interface Mutation {
  kind: "replace" | "leave out" | "add a name" | "rename" | "repeat" | "wrap" | "copy" | "cycle";
  /** Chooses the place, and the place that a copy is made of. */
  at: number;
  from: number;
  name: string;
  value: () => unknown;
}

/** One to three changes. Nothing is changed within what holds itself, so that change is the last. */
export const mutations: fc.Arbitrary<Mutation[]> = fc
  .array(
    fc.record<Mutation>({
      kind: fc.oneof(
        { weight: 8, arbitrary: fc.constant("replace" as const) },
        {
          weight: 4,
          arbitrary: fc.constantFrom("leave out", "add a name", "rename", "repeat", "wrap", "copy", "cycle"),
        },
      ),
      at: fc.nat(),
      from: fc.nat(),
      name: fc.constantFrom(...oddNames),
      value: oddValue,
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((all) => [
    ...all.filter(({ kind }) => kind !== "cycle"),
    ...all.filter(({ kind }) => kind === "cycle").slice(0, 1),
  ]);

/** A copy of the lists and sections, with everything else in them as it is. */
export function copyOf<T>(value: T, levels = 40): T {
  if (levels === 0) return value;
  if (Array.isArray(value) && !Object.isFrozen(value))
    return value.map((each) => copyOf(each as unknown, levels - 1)) as T;
  if (!isSection(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, copyOf(each, levels - 1)]),
  ) as T;
}

/** Applies a change in place, and says where. */
export function mutate(root: object, field: AnyField, { kind, at, from, name, value }: Mutation): Path {
  const places = placesIn(root, field);
  const path = places[at % places.length] as Path;
  const parent = valueAt(root, path.slice(0, -1)) as Record<string, unknown>;
  const last = path.at(-1) as string;
  const put = (given: unknown) => Object.defineProperty(parent, last, own(given));
  const here = parent[last];
  if (kind === "leave out" && !Array.isArray(parent)) Reflect.deleteProperty(parent, last);
  else if (kind === "leave out") (parent as object as unknown[]).splice(Number(last), 1);
  else if (kind === "add a name" && isSection(here)) Object.defineProperty(here, name, own(value()));
  else if (kind === "rename" && !Array.isArray(parent)) {
    Reflect.deleteProperty(parent, last);
    Object.defineProperty(parent, name, own(here));
  } else if (kind === "repeat" && Array.isArray(here) && !Object.isFrozen(here))
    here.push(...copyOf(here as unknown[]));
  else if (kind === "wrap") put(at % 2 === 0 ? [here] : { [last]: here });
  else if (kind === "copy") put(copyOf(valueAt(root, places[from % places.length] as Path)));
  else if (kind === "cycle") put(valueAt(root, path.slice(0, from % path.length)));
  else put(value());
  return path;
}

/** Every place that has a value, and every place that could have one. */
function placesIn(value: unknown, field: AnyField | undefined, path: Path = []): Path[] {
  const inner =
    Array.isArray(value) && !Object.isFrozen(value)
      ? [...value.keys()]
      : isSection(value)
        ? [...new Set([...Object.keys(value), ...Object.keys(field?.fields ?? {})])]
        : [];
  return inner.flatMap((step) => {
    const below = typeof step === "number" ? field?.item : fieldOf(field, step);
    return path.length > 30
      ? []
      : [[...path, step], ...placesIn((value as Record<string, unknown>)[step], below, [...path, step])];
  });
}

function fieldOf(field: AnyField | undefined, name: string): AnyField | undefined {
  return Object.hasOwn(field?.fields ?? {}, name) ? field?.fields?.[name] : undefined;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], root);
}

function isSection(value: unknown): value is object {
  if (Object.isFrozen(value)) return false;
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
