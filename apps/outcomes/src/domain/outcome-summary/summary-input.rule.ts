import type { Reference } from 'fhir/r4';
import { error, idIn, type Issue } from '#fhir';
import { instantOf } from '../evaluation/calendar.js';
import { namesOther } from './own-contacts.js';
import type { Contact, OutcomeSummaryInput } from './summary-input.js';

/** A summary that mixes two people or two referrals is worse than none: each part must be of this one. */
export function summaryInputRule(input: OutcomeSummaryInput): Issue[] {
  const { serviceRequest, patient, author, custodian, requester } = input;
  const nameless = [serviceRequest, patient, author, custodian, requester].filter(({ id }) => id === undefined);
  const ofOthers = [
    ...subjectsOf(input).filter(([, subject]) => idIn(subject, 'Patient') !== patient.id),
    ...contactsOf(input).filter(([, contact]) => namesOther(contact, patient.id)),
  ];
  const elsewhere = referralsOf(input).filter(
    ([, references]) => !references.some((reference) => idIn(reference, 'ServiceRequest') === serviceRequest.id),
  );
  return [
    ...nameless.map(({ resourceType }) =>
      error('required', `${resourceType}.id is needed in a summary.`, `${resourceType}.id`),
    ),
    ...paths(ofOthers).map((path) => error('business-rule', `${path} is not the person of this summary.`, path)),
    ...paths(elsewhere).map((path) => error('business-rule', `${path} is not the referral of this summary.`, path)),
    ...(/T/.test(input.at) && instantOf(input.at) !== undefined
      ? []
      : [error('value', 'A summary is made at an instant with its offset.', 'at')]),
  ];
}

type Named<T> = [path: string, value: T];

function subjectsOf({ serviceRequest, referral, offers, measures }: OutcomeSummaryInput) {
  const scores = measures.flatMap(({ before, after }) => [before, after]).filter((score) => score !== undefined);
  const subjects: Named<Reference | undefined>[] = [
    ['ServiceRequest.subject', serviceRequest.subject],
    ['Task.for', referral.for],
    ...offers.map(({ task }): Named<Reference | undefined> => ['Task.for', task.for]),
    ...scores.map((score): Named<Reference | undefined> => ['Observation.subject', score.subject]),
  ];
  return subjects;
}

function contactsOf({ contacts }: OutcomeSummaryInput) {
  return contacts.map((contact): Named<Contact> => [`${contact.resourceType}.subject`, contact]);
}

function referralsOf({
  referral,
  offers,
  otherSessions = [],
  contacts,
}: OutcomeSummaryInput): Named<readonly (Reference | undefined)[]>[] {
  return [
    ['Task.focus', [referral.focus, ...(referral.basedOn ?? [])]],
    ...offers.map(({ task }): Named<readonly (Reference | undefined)[]> => [
      'Task.focus',
      [task.focus, ...(task.basedOn ?? [])],
    ]),
    ...[...offers.flatMap(({ appointments }) => appointments), ...otherSessions].map(
      (appointment): Named<readonly Reference[]> => ['Appointment.basedOn', appointment.basedOn ?? []],
    ),
    ...contacts.map((contact): Named<readonly Reference[]> => [
      `${contact.resourceType}.basedOn`,
      contact.basedOn ?? [],
    ]),
  ];
}

function paths(named: readonly Named<unknown>[]): string[] {
  return [...new Set(named.map(([path]) => path))];
}
