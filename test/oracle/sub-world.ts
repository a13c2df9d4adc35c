import { isPermitted } from '#auth';
import { narrowingMarks, sees } from '#fhir';
import type { Actor } from './actors.js';
import { type Criterion, type Include, leadsElsewhere, type Query, referencesOf, typesThrough } from './queries.js';
import { types } from './records.js';

/** `Type/id` of a resource. */
export type Place = string;

/** What there is, as the one who sees everything was told it. */
export interface Everything {
  /** Current resources, by type, each with the marks of those who may see it. */
  audiences: ReadonlyMap<Place, readonly string[]>;
  /** All that a resource names, under a parameter or not. */
  named: ReadonlyMap<Place, readonly Place[]>;
  /** Where a resource points to under a parameter, by `Type/id code`. */
  references: ReadonlyMap<string, readonly Place[]>;
  /** Ids of what a search of the type's own finds, in its order. */
  found: (type: string, search: string) => Promise<readonly string[]>;
}

/** What an answer must hold, or that the question is refused. */
export type Expected = { forbidden: true } | { matches: readonly Place[] };

const closureAtMost = 5;

/**
 * What one actor may see, and what a search means within it and nothing else: found by looking at each resource. Only what one
 * resource says by itself is asked of the server, in the name of the one who sees everything.
 */
export class SubWorld {
  readonly #visible: ReadonlySet<Place>;
  /** Who points to a place, under a parameter: by `source code Type/id`. */
  readonly #pointing: ReadonlyMap<string, readonly Place[]>;

  private constructor(
    private readonly everything: Everything,
    private readonly actor: Actor,
    /** What its narrowings leave of a type, for types that they name. */
    private readonly left: ReadonlyMap<string, ReadonlySet<Place>>,
  ) {
    this.#pointing = pointingIn(everything.references);
    const seen = [...everything.audiences].filter(([place, marks]) => this.#isVisible(place, marks));
    this.#visible = new Set(seen.map(([place]) => place));
  }

  static async of(everything: Everything, actor: Actor): Promise<SubWorld> {
    const left = new Map<string, Set<Place>>();
    for (const { type, query } of narrowingMarks(actor.caller.audience)) {
      const found = (await everything.found(type, query)).map((id) => `${type}/${id}`);
      left.set(type, new Set([...(left.get(type) ?? []), ...found]));
    }
    return new SubWorld(everything, actor, left);
  }

  /** Past versions are told of what its narrowings leave now. */
  isLeft(place: Place): boolean {
    return this.left.get(typeOf(place))?.has(place) ?? true;
  }

  #isVisible(place: Place, marks: readonly string[]): boolean {
    return this.mayRead(typeOf(place)) && sees(this.actor.caller.audience, marks) && this.isLeft(place);
  }

  mayRead(type: string): boolean {
    return isPermitted(this.actor.caller, { interaction: 'read', type });
  }

  sees(place: Place): boolean {
    return this.#visible.has(place);
  }

