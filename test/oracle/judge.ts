import type { Bundle } from 'fhir/r4';
import { type Actor, integrator } from './actors.js';
import { isNear, type Query, pathOf } from './queries.js';
import type { Expected, Place, SubWorld } from './sub-world.js';
import { type Heard, nextIn, type OracleWorld } from './world.js';

/** What was wrong with an answer. */
export interface Fault {
  actor: string;
  path: string;
  /** Told although it is not the actor's. */
  leaked: readonly string[];
  /** Not told although it is. */
  missing: readonly string[];
  /** Anything else: a wrong total, another status. */
  otherwise?: string;
}

export interface Judged {
  fault?: Fault;
  /** Whether something was told. */
  told: boolean;
}

export interface Judging {
  world: OracleWorld;
  actor: Actor;
  sub: SubWorld;
}

type Wrong = Partial<Pick<Fault, 'leaked' | 'missing' | 'otherwise'>>;

/** Asks, follows every page, and compares with what the actor's own world holds. */
export async function judge(query: Query, judging: Judging): Promise<Judged> {
  const { world, actor, sub } = judging;
  const path = pathOf(query);
  const first = await world.ask(actor, path, query.posted);
  const expected = await expectedOf(query, first, judging);
  const wrong = expected === 'refused' ? undefined : await wrongIn(first, expected, { ...judging, query });
  if (wrong) return { told: true, fault: { actor: actor.name, path, leaked: [], missing: [], ...wrong } };
  return {
    told:
      expected !== 'refused' &&
      'matches' in expected &&
      expected.matches.length > 0 &&
      sub.sees(expected.matches[0] ?? ''),
  };
}

/** What is refused for what it asks is refused for everybody alike. */
async function expectedOf(query: Query, first: Heard, { world, sub }: Judging): Promise<Expected | 'refused'> {
  if (first.status !== 200 && first.status !== 403 && first.status < 500) {
    const whole = await world.ask(integrator, pathOf(query), query.posted);
    if (whole.status === first.status) return 'refused';
  }
  return sub.expected(query);
}

interface Comparing extends Judging {
  query: Query;
}

async function wrongIn(first: Heard, expected: Expected, comparing: Comparing): Promise<Wrong | undefined> {
  const status = 'forbidden' in expected ? 403 : 200;
  if (first.status !== status) return { otherwise: `status ${String(first.status)}, expected ${String(status)}` };
  if ('forbidden' in expected) return undefined;
  const { matches } = expected;
  const { bundles, failed } = await pagesOf(first, comparing, matches.length);
  if (failed !== undefined) return { otherwise: `a page answered ${String(failed)}` };
  const wrong = bundles
    .map((bundle) => wrongOnPage(bundle, comparing, matches.length))
    .find((one) => one !== undefined);
  if (wrong || comparing.query.countOnly) return wrong;
  const { sort, criteria } = comparing.query;
  const shown = bundles.flatMap((bundle) => placesOf(bundle, 'match'));
  return wrongOrder(shown, { matches, isByDistance: sort === undefined && criteria.some(isNear) });
}

async function pagesOf(
  first: Heard,
  { world, actor }: Comparing,
  atMost: number,
): Promise<{ bundles: Bundle[]; failed?: number }> {
  const bundles: Bundle[] = [];
  for (let page: Heard | undefined = first; page;) {
    if (page.status !== 200) return { bundles, failed: page.status };
    const bundle = JSON.parse(page.text) as Bundle;
    bundles.push(bundle);
    const next = bundles.length > atMost ? undefined : nextIn(bundle);
    page = next === undefined ? undefined : await world.ask(actor, next);
  }
  return { bundles };
}

/** The total, and what comes along with the matches of this page. */
function wrongOnPage(bundle: Bundle, { sub, query }: Comparing, total: number): Wrong | undefined {
  if (bundle.total !== undefined && bundle.total !== total)
    return { otherwise: `total ${String(bundle.total)}, expected ${String(total)}` };
  return differing(placesOf(bundle, 'include'), sub.included(query, placesOf(bundle, 'match')));
}

/** What is sought near a place comes by its distance, unless another order is asked for. */
function wrongOrder(
  shown: readonly Place[],
  { matches, isByDistance }: { matches: readonly Place[]; isByDistance: boolean },
): Wrong | undefined {
  if (shown.join() === matches.join()) return undefined;
  const all = new Set(matches);
  const isSame = isByDistance && shown.length === matches.length;
  return differing(shown, { least: all, most: all }) ?? (isSame ? undefined : { otherwise: 'another order' });
}

function differing(
  shown: readonly Place[],
  { least, most }: { least: ReadonlySet<Place>; most: ReadonlySet<Place> },
): Wrong | undefined {
  const told = new Set(shown);
  const leaked = shown.filter((place) => !most.has(place));
  const missing = [...least].filter((place) => !told.has(place));
  return leaked.length + missing.length === 0 ? undefined : { leaked, missing };
}

function placesOf({ entry = [] }: Bundle, mode: 'match' | 'include'): Place[] {
  const shown = entry
    .filter(({ search }) => search?.mode === mode)
    .flatMap(({ resource }) => (resource ? [resource] : []));
  return shown.map(({ resourceType, id = '' }) => `${resourceType}/${id}`);
}
