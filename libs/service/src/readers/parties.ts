import type { Task } from 'fhir/r4';
import { type Audience, audienceOf, idIn, organisationsOf } from '#fhir';

/** Who takes part in a referral, as its Tasks say it. */
export interface Parties {
  /** Organisations that ask. */
  requesters: Audience;
  /** Those that were asked by mistake: each of their parts was entered in error. */
  mistaken: Audience;
}

/** A record about the person of a referral that hangs on it, or that it names. */
export interface SharedRecord {
  /** As the row bears it. */
  audience: Audience;
  /** The organisation that made it; absent where a service of ours did. */
  maker?: string | undefined;
  /** It refers to the referral, or a document does whose content it is; otherwise the referral refers to it. */
  hangs: boolean;
  /** A referral message brought it. */
  isKept: boolean;
  /** It speaks of nobody else than the referral's person. */
  isOfPerson: boolean;
}

export interface SharingReferral {
  /** The ServiceRequest's audience. */
  readers: Audience;
  parties: Parties;
  /** Mistaken organisations that have another referral of the same person. */
  knowing: Audience;
}

export function partiesOf(tasks: readonly Task[]): Parties {
  const parts = tasks.filter(({ partOf = [] }) => partOf.length > 0);
  const ownersOf = (some: readonly Task[]) => audienceOf(...some.map(({ owner }) => idIn(owner, 'Organization')));
  const others = ownersOf(parts.filter(({ status }) => status !== 'entered-in-error'));
  return {
    requesters: audienceOf(
      ...tasks.filter((task) => !parts.includes(task)).map(({ requester }) => idIn(requester, 'Organization')),
    ),
    mistaken: ownersOf(parts).filter((owner) => !others.includes(owner)),
  };
}

/**
 * The organisations that may read a record from now on. What was sent with the referral is seen by whoever comes to see that; what
 * providers wrote is theirs and of those who saw it. Who was asked by mistake keeps what it made itself, and what the referral only
 * names where it knows the person by another one.
 */
export function readersNow(record: SharedRecord, { readers, parties, knowing }: SharingReferral): Audience {
  const joining = isSent(record, parties) ? organisationsOf(readers) : [];
  const gone = mistakenReaders(record, { readers, parties, knowing });
  return audienceOf(...organisationsOf(record.audience), ...joining).filter((one) => !gone.includes(one));
}

/** The organisations that may read no version of a record: they were asked by mistake. */
export function mistakenReaders(
  { maker, hangs }: SharedRecord,
  { readers, parties, knowing }: SharingReferral,
): Audience {
  const still = [...organisationsOf(readers), ...(hangs ? [] : knowing), ...(maker === undefined ? [] : [maker])];
  return parties.mistaken.filter((organisation) => !still.includes(organisation));
}

/** By those who ask: they brought it, or the referral names what they see. */
function isSent({ audience, maker, hangs, isKept, isOfPerson }: SharedRecord, { requesters }: Parties): boolean {
  if (!isOfPerson) return false;
  if (hangs && (isKept || (maker !== undefined && requesters.includes(maker)))) return true;
  const seeing = organisationsOf(audience.filter((mark) => !mark.startsWith('!')));
  return !hangs && requesters.some((requester) => seeing.includes(requester));
}
