import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { FhirError, readerText } from '#fhir';
import type { Cursors } from '#fhir-store';
import type { FhirRequest } from '../operation.js';

/** What a search is asked for, and how the links to its other pages name it. */
export interface AskedSearch {
  query: URLSearchParams;
  /** The parameters of a link to the page that these name. */
  linked: (parameters: URLSearchParams) => URLSearchParams;
}

/** Of the letters of a page link within a store; one of 2^60 begins like this. */
const mark = 'criteria--';
/** About the form of the answer: they stay as they are, because they are read before the search. */
const clear = ['_summary', '_elements'];

/**
 * Criteria that came by POST came so to stand in no address, such as an NHS number: the links to further pages bear them
 * sealed, and a request that follows such a link is the same search.
 */
export function askedSearch(type: string, { method, query, caller }: FhirRequest, cursors: Cursors): AskedSearch {
  const boundTo = `sealed criteria|${type}|${readerText(caller.audience)}`;
  const cursor = query.get('_cursor') ?? '';
  if (!cursor.startsWith(mark)) return { query, linked: method === 'POST' ? sealed : (parameters) => parameters };
  const other = [...query.keys()].find((name) => name !== '_cursor' && !clear.includes(name));
  if (other !== undefined) throw FhirError.of('value', `A page link is taken as it stands, without ${other}.`);
  const [text] = cursors.open(cursor.slice(mark.length), boundTo).values;
  return { query: new URLSearchParams(inflated(text ?? '')), linked: sealed };

  function sealed(parameters: URLSearchParams): URLSearchParams {
    const place = { id: '', values: [deflateRawSync(parameters.toString()).toString('base64url')] };
    const shown = [...parameters].filter(([name]) => clear.includes(name));
    return new URLSearchParams([...shown, ['_cursor', `${mark}${cursors.seal(place, boundTo)}`]]);
  }
}

function inflated(text: string): string {
  return inflateRawSync(Buffer.from(text, 'base64url')).toString();
}
