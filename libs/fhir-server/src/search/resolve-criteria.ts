import { type Audience, FhirError, ownerOf, type ResourceId, type ServiceName } from '#fhir';
import { type Criterion, hierarchyOf, idParameter, type ParameterCriterion, type SearchValue } from '#fhir-search';
import type { FhirStore, Stored } from '#fhir-store';
import type { Faces } from '../faces.js';
import { codedCriteria, type KnownCodes } from './coded-criterion.js';
import { type AskedCriterion, chainedAtMost, type SearchAcross } from './search-across.js';
import { ancestorsOf } from './tree-elsewhere.js';

/** What finds other services' part of a search. */
export interface Resolving extends KnownCodes {
  faces: Faces;
  /** Absent where all services are in this process. */
  searchAcross?: SearchAcross;
  resolve: (ids: readonly ResourceId[], reader: Audience) => Promise<Stored[]>;
}

/** For whom, and the store that will be asked for a type. */
export interface Asking {
  type: string;
  store: FhirStore;
  reader: Audience;
}

/**
 * Criteria as a store can answer them: with codes in the place of value sets, and with ids in the place of what another
 * service holds. Each of those is asked once per step for all that it is needed for.
 */
export async function resolvedCriteria(
  criteria: readonly Criterion[],
  asking: Asking,
  resolving: Resolving,
): Promise<Criterion[]> {
  const coded = await codedCriteria(criteria, asking.reader, resolving);
  const needs = coded.flatMap((criterion) => needsOf(criterion, asking.type, asking.store));
  if (needs.length === 0) return coded;
  const found = await idsElsewhere(needs, asking.reader, resolving);
  return coded.map((criterion) => rebuilt(criterion, asking.store, found));
}

/** Ids of what meets each of these criteria, which are of types of this process. */
export function idsMeeting(
  asked: readonly AskedCriterion[],
  reader: Audience,
  resolving: Resolving,
): Promise<string[][]> {
  return Promise.all(
    asked.map(async ({ type, criterion, pointing }) => {
      const store = resolving.faces.typeNamed(type)?.face.store;
      if (!store) return [];
      const criteria = await resolvedCriteria([criterion], { type, store, reader }, resolving);
      const atMost = chainedAtMost;
      return store.idsOf({ type, criteria, ...(pointing ? { pointing } : {}) }, { reader, atMost });
    }),
  );
}

/** What a store must be told of others' resources, by the criterion that needs it. */
type Need =
  { by: Criterion; asked: AskedCriterion } | { by: Criterion; above: { type: string; values: readonly string[] } };

function needsOf(criterion: Criterion, type: string, store: FhirStore): Need[] {
  if ('chain' in criterion) {
    return criterion.chain.targets.flatMap((target) =>
      store.holds(target.type)
        ? needsOf(target.criterion, target.type, store)
        : [{ by: target.criterion, asked: target }],
    );
  }
  if ('has' in criterion) {
    const { type: source, parameter, criterion: inner } = criterion.has;
    if (store.holds(source)) return needsOf(inner, source, store);
    return [{ by: inner, asked: { type: source, criterion: inner, pointing: { parameter, to: type } } }];
  }
  return treeNeedsOf(criterion, store);
}

/** A tree of others' resources is walked by who holds it. */
function treeNeedsOf(criterion: ParameterCriterion, store: FhirStore): Need[] {
  const { parameter, modifier, values } = criterion;
  if (parameter.type !== 'reference' || (modifier !== 'above' && modifier !== 'below')) return [];
  const references = values.flatMap((value) => (value.type === 'reference' ? [value.value] : []));
  const types = new Set(references.map((reference) => reference.split('/')[0] ?? ''));
  const [type, ...others] = [...types].filter((each) => hierarchyOf(each) && !store.holds(each));
  const tree = type === undefined ? undefined : hierarchyOf(type);
  if (type === undefined || !tree) return [];
  if (others.length > 0)
    throw FhirError.of('not-supported', `'${parameter.code}:${modifier}' takes references of one type.`, {
      status: 400,
    });
  if (modifier === 'above') return [{ by: criterion, above: { type, values: references } }];
  return [{ by: criterion, asked: { type, criterion: { ...criterion, parameter: tree } } }];
}

type Found = ReadonlyMap<Criterion, readonly string[]>;

async function idsElsewhere(needs: readonly Need[], reader: Audience, resolving: Resolving): Promise<Found> {
  const found = new Map<Criterion, readonly string[]>();
  const byOwner = new Map<ServiceName | undefined, (Need & { asked: AskedCriterion })[]>();
  for (const need of needs) {
    if (!('asked' in need)) continue;
    const owner = ownerOf(need.asked.type);
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), need]);
  }
  const walks = needs.flatMap((need) => ('above' in need ? [need] : []));
  await Promise.all([
    ...[...byOwner].map(async ([owner, some]) => {
      const asked = some.map((need) => need.asked);
      const answers = owner === undefined ? [] : await idsOfOwner(owner, asked, { reader, resolving });
      some.forEach(({ by }, at) => found.set(by, answers[at] ?? []));
    }),
    ...walks.map(async ({ by, above }) => found.set(by, await ancestorsOf(above, reader, resolving.resolve))),
  ]);
  return found;
}

function idsOfOwner(
  owner: ServiceName,
  asked: readonly AskedCriterion[],
  { reader, resolving }: { reader: Audience; resolving: Resolving },
): Promise<string[][]> {
  const isHere = resolving.faces.types.some(({ face }) => face.name === owner);
  if (isHere) return idsMeeting(asked, reader, resolving);
  if (resolving.searchAcross) return resolving.searchAcross.idsOf(owner, asked, reader);
  const diagnostics = `This search goes through resources of the ${owner} service, which is not asked from here.`;
  throw FhirError.of('not-supported', diagnostics, { status: 400 });
}

function rebuilt(criterion: Criterion, store: FhirStore, found: Found): Criterion {
  if ('chain' in criterion) {
    const { parameter, targets } = criterion.chain;
    const told = targets.map(({ type, criterion: inner }) => ({
      type,
      criterion: store.holds(type) ? rebuilt(inner, store, found) : withIds(found.get(inner)),
    }));
    return { chain: { parameter, targets: told } };
  }
  if ('has' in criterion) {
    const { has } = criterion;
    if (!store.holds(has.type)) return withIds(found.get(has.criterion));
    return { has: { ...has, criterion: rebuilt(has.criterion, store, found) } };
  }
  const ids = found.get(criterion);
  return ids === undefined ? criterion : withReferences(criterion, ids);
}

function withIds(ids: readonly string[] = []): ParameterCriterion {
  return { parameter: idParameter, values: ids.map((value) => ({ type: 'token', value })) };
}

/** The references that were sought, and those of the tree that its owner found. */
function withReferences({ parameter, values }: ParameterCriterion, ids: readonly string[]): ParameterCriterion {
  const [first] = values;
  const type = first?.type === 'reference' ? (first.value.split('/')[0] ?? '') : '';
  const more = ids.map((id): SearchValue => ({ type: 'reference', value: `${type}/${id}` }));
  return { parameter, values: [...values, ...more] };
}
