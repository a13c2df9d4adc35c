import type { Goal, Task } from 'fhir/r4';
import { idIn } from '#fhir';
import type { EvaluatedInstrument } from '../evaluation/evaluated-instrument.js';
import { programmesOf, taskOutputSystem } from '../programme.js';
import { ownContacts } from './own-contacts.js';
import { referralMeasures } from './referral-measures.js';
import { organizationOf, partsOf, referralOffers } from './referral-offers.js';
import type { ReferralRecord } from './referral-record.js';
import { namelessRequests, requestsOf } from './requests.js';
import type { Stage } from './stage.js';
import type { OutcomeSummaryInput, Replaced, SummaryNotes } from './summary-input.js';

export interface SummaryOccasion {
  baseUrl: string;
  /** As a FHIR instant. */
  at: string;
  /** Instruments of the referral's programmes. */
  instruments: readonly EvaluatedInstrument[];
  /** At the end, unless told. */
  stage?: Stage;
  replaces?: Replaced | undefined;
}

/** Chooses from everything that is held of a referral what its outcome summary says. */
export function inputFromRecord(record: ReferralRecord, occasion: SummaryOccasion): OutcomeSummaryInput {
  const { referral, serviceRequest, patient } = record;
  const { baseUrl, at, instruments, stage, replaces } = occasion;
  const author = organizationOf(signedBy(record, stage), record);
  const requester = idIn(referral.requester, 'Organization') ?? idIn(serviceRequest.requester, 'Organization');
  return {
    baseUrl,
    at,
    serviceRequest,
    patient,
    referral,
    ...referralOffers(record),
    contacts: ownContacts(record),
    measures: referralMeasures(instruments, record),
    requester: organizationOf(requester, record),
    author,
    custodian: author,
    notes: notesOf(record),
    requests: requestsOf(partsOf(record)),
    ...(stage && { stage }),
    ...(replaces && { replaces }),
  };
}

/** Codes of the programmes that the referral's activities belong to. */
export function programmesOfRecord({ activities }: ReferralRecord): string[] {
  return [...new Set(activities.flatMap(programmesOf))].sort();
}

const notDone: readonly Task['status'][] = ['rejected', 'cancelled', 'failed'];
const goingOn: readonly Task['status'][] = ['accepted', 'on-hold', 'in-progress'];

/**
 * The letter is that of the provider whose part ended last; one that completed its part, or that has it, comes before one that did
 * not. While the referral goes on it is that of one that goes on with it.
 */
function signedBy(record: ReferralRecord, stage: Stage = { code: 'end' }): string | undefined {
  const changed = ({ meta, id = '' }: Task) => `${meta?.lastUpdated ?? ''} ${id}`;
  const done: readonly Task['status'][] = stage.code === 'end' ? [...goingOn, 'completed'] : ['completed', ...goingOn];
  const ranks = [...notDone, ...done];
  const [last] = partsOf(record)
    .filter((part) => ranks.includes(part.status))
    .sort(
      (left, right) =>
        ranks.indexOf(right.status) - ranks.indexOf(left.status) || (changed(left) > changed(right) ? -1 : 1),
    );
  return idIn((last ?? record.referral).owner, 'Organization');
}

/** What matters are the goals that name this referral; what is open is what providers said when they closed their part. */
function notesOf(record: ReferralRecord): SummaryNotes {
  const wishes = record.goals
    .filter((goal) => isOfReferral(goal, record))
    .flatMap(({ description }) => description.text ?? []);
  const stillOpen = partsOf(record).flatMap(({ output = [] }) =>
    output
      .filter(({ type }) =>
        type.coding?.some(({ system, code }) => system === taskOutputSystem && code === 'still-open'),
      )
      .flatMap(({ valueString }) => valueString ?? []),
  );
  return {
    ...(wishes.length > 0 && { whatMatters: wishes.sort().join('\n') }),
    stillOpen: [...stillOpen, ...namelessRequests(partsOf(record))],
  };
}

function isOfReferral({ addresses = [], lifecycleStatus }: Goal, { serviceRequest }: ReferralRecord): boolean {
  const dropped = ['cancelled', 'entered-in-error', 'rejected'].includes(lifecycleStatus);
  return !dropped && addresses.some((reference) => idIn(reference, 'ServiceRequest') === serviceRequest.id);
}
