import type { CodeSystem, CodeSystemConcept, CodeSystemConceptDesignation, CodeSystemConceptProperty } from 'fhir/r4';

/** One concept with its place in the hierarchy. */
export interface Concept {
  code: string;
  display?: string;
  definition?: string;
  designations: readonly CodeSystemConceptDesignation[];
  properties: readonly CodeSystemConceptProperty[];
  parents: string[];
  children: string[];
  /** Not to be chosen: it only groups others. */
  abstract: boolean;
  inactive: boolean;
}

/** A code system, its concepts found by code. https://hl7.org/fhir/R4/codesystem.html */
export class CodeSystemIndex {
  readonly url: string;
  readonly version: string | undefined;
  readonly #concepts = new Map<string, Concept>();
  readonly #caseSensitive: boolean;

  constructor(readonly codeSystem: CodeSystem) {
    this.url = codeSystem.url ?? '';
    this.version = codeSystem.version;
    this.#caseSensitive = codeSystem.caseSensitive !== false;
    this.#take(codeSystem.concept ?? [], undefined);
    for (const concept of this.#concepts.values()) this.#connect(concept);
  }

  /** Whether a code that is not here does not exist; a fragment or an example says nothing of others. */
  get complete(): boolean {
    return this.codeSystem.content === 'complete';
  }

  /** Whether what lies below a concept is a kind of it. A system that does not say is taken to mean so. */
  get subsumes(): boolean {
    const { hierarchyMeaning } = this.codeSystem;
    return hierarchyMeaning === undefined || hierarchyMeaning === 'is-a';
  }

  get concepts(): Concept[] {
    return [...this.#concepts.values()];
  }

  get(code: string): Concept | undefined {
    return this.#concepts.get(this.keyOf(code));
  }

  /** Equal for what this system takes for the same code. */
  keyOf(code: string): string {
    return this.#caseSensitive ? code : code.toLowerCase();
  }

  /** The code itself and everything below it, nearest first; undefined for an unknown code. */
  below(code: string): string[] | undefined {
    return this.#reached(code, ({ children }) => children);
  }

  above(code: string): string[] | undefined {
    return this.#reached(code, ({ parents }) => parents);
  }

  /** A concept may stand in several places: the first describes it, each adds a parent. */
  #take(concepts: readonly CodeSystemConcept[], parent: string | undefined): void {
    for (const concept of concepts) {
      const key = this.keyOf(concept.code);
      const known = this.#concepts.get(key) ?? conceptOf(concept);
      this.#concepts.set(key, known);
      if (parent !== undefined) this.#join(parent, known.code);
      this.#take(concept.concept ?? [], known.code);
    }
  }

  #connect({ code, properties }: Concept): void {
    for (const { code: name, valueCode } of properties) {
      if (valueCode === undefined || !this.#concepts.has(this.keyOf(valueCode))) continue;
      if (name === 'parent' || name === 'subsumedBy') this.#join(valueCode, code);
      if (name === 'child') this.#join(code, valueCode);
    }
  }

  #join(parent: string, child: string): void {
    const [above, below] = [this.get(parent), this.get(child)];
    if (!above || !below || above === below || above.children.includes(below.code)) return;
    above.children.push(below.code);
    below.parents.push(above.code);
  }

  #reached(code: string, next: (concept: Concept) => readonly string[]): string[] | undefined {
    const first = this.get(code);
    if (!first) return undefined;
    const found = new Set([first.code]);
    for (const reached of found) {
      for (const further of next(this.get(reached) ?? first)) found.add(further);
    }
    return [...found];
  }
}

function conceptOf({ code, display, definition, designation = [], property = [] }: CodeSystemConcept): Concept {
  const isTrue = (name: string): boolean =>
    property.some((each) => each.code === name && (each.valueBoolean === true || each.valueCode === 'true'));
  const retired = property.some(({ code: name, valueCode }) => name === 'status' && valueCode === 'retired');
  return {
    code,
    ...(display === undefined ? {} : { display }),
    ...(definition === undefined ? {} : { definition }),
    designations: designation,
    properties: property,
    parents: [],
    children: [],
    abstract: isTrue('notSelectable') || isTrue('abstract'),
    inactive: isTrue('inactive') || retired,
  };
}
