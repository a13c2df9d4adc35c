import { type Audience, FhirError, type ResourceId } from '#fhir';
import type { Stored } from '#fhir-store';
import type { Resolving } from './resolve-criteria.js';

/** Resources that are read by one question, and what all that a page names may come to. */
const readAtOnce = 200;
const mostCharacters = 32 * 1024 * 1024;

/** What a page names, whoever owns it: in turns, so that what is too long together is not read to its end. */
export async function readThrough(
  ids: readonly ResourceId[],
  reader: Audience,
  { resolve }: Pick<Resolving, 'resolve'>,
): Promise<Stored[]> {
  const found: Stored[] = [];
  let length = 0;
  for (let from = 0; from < ids.length; from += readAtOnce) {
    const some = await resolve(ids.slice(from, from + readAtOnce), reader);
    length += some.reduce((sum, { content }) => sum + content.length, 0);
    if (length > mostCharacters)
      throw FhirError.of(
        'too-costly',
        'What this page would include is too long; include less, or ask for fewer matches.',
      );
    found.push(...some);
  }
  return found;
}
