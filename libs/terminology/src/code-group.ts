import type { ValueSetComposeIncludeConceptDesignation } from 'fhir/r4';
import type { Concept } from './code-system-index.js';

/** A code of a value set with what its expansion says of it. */
export interface ListedCode {
  system: string;
  version?: string | undefined;
  code: string;
  display?: string | undefined;
  designations: readonly ValueSetComposeIncludeConceptDesignation[];
  definition?: string | undefined;
  abstract: boolean;
  inactive: boolean;
}

/** Codes that are meant together, by a rule or by a list. */
export interface CodeGroup {
  /** Undefined where nobody here can tell; without a system the code may be of any. */
  has(code: string, system?: string): boolean | undefined;
  /** Undefined where they cannot be listed; `gaps` tells why. */
  list(): readonly ListedCode[] | undefined;
  /** Sentences: what is not known here. */
  readonly gaps: readonly string[];
}

/** Codes that were written down one by one; `keyOf` makes equal what a system takes for the same. */
export function listedGroup(codes: readonly ListedCode[], keyOf: (code: string) => string = (code) => code): CodeGroup {
  const sets = new Map<string, Set<string>>();
  for (const { system, code } of codes) sets.set(system, (sets.get(system) ?? new Set()).add(keyOf(code)));
  return {
    has: (code, system) =>
      system === undefined
        ? [...sets.values()].some((set) => set.has(keyOf(code)))
        : sets.get(system)?.has(keyOf(code)) === true,
    list: () => codes,
    gaps: [],
  };
}

/** Codes of one system that nobody here can list: others are surely not meant. */
export function unknownGroup(system: string | undefined, gap: string): CodeGroup {
  return {
    has: (_code, asked) => (system !== undefined && asked !== undefined && asked !== system ? false : undefined),
    list: () => undefined,
    gaps: [gap],
  };
}

/** What at least one of them holds. */
export function unionOf(groups: readonly CodeGroup[]): CodeGroup {
  return {
    has: (code, system) => anyOf(groups.map((group) => group.has(code, system))),
    list: () => {
      const lists = groups.map((group) => group.list());
      return lists.every((list) => list !== undefined) ? distinct(lists.flat()) : undefined;
    },
    gaps: gapsOf(groups),
  };
}

/** What all of them hold; listed where one can be listed and the others tell of each of its codes. */
export function intersectionOf(groups: readonly CodeGroup[]): CodeGroup {
  const [only] = groups;
  if (groups.length === 1 && only) return only;
  return {
    has: (code, system) => allOf(groups.map((group) => group.has(code, system))),
    list: () => {
      const listed = groups.map((group) => group.list()).find((list) => list !== undefined);
      return listed && chosen(listed, ({ code, system }) => allOf(groups.map((group) => group.has(code, system))));
    },
    gaps: gapsOf(groups),
  };
}

export function differenceOf(group: CodeGroup, without: CodeGroup): CodeGroup {
  const isExcluded = (code: string, system?: string): boolean | undefined => without.has(code, system);
  return {
    has: (code, system) => {
      // A bare code may be excluded of one system and held of another.
      if (system === undefined) return bareIn(group, without, code);
      const excluded = isExcluded(code, system);
      return allOf([group.has(code, system), excluded === undefined ? undefined : !excluded]);
    },
    list: () => {
      const listed = group.list();
      return listed && chosen(listed, ({ code, system }) => negated(isExcluded(code, system)));
    },
    gaps: gapsOf([group, without]),
  };
}

/** The same, asked once for the same code in a row: value sets that import one another on many ways are walked through once. */
export function remembered(group: CodeGroup): CodeGroup {
  let last: { code: string; system: string | undefined; verdict: boolean | undefined } | undefined;
  let listed: { list: readonly ListedCode[] | undefined } | undefined;
  return {
    has: (code, system) => {
      if (last?.code !== code || last.system !== system) last = { code, system, verdict: group.has(code, system) };
      return last.verdict;
    },
    list: () => (listed ??= { list: group.list() }).list,
    gaps: group.gaps,
  };
}

/** A concept of a code system as an expansion lists it. */
export function listedConcept(
  concept: Concept,
  { url, version }: { url: string; version: string | undefined },
): ListedCode {
  const { code, display, definition, designations, abstract, inactive } = concept;
  return { system: url, version, code, display, definition, designations, abstract, inactive };
}

function bareIn(group: CodeGroup, without: CodeGroup, code: string): boolean | undefined {
  const listed = group.list();
  if (!listed) return allOf([group.has(code), without.has(code) === false ? true : undefined]);
  const same = listed.filter((each) => each.code === code);
  return anyOf(same.map(({ system }) => negated(without.has(code, system))));
}

function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

export function anyOf(values: readonly (boolean | undefined)[]): boolean | undefined {
  if (values.includes(true)) return true;
  return values.includes(undefined) ? undefined : false;
}

export function allOf(values: readonly (boolean | undefined)[]): boolean | undefined {
  if (values.includes(false)) return false;
  return values.includes(undefined) ? undefined : true;
}

/** Those of which it is told that they are meant; undefined where it cannot be told of one. */
function chosen(
  listed: readonly ListedCode[],
  isMeant: (code: ListedCode) => boolean | undefined,
): ListedCode[] | undefined {
  const verdicts = listed.map(isMeant);
  return verdicts.includes(undefined) ? undefined : listed.filter((_code, at) => verdicts[at] === true);
}

/** What stands first of a code is what is said of it. */
function distinct(listed: readonly ListedCode[]): ListedCode[] {
  const found = new Map<string, ListedCode>();
  for (const code of listed) {
    const key = `${code.system} ${code.code}`;
    if (!found.has(key)) found.set(key, code);
  }
  return [...found.values()];
}

function gapsOf(groups: readonly CodeGroup[]): string[] {
  return [...new Set(groups.flatMap(({ gaps }) => gaps))];
}
