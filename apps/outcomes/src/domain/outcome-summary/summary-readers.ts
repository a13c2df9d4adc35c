import type { Task } from 'fhir/r4';
import { type Audience, audienceOf, idIn } from '#fhir';

/**
 * Who may read the summary: the requester, and the provider where there was only one. Where several were asked, none of them
 * reads what became of the person at another one.
 */
export function summaryReaders(referral: Task, parts: readonly Task[]): Audience {
  const owners = new Set([referral, ...parts].flatMap(({ owner }) => idIn(owner, 'Organization') ?? []));
  const [only] = owners;
  return audienceOf(idIn(referral.requester, 'Organization'), owners.size === 1 ? only : undefined);
}
