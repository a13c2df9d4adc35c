import type { ValueSet, ValueSetComposeInclude, ValueSetExpansionContains } from 'fhir/r4';
import type { Catalogue } from './catalogue.js';
import {
  type CodeGroup,
  differenceOf,
  intersectionOf,
  type ListedCode,
  listedConcept,
  listedGroup,
  remembered,
  unionOf,
  unknownGroup,
} from './code-group.js';
import type { CodeSystemIndex } from './code-system-index.js';
import { filterOf } from './filter.js';
import { implicitValueSet } from './implicit-value-set.js';

/** Imports of imports: deeper than any sensible value set. */
const deepest = 20;
/** Parts, filters and imports of one value set: each may be asked about every code of the others. */
const mostRules = 500;

/** Makes groups of value sets; what one canonical means is found out once. https://hl7.org/fhir/R4/valueset.html#compositions */
export class Composer {
  readonly #named = new Map<string, CodeGroup>();
  readonly #open = new Set<string>();

  constructor(private readonly catalogue: Catalogue) {}

  /** The codes of the value set of this canonical; undefined where there is none. */
  named(canonical: string): CodeGroup | undefined {
    const known = this.#named.get(canonical);
    if (known) return known;
    const valueSet = this.catalogue.valueSet(canonical);
    if (!valueSet) {
      const implicit = implicitValueSet(canonical, this.catalogue);
      return implicit && this.groupOf(implicit);
    }
    this.#open.add(canonical);
    const group = remembered(this.groupOf(valueSet));
    this.#open.delete(canonical);
    this.#named.set(canonical, group);
    return group;
  }

  groupOf({ compose, expansion, url = '' }: ValueSet): CodeGroup {
    if (compose && rulesIn(compose) > mostRules)
      return unknownGroup(
        undefined,
        `The value set ${url} has more than ${String(mostRules)} parts, filters and imports.`,
      );
    const composed = compose && composedGroup(compose, (include) => this.#include(include));
    if (composed?.gaps.length === 0) return composed;
    if (expansion && isWhole(expansion)) return listedGroup(contained(expansion.contains));
    return composed ?? unknownGroup(undefined, `The value set ${url} says nothing of its codes.`);
  }

  #include(include: ValueSetComposeInclude): CodeGroup {
    const { system, valueSet = [] } = include;
    const imports = valueSet.map((canonical) => this.#imported(canonical));
    if (system === undefined) return intersectionOf(imports);
    return intersectionOf([systemGroup({ ...include, system }, this.catalogue), ...imports]);
  }

  #imported(canonical: string): CodeGroup {
    if (this.#open.has(canonical) || this.#open.size > deepest)
      return unknownGroup(undefined, `The value set ${canonical} imports itself by way of others, or too many.`);
    return this.named(canonical) ?? unknownGroup(undefined, `The value set ${canonical} is not known here.`);
  }
}

function rulesIn({ include, exclude = [] }: NonNullable<ValueSet['compose']>): number {
  const rules = [...include, ...exclude].map(({ filter = [], valueSet = [] }) => 1 + filter.length + valueSet.length);
  return rules.reduce((sum, each) => sum + each, 0);
}

function composedGroup(
  { include, exclude = [], inactive }: NonNullable<ValueSet['compose']>,
  made: (include: ValueSetComposeInclude) => CodeGroup,
): CodeGroup {
  const included = unionOf(include.map(made));
  const group = exclude.length === 0 ? included : differenceOf(included, unionOf(exclude.map(made)));
  return inactive === false ? onlyActive(group) : group;
}

function onlyActive(group: CodeGroup): CodeGroup {
  const active = group.list()?.filter((code) => !code.inactive);
  return active ? listedGroup(active) : group;
}

function systemGroup(include: ValueSetComposeInclude & { system: string }, catalogue: Catalogue): CodeGroup {
  const { system, version, concept, filter = [] } = include;
  const index = catalogue.codeSystem(version === undefined ? system : `${system}|${version}`);
  if (concept) return conceptGroup(include, index);
  if (!index) {
    const named = version === undefined ? system : `${system}|${version}`;
    return unknownGroup(system, `The code system ${named} is not known here.`);
  }
  const filters = filter.map((each) => filterOf(each, index));
  const gap = filters.find((each) => typeof each === 'string');
  if (gap !== undefined) return unknownGroup(system, gap);
  const meant = filters.filter((each) => typeof each !== 'string');
  return ruledGroup(index, (code) => meant.every((meets) => meets(code)));
}

/** Concepts that the value set names; what it does not say of them is taken from their system. */
function conceptGroup(
  { system, version, concept = [] }: ValueSetComposeInclude & { system: string },
  index: CodeSystemIndex | undefined,
): CodeGroup {
  const codes = concept.map(({ code, display, designation = [] }): ListedCode => {
    const known = listedIn(index, code);
    return {
      ...known,
      system,
      version: version ?? known.version,
      code,
      display: display ?? known.display,
      designations: [...designation, ...known.designations],
    };
  });
  return listedGroup(codes, (code) => index?.keyOf(code) ?? code);
}

/** What the system says of a code; of an unknown one, nothing. */
function listedIn(index: CodeSystemIndex | undefined, code: string): Omit<ListedCode, 'system' | 'code'> {
  const concept = index?.get(code);
  return concept && index ? listedConcept(concept, index) : { designations: [], abstract: false, inactive: false };
}

function ruledGroup(
  index: CodeSystemIndex,
  isMeant: (concept: CodeSystemIndex['concepts'][number]) => boolean,
): CodeGroup {
  const whenAbsent = index.complete ? false : undefined;
  let listed: ListedCode[] | undefined;
  return {
    has: (code, system) => {
      if (system !== undefined && system !== index.url) return false;
      const concept = index.get(code);
      return concept ? isMeant(concept) : whenAbsent;
    },
    list: () =>
      index.complete
        ? (listed ??= index.concepts.filter(isMeant).map((concept) => listedConcept(concept, index)))
        : undefined,
    gaps: index.complete ? [] : [`Of the code system ${index.url} only examples are known here.`],
  };
}

/** An expansion that was cut into pages is no list of the value set's codes. */
function isWhole({ total, offset, contains = [] }: NonNullable<ValueSet['expansion']>): boolean {
  return offset === undefined && (total === undefined || total === contained(contains).length);
}

function contained(contains: readonly ValueSetExpansionContains[] = []): ListedCode[] {
  return contains.flatMap((entry) => {
    const { system, version, code, display, designation = [], abstract = false, inactive = false } = entry;
    const own = system === undefined || code === undefined ? [] : [{ system, code }];
    const listed = own.map((each) => ({ ...each, version, display, designations: designation, abstract, inactive }));
    return [...listed, ...contained(entry.contains)];
  });
}
