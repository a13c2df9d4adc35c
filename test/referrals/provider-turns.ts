import { extension, output } from '../task-turns.js';
import type { Chance } from './chance.js';
import { becomes, ownerOf, said, type Turn } from './turn.js';

const reasons = 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars';
const week = { value: 3, unit: 'weeks', system: 'http://unitsofmeasure.org', code: 'wk' };
const unseen = /^requested/;
const undecided = /^(requested|received)\/(?!cancel)/;
const taken = /^accepted\/(?!cancel)/;
const begun = /^in-progress\/(?!cancel)/;
const atWork = /^(accepted|in-progress)\/(?!cancel)/;
const cancelling = /\/cancel-requested$/;
const text = (valueString: string) => ({ valueString });
const met = (chance: Chance) => ({ valueCode: chance.oneOf(['fully', 'partly', 'no']) });

/** What a provider does, for as long as it has the person. */
export const providerTurns: readonly Turn[] = [
  {
    name: 'acknowledge',
    by: 'provider',
    when: unseen,
    operation: 'acknowledge',
    plain: () => becomes('received', 'acknowledged'),
  },
  {
    name: 'accept',
    by: 'provider',
    when: undecided,
    operation: 'accept',
    plain: () => becomes('accepted', 'accepted'),
    weight: 25,
  },
  {
    name: 'reject',
    by: 'provider',
    when: undecided,
    operation: 'reject',
    values: (chance) => ({ reason: { valueCode: chance.oneOf(['40', '23', '42']) } }),
    plain: () => ({
      ...becomes('rejected', 'rejected'),
      statusReason: { coding: [{ system: reasons, code: '40' }] },
    }),
    weight: 4,
  },
  {
    name: 'say that it is full',
    by: 'provider',
    when: undecided,
    operation: 'reject',
    values: () => ({ reason: { valueCode: '22' } }),
    weight: 3,
  },
  {
    name: 'ask for information',
    by: 'provider',
    when: /^(requested|received|accepted)\/(?!cancel|info)/,
    operation: 'request-information',
    values: () => ({ question: text('Which days suit?') }),
    plain: (task) => ({
      ...becomes(task.status === 'accepted' ? 'accepted' : 'received', 'info-needed'),
      statusReason: { text: 'Which days suit?' },
    }),
    weight: 4,
  },
  {
    name: 'put on the waiting list',
    by: 'provider',
    when: /^(requested|received|accepted)\/(?!cancel)/,
    operation: 'waitlist',
    values: (chance) => ({
      expectedWait: { valueDuration: week },
      review: { valueDate: chance.on(28) },
      note: text('Told on the phone.'),
    }),
    weight: 5,
  },
  {
    name: 'offer a place',
    by: 'provider',
    when: /^accepted\/(waitlisted|accepted|contacting)/,
    operation: 'offer-place',
    values: (chance) => ({ replyBy: { valueDate: chance.on(7) } }),
    plain: (task, chance) => ({
      ...becomes('accepted', 'place-offered'),
      extension: [...(task.extension ?? []), extension('reply-by', { valueDate: chance.on(7) })],
    }),
  },
  {
    name: 'try to contact',
    by: 'provider',
    when: /^(requested|received|accepted)\/(?!cancel)/,
    operation: 'record-contact',
    values: (chance) => ({
      channel: { valueCode: chance.oneOf(['phone', 'sms', 'letter']) },
      result: { valueCode: 'no-answer' },
    }),
    weight: 14,
  },
  {
    name: 'reach',
    by: 'provider',
    when: /^(received|accepted|in-progress)\/(?!cancel)/,
    operation: 'record-contact',
    values: (chance) => ({
      channel: { valueCode: chance.oneOf(['phone', 'visit', 'video']) },
      readiness: { valueCode: 'yellow' },
      nextContact: { valueDate: chance.on(chance.oneOf([3, 10])) },
    }),
  },
  {
    name: 'give up after attempts',
    by: 'provider',
    when: /^(received|accepted)\/contacting/,
    operation: 'unable-to-contact',
    plain: () => becomes('failed', 'unable-to-contact'),
  },
  {
    name: 'book a first session',
    by: 'provider',
    when: taken,
    plain: () => becomes('accepted', 'booked'),
    books: true,
    weight: 4,
  },
  {
    name: 'start',
    by: 'provider',
    when: taken,
    operation: 'start',
    values: (chance) => ({ date: { valueDateTime: chance.at() } }),
    plain: (_task, chance) => ({ ...becomes('in-progress', 'started'), executionPeriod: { start: chance.at() } }),
    weight: 20,
  },
  {
    name: 'hold a session',
    by: 'provider',
    when: begun,
    operation: 'record-session',
    values: (chance) => ({ occurredAt: { valueDateTime: chance.at() } }),
  },
  {
    name: 'miss the person',
    by: 'provider',
    when: atWork,
    operation: 'did-not-attend',
    values: (chance) => ({ occurredAt: { valueDateTime: chance.at() } }),
    weight: 5,
  },
  {
    name: 'change to an activity with few places',
    by: 'provider',
    when: atWork,
    operation: 'change-activity',
    values: () => ({ activity: { valueReference: { reference: 'HealthcareService/simulated-pottery' } } }),
    weight: 3,
  },
  {
    name: 'complete',
    by: 'provider',
    when: /^(accepted|in-progress|on-hold)\//,
    operation: 'complete',
    values: (chance) => ({ needMet: met(chance), outcome: text('Walks twice a week.') }),
    plain: (_task, chance) => ({
      ...becomes('completed', 'completed'),
      output: [output('need-met', met(chance))],
    }),
  },
  {
    name: 'disengage',
    by: 'provider',
    when: /^(in-progress\/(?!cancel)|on-hold\/paused)/,
    operation: 'disengage',
    values: (chance) => ({ needMet: met(chance), reasonText: text('Did not come three times.') }),
    weight: 3,
  },
  {
    name: 'rest',
    by: 'provider',
    when: atWork,
    operation: 'hold',
    values: (chance) => ({ reasonText: text('In hospital.'), until: { valueDate: chance.on(9) } }),
    weight: 5,
  },
  { name: 'go on', by: 'provider', when: /^on-hold\/paused/, operation: 'resume', weight: 25 },
  {
    name: 'hear a no',
    by: 'provider',
    when: /^(received|accepted|in-progress|on-hold)\/(?!cancel)/,
    operation: 'decline',
    values: () => ({ note: text('Does not want it.') }),
    plain: (task, chance) => ({
      ...becomes('cancelled', 'patient-declined'),
      ...said(task, ownerOf(task), { time: chance.at(), text: 'Does not want it.' }),
    }),
    weight: 3,
  },
  {
    name: 'withdraw',
    by: 'provider',
    when: /^(accepted|in-progress|on-hold)\/(?!cancel|death)/,
    operation: 'withdraw',
    values: () => ({ reasonText: text('The hall is shut.'), note: text('She has our number.') }),
    plain: (task, chance) => ({
      ...becomes('cancelled', 'withdrawn-by-provider'),
      statusReason: { text: 'The hall is shut.' },
      ...said(task, ownerOf(task), { time: chance.at(), text: 'She has our number.' }),
    }),
    weight: 2,
  },
  {
    name: 'forward',
    by: 'provider',
    when: /^(requested|received|accepted)\/(?!cancel)/,
    operation: 'forward',
    values: (chance) => ({
      to: {
        valueReference: { reference: chance.oneOf(['simulated-walks', 'simulated-games']).replace(/^/, activity) },
      },
      note: text('She agreed.'),
    }),
    plain: (task, chance) => ({
      ...becomes('cancelled', 'forwarded'),
      output: [output('successor', { valueReference: { reference: `${activity}simulated-games` } })],
      ...said(task, ownerOf(task), { time: chance.at(), text: 'She agreed.' }),
    }),
    parts: 1,
    weight: 4,
  },
  {
    name: 'confirm the cancellation',
    by: 'provider',
    when: cancelling,
    operation: 'confirm-cancellation',
    plain: () => becomes('cancelled', 'cancelled-by-requester'),
  },
  {
    name: 'refuse the cancellation',
    by: 'provider',
    when: cancelling,
    operation: 'refuse-cancellation',
    values: () => ({ reasonText: text('The last session is tomorrow.') }),
  },
  {
    name: 'say that the person has died',
    by: 'provider',
    when: /^(received|accepted|in-progress|on-hold\/paused)/,
    plain: () => becomes('on-hold', 'death-reported'),
    weight: 1,
  },
  { name: 'undo', by: 'provider', when: /^(rejected|failed|completed|cancelled)\//, operation: 'undo', weight: 5 },
  {
    name: 'reopen as the provider',
    by: 'provider',
    when: /^(rejected|failed|completed)\//,
    operation: 'reopen',
    values: () => ({ note: text('She came back.') }),
    parts: 1,
    weight: 2,
  },
  {
    name: 'tell an outcome too late',
    by: 'provider',
    when: /^(cancelled|failed)\//,
    operation: 'complete',
    values: (chance) => ({ needMet: met(chance) }),
    weight: 4,
  },
];

const activity = 'HealthcareService/';
