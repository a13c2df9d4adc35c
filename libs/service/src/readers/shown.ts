import type { Task } from 'fhir/r4';
import { type Audience, audienceOf, idIn, organisationsOf } from '#fhir';

/** Who takes part in a referral, as its Tasks say it. */
export interface Parties {
  /** Organisations that ask. */
  requesters: Audience;
  /** Those that were asked by mistake: each of their parts was entered in error. */
  mistaken: Audience;
}

/** A record that may belong to referrals of a person. */
export interface SharedRecord {
  /** As the row bears it. */
  audience: Audience;
  /** The organisation that made it, or whose message brought it; absent where a service of ours made it by itself. */
  maker?: string | undefined;
  /** It is about nobody else. */
  isOfPerson: boolean;
}

/** How a referral of the person and the record refer to each other. */
export interface Tie {
  /** The ServiceRequest's audience. */
  readers: Audience;
  parties: Parties;
  /** The record names the ServiceRequest. */
  hangs: boolean;
  /** The record names a Task of the referral. */
  hangsByTask: boolean;
  /** One of these is a provider's part: it is meant for that one. */
  hangsByPart: boolean;
  /** The ServiceRequest names the record. */
  isNamed: boolean;
}

/** What its referrals make of who may read a record. */
export interface Shown {
  /** Organisations that see it as sent with a referral. */
  joining: Audience;
  /** Organisations that see a referral to which it belongs. */
  showing: Audience;
  /** Organisations that were asked by mistake in one of them. */
  mistaken: Audience;
}

const taskCodes = 'http://hl7.org/fhir/CodeSystem/task-code';

export function partiesOf(tasks: readonly Task[]): Parties {
  const orders = tasks.filter(({ code }) =>
    code?.coding?.some((one) => one.system === taskCodes && one.code === 'fulfill'),
  );
  const parts = orders.filter(({ partOf = [] }) => partOf.length > 0);
  const ownersOf = (some: readonly Task[]) => audienceOf(...some.map(({ owner }) => idIn(owner, 'Organization')));
  const others = ownersOf(parts.filter(({ status }) => status !== 'entered-in-error'));
  const own = orders.filter((task) => !parts.includes(task));
  return {
    requesters: audienceOf(...own.map(({ requester }) => idIn(requester, 'Organization'))),
    mistaken: ownersOf(parts).filter((owner) => !others.includes(owner)),
  };
}

/**
 * What was sent with a referral is shown to whoever sees that: what its requester made or brought by message and hangs on
 * the ServiceRequest, and what the ServiceRequest names and its requester itself sees. What names a provider's part is for that one.
 */
export function shownBy(record: SharedRecord, ties: readonly Tie[]): Shown {
  const belonging = ties.filter((tie) => tie.hangs || tie.hangsByTask || isSharedByName(record, tie));
  const sent = belonging.filter(
    (tie) => (tie.hangs && !tie.hangsByPart && isSent(record, tie)) || isSharedByName(record, tie),
  );
  return {
    joining: record.isOfPerson ? audienceOf(...sent.flatMap(({ readers }) => organisationsOf(readers))) : [],
    showing: audienceOf(...belonging.flatMap(({ readers }) => organisationsOf(readers))),
    mistaken: audienceOf(...belonging.flatMap(({ parties }) => parties.mistaken)),
  };
}

/** Organisations that may read no version of the record: they were asked by mistake, and no other referral shows it to them. */
export function goneOf({ maker }: Pick<SharedRecord, 'maker'>, { mistaken, showing }: Shown): Audience {
  return mistaken.filter((organisation) => organisation !== maker && !showing.includes(organisation));
}

/** The organisations that may read a record from now on: who saw it, but those who got it by mistake, and who comes. */
export function readersNow(record: Pick<SharedRecord, 'audience' | 'maker'>, shown: Shown): Audience {
  const gone = goneOf(record, shown);
  return audienceOf(...organisationsOf(record.audience), ...shown.joining).filter((one) => !gone.includes(one));
}

function isSent({ maker }: SharedRecord, { parties }: Tie): boolean {
  return maker !== undefined && parties.requesters.includes(maker);
}

/** Nobody shares by naming it what it does not see. */
function isSharedByName({ audience }: SharedRecord, { isNamed, parties }: Tie): boolean {
  const seeing = organisationsOf(audience.filter((mark) => !mark.startsWith('!')));
  return isNamed && parties.requesters.some((requester) => seeing.includes(requester));
}
