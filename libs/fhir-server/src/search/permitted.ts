import { type Caller, isPermitted, isPoliced } from '#auth';
import { FhirError } from '#fhir';
import type { Criterion, Include, SearchQuery } from '#fhir-search';

/**
 * A search as far as the caller's role may read every type that it goes through: nobody learns by a chain, by `_has` or by
 * what is included what could not be read. 403 where nothing is left of a criterion, or of all that was to be included.
 */
export function permittedSearch(query: SearchQuery, caller: Caller): SearchQuery {
  // Of a type that is kept nowhere nothing comes along, whoever asks.
  const mayRead = (type: string): boolean => !isPoliced(type) || isPermitted(caller, { interaction: 'read', type });
  const includes = query.includes.flatMap((include) => permittedInclude(include, mayRead));
  if (query.includes.length > 0 && includes.length === 0)
    throw forbidden(
      caller,
      query.includes.map(({ source }) => source),
    );
  return { ...query, includes, criteria: permittedCriteria(query.criteria, caller) };
}

export function permittedCriteria(criteria: readonly Criterion[], caller: Caller): Criterion[] {
  return criteria.map((criterion) => permittedCriterion(criterion, caller));
}

function permittedCriterion(criterion: Criterion, caller: Caller): Criterion {
  if ('has' in criterion) {
    const { type } = criterion.has;
    if (!isPermitted(caller, { interaction: 'search', type })) throw forbidden(caller, [type]);
    return { has: { ...criterion.has, criterion: permittedCriterion(criterion.has.criterion, caller) } };
  }
  if (!('chain' in criterion)) return criterion;
  const { parameter, targets } = criterion.chain;
  const open = targets.filter(({ type }) => isPermitted(caller, { interaction: 'search', type }));
  if (open.length === 0)
    throw forbidden(
      caller,
      targets.map(({ type }) => type),
    );
  return {
    chain: {
      parameter,
      targets: open.map((target) => ({ ...target, criterion: permittedCriterion(target.criterion, caller) })),
    },
  };
}

function permittedInclude(include: Include, mayRead: (type: string) => boolean): Include[] {
  const { source, target, parameter, reverse } = include;
  if (!mayRead(source)) return [];
  if (reverse) return [include];
  if (target !== undefined) return mayRead(target) ? [include] : [];
  if (parameter.targets.every(mayRead)) return [include];
  return parameter.targets.filter(mayRead).map((type) => ({ ...include, target: type }));
}

function forbidden({ role }: Caller, types: readonly string[]): FhirError {
  const named = [...new Set(types)].slice(0, 5).join(', ');
  return FhirError.of('forbidden', `A client of role ${role} may not read ${named}, through which this search goes.`);
}
