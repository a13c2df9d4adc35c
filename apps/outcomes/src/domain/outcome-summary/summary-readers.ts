import type { Organization, Patient, Task } from 'fhir/r4';
import { type Audience, audienceOf, idIn } from '#fhir';

/** Of one referral. */
export interface SummaryParties {
  referral: Task;
  parts: readonly Task[];
  patient: Patient;
  /** Of the directory, those among them that it has. */
  organizations: readonly Organization[];
}

/**
 * Who may read the summary: the requester, the practice with which the person is registered at that moment, as the requester's
 * record names it, and the provider where there was only one. Where several were asked, none of them reads what became of the
 * person at another one. What a Consent withholds from one of them the store withholds.
 */
export function summaryReaders({ referral, parts, patient, organizations }: SummaryParties): Audience {
  const owners = new Set([referral, ...parts].flatMap(({ owner }) => idIn(owner, 'Organization') ?? []));
  const [only] = owners;
  const practices = practiceIdsOf(patient).filter(
    (id) => organizations.some((one) => one.id === id) && !owners.has(id),
  );
  return audienceOf(idIn(referral.requester, 'Organization'), ...practices, owners.size === 1 ? only : undefined);
}

/** Organisations that the record names as the person's practice. */
export function practiceIdsOf({ generalPractitioner = [] }: Patient): string[] {
  return generalPractitioner.flatMap((practice) => idIn(practice, 'Organization') ?? []);
}
