import { type Criterion, idParameter, parseSearch, type SearchQuery } from '#fhir-search';
import { randomResources } from './random-resources.js';

const types = Object.keys(randomResources);

/** As the server hands it on: codes in the place of their value set, and of what is not held here what its owner found. */
export function understood(type: string, asked: URLSearchParams): SearchQuery {
  const { query } = parseSearch(type, asked, { lenient: false });
  return { ...query, criteria: query.criteria.map(resolved) };
}

function resolved(criterion: Criterion): Criterion {
  if ('chain' in criterion) {
    const { parameter, targets } = criterion.chain;
    return {
      chain: {
        parameter,
        targets: targets.map((target) => ({
          type: target.type,
          criterion: types.includes(target.type)
            ? resolved(target.criterion)
            : { parameter: idParameter, values: [{ type: 'token' as const, value: 'elsewhere' }] },
        })),
      },
    };
  }
  if ('has' in criterion) return { has: { ...criterion.has, criterion: resolved(criterion.has.criterion) } };
  if (!criterion.values.some((value) => value.type === 'valueSet')) return criterion;
  return {
    ...criterion,
    values: [
      { type: 'token', system: 'https://a.example', value: 'one' },
      { type: 'token', system: 'https://b.example', value: 'two' },
    ],
  };
}