  /** What points to a place by any parameter. */
  pointersTo(end: Place): Place[] {
    const codes = types.flatMap((source) => referencesOf(source).map(({ code }) => ({ source, code })));
    return codes.flatMap(({ source, code }) => this.#pointersTo(end, source, code));
  }

  namedBy(place: Place): readonly Place[] {
    return this.everything.named.get(place) ?? [];
  }

  /** All matches in their order, whatever page they stand on. */
  async expected({ type, criteria, includes, sort }: Query): Promise<Expected> {
    const through = criteria.flatMap(typesThrough);
    if (![type, ...through].every((each) => this.mayRead(each))) return { forbidden: true };
    if (includes.length > 0 && includes.every((include) => this.#permitted(include) === undefined))
      return { forbidden: true };
    const ordered = await this.everything.found(type, sort === undefined ? '' : `_sort=${encodeURIComponent(sort)}`);
    let matches = ordered.map((id) => `${type}/${id}`).filter((place) => this.#visible.has(place));
    for (const criterion of criteria) {
      const meeting = await this.#meeting(type, criterion);
      matches = matches.filter((place) => meeting.has(place));
    }
    return { matches };
  }

  /** What comes along with these matches: at least what a few steps reach, at most what any number does. */
  included({ includes }: Query, matches: readonly Place[]): { least: ReadonlySet<Place>; most: ReadonlySet<Place> } {
    const permitted = includes.map((include) => this.#permitted(include)).filter((include) => include !== undefined);
    return {
      least: this.#reached(permitted, matches, closureAtMost),
      most: this.#reached(permitted, matches, Number.MAX_SAFE_INTEGER),
    };
  }

  async #meeting(type: string, criterion: Criterion): Promise<Set<Place>> {
    if ('leaf' in criterion) {
      const search = new URLSearchParams([[criterion.leaf.name, criterion.leaf.text]]).toString();
      return this.#among(await this.everything.found(type, search), type);
    }
    if ('chain' in criterion) {
      const { code, target, criterion: inner } = criterion.chain;
      const ends = await this.#meeting(target, inner);
      return new Set([...ends].flatMap((end) => this.#pointersTo(end, type, code)));
    }
    const { source, code, criterion: inner } = criterion.has;
    const starts = await this.#meeting(source, inner);
    const ends = [...starts].flatMap((start) => this.#pointedBy(start, code));
    return new Set(ends.filter((place) => typeOf(place) === type && this.#visible.has(place)));
  }

  #among(ids: readonly string[], type: string): Set<Place> {
    return new Set(ids.map((id) => `${type}/${id}`).filter((place) => this.#visible.has(place)));
  }

  #pointersTo(end: Place, source: string, code: string): Place[] {
    return (this.#pointing.get(`${source} ${code} ${end}`) ?? []).filter((place) => this.#visible.has(place));
  }

  #pointedBy(start: Place, code: string): readonly Place[] {
    return this.everything.references.get(`${start} ${code}`) ?? [];
  }

  /** An include as far as the actor's role may read what it goes through and brings; undefined where nothing is left. */
  #permitted(include: Include): Ways | undefined {
    const { source, code, target, reverse } = include;
    if (!this.mayRead(source)) return undefined;
    const ways = referencesOf(source)
      .filter((way) => code === '*' || way.code === code)
      .map((way) => ({ code: way.code, targets: target === undefined || code === '*' ? way.targets : [target] }))
      .map((way) => (reverse ? way : { ...way, targets: way.targets.filter((each) => this.mayRead(each)) }))
      .filter(({ targets }) => targets.length > 0);
    // Of what is kept nowhere nothing comes along, and nobody is refused.
    const isOpen = !reverse && target === undefined && leadsElsewhere(source, code);
    return ways.length === 0 && !isOpen ? undefined : { ...include, ways };
  }

  #reached(includes: readonly Ways[], matches: readonly Place[], steps: number): Set<Place> {
    const reached = new Set(matches);
    let edge: readonly Place[] = matches;
    for (let step = 0; step < steps && edge.length > 0; step++) {
      const active = includes.filter(({ iterate }) => step === 0 || iterate);
      const next = edge.flatMap((place) => active.flatMap((include) => this.#next(place, include)));
      edge = [...new Set(next)].filter((place) => !reached.has(place) && this.#visible.has(place));
      for (const place of edge) reached.add(place);
    }
    for (const match of matches) reached.delete(match);
    return reached;
  }

  #next(place: Place, { reverse, source, ways }: Ways): readonly Place[] {
    if (reverse)
      return ways.flatMap(({ code, targets }) =>
        targets.includes(typeOf(place)) ? this.#pointersTo(place, source, code) : [],
      );
    if (typeOf(place) !== source) return [];
    return ways.flatMap(({ code, targets }) =>
      this.#pointedBy(place, code).filter((each) => targets.includes(typeOf(each))),
    );
  }
}

interface Ways extends Include {
  ways: readonly { code: string; targets: readonly string[] }[];
}

function typeOf(place: Place): string {
  return place.split('/', 1)[0] ?? '';
}

const pointings = new WeakMap<ReadonlyMap<string, readonly Place[]>, Map<string, Place[]>>();

function pointingIn(references: ReadonlyMap<string, readonly Place[]>): ReadonlyMap<string, readonly Place[]> {
  const known = pointings.get(references);
  if (known) return known;
  const pointing = new Map<string, Place[]>();
  for (const [way, ends] of references) {
    const [start = '', code = ''] = way.split(' ');
    for (const end of ends) {
      const key = `${typeOf(start)} ${code} ${end}`;
      pointing.set(key, [...(pointing.get(key) ?? []), start]);
    }
  }
  pointings.set(references, pointing);
  return pointing;
}

/** Types of the world that the actor may begin a search with, and a few that it may not. */
export function askedTypes(world: SubWorld): string[] {
  return types.filter((type, at) => world.mayRead(type) || at % 7 === 0);
}
