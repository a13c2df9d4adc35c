import { everyone } from '#fhir';
import { type Criterion, type SearchParameter, searchParameter, type SearchValue } from '#fhir-search';
import type { FhirStore, Stored } from '#fhir-store';

/** Pages of a search over the copies, by id: what changes between two pages is neither lost nor counted twice. */
export async function* pagesOf(
  store: FhirStore,
  type: string,
  { criteria, size }: { criteria: readonly Criterion[]; size: number },
): AsyncGenerator<Stored[]> {
  let cursor: string | undefined;
  do {
    const page = await store.search(
      {
        type,
        criteria,
        includes: [],
        sort: [{ parameter: parameterOf(type, '_id'), descending: false }],
        count: size,
        total: 'none',
        applied: new URLSearchParams(),
        ...(cursor === undefined ? {} : { cursor }),
      },
      everyone,
    );
    yield page.matches;
    cursor = page.next;
  } while (cursor !== undefined);
}

/** One of these values under a parameter. */
export function anyOf(type: string, code: string, values: readonly SearchValue[]): Criterion {
  return { parameter: parameterOf(type, code), values };
}

function parameterOf(type: string, code: string): SearchParameter {
  const parameter = searchParameter(type, code);
  if (!parameter) throw new Error(`${type} has no search parameter ${code}.`);
  return parameter;
}
