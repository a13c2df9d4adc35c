import { error, referencesIn, warning, type Issue } from '#fhir';
import { type Message } from '../message.js';

/**
 * A urn:uuid has no meaning outside the message, so one that no entry has is a part that was left behind. Literal
 * references (EpisodeOfCare/1) point into the sender's system and may. Who could do what a CarePlan plans is a suggestion: without
 * it the referral is whole, and the standard's example of a shortlist leaves one out.
 */
export function referencesResolve({ bundle, entries }: Message): Issue[] {
  const fullUrls = new Set(bundle.entry?.map(({ fullUrl }) => fullUrl?.toLowerCase()));
  return entries.flatMap(({ path, resource }) =>
    referencesIn(resource)
      .filter(({ reference }) => dangles(reference.reference ?? '', fullUrls))
      .map((found) => {
        const expression = `${path}${found.path.slice(resource.resourceType.length)}.reference`;
        const fault = isSuggestion(found.path) ? warning : error;
        return fault('invalid', 'The reference is a urn of which the message has no entry.', expression);
      }),
  );
}

function isSuggestion(path: string): boolean {
  return /^CarePlan\.activity(\[\d+\])?\.detail\.performer\b/.test(path);
}

function dangles(literal: string, fullUrls: ReadonlySet<string | undefined>): boolean {
  return /^urn:/i.test(literal) && !fullUrls.has(literal.toLowerCase());
}
