import type { ValueSet, ValueSetExpansionContains, ValueSetExpansionParameter } from 'fhir/r4';
import { FhirError } from '#fhir';
import type { CodeGroup, ListedCode } from './code-group.js';

export interface ExpandOptions {
  /** Words; each must begin a word of the display, or the code. */
  filter?: string | undefined;
  count?: number | undefined;
  offset?: number | undefined;
  activeOnly?: boolean | undefined;
  /** Leaves out what only groups others. */
  excludeNotForUI?: boolean | undefined;
  includeDesignations?: boolean | undefined;
  includeDefinition?: boolean | undefined;
  displayLanguage?: string | undefined;
  /** Code systems to leave out. */
  excludeSystem?: readonly string[] | undefined;
}

/** More than this is not sent at once. */
export const mostExpanded = 10_000;

/** The codes of a value set, as a ValueSet with its expansion. https://hl7.org/fhir/R4/valueset-operation-expand.html */
export function expand(
  valueSet: ValueSet,
  group: CodeGroup,
  { now, identifier, ...options }: ExpandOptions & { now: Date; identifier: string },
): ValueSet {
  const wanted = listed(valueSet, group).filter((code) => isWanted(code, options));
  const { offset = 0, count = wanted.length } = options;
  if (Math.min(count, wanted.length - offset) > mostExpanded) throw tooCostly(wanted.length);
  const contains = wanted.slice(offset, offset + count).map((code) => containsOf(code, options));
  return {
    ...described(valueSet),
    expansion: {
      identifier,
      timestamp: now.toISOString(),
      total: wanted.length,
      ...(options.offset === undefined && options.count === undefined ? {} : { offset }),
      ...listOf('parameter', parametersOf(options, wanted)),
      ...listOf('contains', contains),
    },
  };
}

/** All but what the expansion takes the place of. */
function described(valueSet: ValueSet): ValueSet {
  const left = ['compose', 'expansion', 'text'];
  return Object.fromEntries(Object.entries(valueSet).filter(([key]) => !left.includes(key))) as unknown as ValueSet;
}

function listed({ url = 'given' }: ValueSet, group: CodeGroup): readonly ListedCode[] {
  const codes = group.list();
  if (codes) return codes;
  const gaps = group.gaps.slice(0, 3).join(' ');
  throw FhirError.of('not-supported', `The codes of the value set ${url} cannot be listed here. ${gaps}`, {
    status: 422,
  });
}

function tooCostly(total: number): FhirError {
  const diagnostics = `The expansion has ${String(total)} codes; at most ${String(mostExpanded)} are sent at once. Ask for a part with count and offset, or with filter.`;
  return FhirError.of('too-costly', diagnostics, { status: 422 });
}

function isWanted(
  code: ListedCode,
  { filter, activeOnly, excludeNotForUI, excludeSystem = [] }: ExpandOptions,
): boolean {
  if (activeOnly === true && code.inactive) return false;
  if (excludeNotForUI === true && code.abstract) return false;
  if (excludeSystem.includes(code.system)) return false;
  return filter === undefined || isFound(code, wordsOf(filter));
}

function isFound({ code, display, designations }: ListedCode, sought: readonly string[]): boolean {
  const words = [code, display ?? '', ...designations.map(({ value }) => value)].flatMap(wordsOf);
  return sought.every((word) => words.some((each) => each.startsWith(word)));
}

function wordsOf(text: string): string[] {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

function containsOf(listed: ListedCode, options: ExpandOptions): ValueSetExpansionContains {
  const { system, version, code, designations, abstract, inactive, definition } = listed;
  const display = displayIn(listed, options.displayLanguage);
  const isDefined = options.includeDefinition === true && definition !== undefined;
  return {
    ...(isDefined ? { extension: [{ url: definitionExtension, valueString: definition }] } : {}),
    system,
    ...(abstract ? { abstract } : {}),
    ...(inactive ? { inactive } : {}),
    ...(version === undefined ? {} : { version }),
    code,
    ...(display === undefined ? {} : { display }),
    ...(options.includeDesignations === true ? listOf('designation', [...designations]) : {}),
  };
}

const definitionExtension = 'http://hl7.org/fhir/StructureDefinition/valueset-concept-definition';

/** The display in a language, where there is one: `de` also finds `de-CH`. */
export function displayIn(
  { display, designations }: Pick<ListedCode, 'display' | 'designations'>,
  language: string | undefined,
): string | undefined {
  const wanted = language?.toLowerCase();
  if (wanted === undefined) return display;
  const speaks = (each: string | undefined): boolean =>
    each?.toLowerCase() === wanted || each?.toLowerCase().startsWith(`${wanted}-`) === true;
  return designations.find((designation) => speaks(designation.language))?.value ?? display;
}

/** What was heeded, and the version of each system that was used. */
function parametersOf(options: ExpandOptions, codes: readonly ListedCode[]): ValueSetExpansionParameter[] {
  const versions = new Set(
    codes.flatMap(({ system, version }) => (version === undefined ? [] : [`${system}|${version}`])),
  );
  const { excludeSystem = [], ...single } = options;
  const heeded = Object.entries(single).map(([name, value]): ValueSetExpansionParameter[] => {
    if (typeof value === 'string') return [{ name, valueString: value }];
    if (typeof value === 'number') return [{ name, valueInteger: value }];
    return typeof value === 'boolean' ? [{ name, valueBoolean: value }] : [];
  });
  return [
    ...heeded.flat(),
    ...excludeSystem.map((system) => ({ name: 'exclude-system', valueUri: system })),
    ...[...versions].sort().map((version) => ({ name: 'version', valueUri: version })),
  ];
}

function listOf<Name extends string, Item>(name: Name, items: Item[]): Partial<Record<Name, Item[]>> {
  return items.length === 0 ? {} : ({ [name]: items } as Record<Name, Item[]>);
}
