import { error, referencesIn, type Issue } from '#fhir';
import { type Message } from '../message.js';

/**
 * A urn:uuid has no meaning outside the message, so one that no entry has is a part that was left behind. Literal
 * references (EpisodeOfCare/1) point into the sender's system and may.
 */
export function referencesResolve({ bundle, entries }: Message): Issue[] {
  const fullUrls = new Set(bundle.entry?.map(({ fullUrl }) => fullUrl?.toLowerCase()));
  return entries.flatMap(({ path, resource }) =>
    referencesIn(resource)
      .filter(({ reference }) => dangles(reference.reference ?? '', fullUrls))
      .map((found) => {
        const expression = `${path}${found.path.slice(resource.resourceType.length)}.reference`;
        return error('invalid', 'The reference is a urn of which the message has no entry.', expression);
      }),
  );
}

function dangles(literal: string, fullUrls: ReadonlySet<string | undefined>): boolean {
  return /^urn:/i.test(literal) && !fullUrls.has(literal.toLowerCase());
}
