import type { Task } from 'fhir/r4';
import type { As } from './referral-actors.js';
import { business, extension, output, type Values } from './task-turns.js';

const rejected = 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars';
const own = { reference: 'Organization/keighley-healthy-living' };
const practice = { reference: 'Organization/worth-valley-practice' };
const activityInput = { coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/task-input', code: 'activity' }] };

/** The clock of those who play the table. */
export const clock = new Date('2026-11-22T10:00:00Z');

/** An operation, where it starts from, and the change that a system without operations writes. */
export interface Turn {
  code: string;
  /** Operations before it. */
  after?: readonly (readonly [code: string, values?: Values, as?: As])[];
  as?: As;
  values?: Values;
  plain: (task: Task) => Partial<Task>;
  /** Task.status and business status afterwards. */
  becomes: string;
}

const accepted = [['accept']] as const;
const started = [['accept'], ['start', { date: { valueDateTime: '2026-11-02' } }]] as const;
const question = { question: { valueString: 'Which days suit?' } };
const outcome = { needMet: { valueCode: 'partly' }, outcome: { valueString: 'Walks twice a week.' } };
const outcomes = [
  output('need-met', { valueCode: 'partly' }),
  output('outcome', { valueString: 'Walks twice a week.' }),
];
const said = (text: string, author = own) => ({ authorReference: author, time: '2026-11-22T06:00:00.000Z', text });
const noted = (task: Task, text: string, author = own) => ({ note: [...(task.note ?? []), said(text, author)] });
const without = (task: Task) => ({ statusReason: undefined, extension: task.extension });

/** Every operation that is a plain update. */
export const turns: readonly Turn[] = [
  {
    code: 'acknowledge',
    plain: () => ({ status: 'received', ...business('acknowledged') }),
    becomes: 'received/acknowledged',
  },
  {
    code: 'request-information',
    values: question,
    plain: () => ({ status: 'received', ...business('info-needed'), statusReason: { text: 'Which days suit?' } }),
    becomes: 'received/info-needed',
  },
  {
    code: 'provide-information',
    after: [['acknowledge'], ['request-information', question]],
    as: 'practice',
    values: { note: { valueString: 'Mondays.' } },
    plain: (task) => ({ ...without(task), ...business('acknowledged'), ...noted(task, 'Mondays.', practice) }),
    becomes: 'received/acknowledged',
  },
  { code: 'accept', plain: () => ({ status: 'accepted', ...business('accepted') }), becomes: 'accepted/accepted' },
  {
    code: 'reject',
    values: { reason: { valueCode: '40' }, reasonText: { valueString: 'Under 18' } },
    plain: () => ({
      status: 'rejected',
      ...business('rejected'),
      statusReason: { coding: [{ system: rejected, code: '40' }], text: 'Under 18' },
    }),
    becomes: 'rejected/rejected',
  },
  {
    code: 'waitlist',
    values: {
      expectedWait: { valueDuration: { value: 3, unit: 'weeks', system: 'http://unitsofmeasure.org', code: 'wk' } },
      review: { valueDate: '2030-12-20' },
      place: { valuePositiveInt: 4 },
      note: { valueString: 'Told on the phone.' },
    },
    plain: (task) => ({
      status: 'accepted',
      ...business('waitlisted'),
      extension: [
        ...(task.extension ?? []),
        extension('expected-wait', {
          valueDuration: { value: 3, unit: 'weeks', system: 'http://unitsofmeasure.org', code: 'wk' },
        }),
        extension('waitlist-review', { valueDate: '2030-12-20' }),
        extension('waitlist-place', { valuePositiveInt: 4 }),
      ],
      ...noted(task, 'Told on the phone.'),
    }),
    becomes: 'accepted/waitlisted',
  },
  {
    code: 'offer-place',
    after: accepted,
    values: { replyBy: { valueDate: '2030-12-01' } },
    plain: (task) => ({
      ...business('place-offered'),
      extension: [...(task.extension ?? []), extension('reply-by', { valueDate: '2030-12-01' })],
    }),
    becomes: 'accepted/place-offered',
  },
  {
    code: 'start',
    after: accepted,
    values: { date: { valueDateTime: '2026-11-20' } },
    plain: () => ({ status: 'in-progress', ...business('started'), executionPeriod: { start: '2026-11-20' } }),
    becomes: 'in-progress/started',
  },
  {
    code: 'record-session',
    after: started,
    values: { occurredAt: { valueDateTime: '2026-11-22T10:02:00Z' } },
    plain: (task) => happened(task, 'session-recorded', '2026-11-22T10:02:00Z'),
    becomes: 'in-progress/session-recorded',
  },
  {
    code: 'did-not-attend',
    after: started,
    values: { occurredAt: { valueDateTime: '2026-11-22T10:02:00Z' } },
    plain: (task) => happened(task, 'dna', '2026-11-22T10:02:00Z'),
    becomes: 'in-progress/dna',
  },
  {
    code: 'change-activity',
    after: accepted,
    values: { activity: { valueReference: { reference: 'HealthcareService/cookery' } } },
    plain: () => ({
      ...business('activity-changed'),
      input: [{ type: activityInput, valueReference: { reference: 'HealthcareService/cookery' } }],
    }),
    becomes: 'accepted/activity-changed',
  },
  {
    code: 'complete',
    after: started,
    values: {
      ...outcome,
      stillOpen: [{ valueString: 'Transport' }],
      offered: { valueUnsignedInt: 6 },
      attended: { valueUnsignedInt: 5 },
    },
    plain: () => ({
      status: 'completed',
      ...business('completed'),
      output: [
        ...outcomes,
        output('still-open', { valueString: 'Transport' }),
        output('sessions-offered', { valueUnsignedInt: 6 }),
        output('sessions-attended', { valueUnsignedInt: 5 }),
      ],
    }),
    becomes: 'completed/completed',
  },
  {
    code: 'disengage',
    after: started,
    values: { ...outcome, reasonText: { valueString: 'Did not come three times' } },
    plain: () => ({
      status: 'failed',
      ...business('disengaged'),
      statusReason: { text: 'Did not come three times' },
      output: outcomes,
    }),
    becomes: 'failed/disengaged',
  },
  {
    code: 'hold',
    after: accepted,
    values: { reasonText: { valueString: 'In hospital' }, until: { valueDate: '2030-01-04' } },
    plain: (task) => ({
      status: 'on-hold',
      ...business('paused'),
      statusReason: { text: 'In hospital' },
      extension: [
        ...(task.extension ?? []).filter(({ url }) => !url.endsWith('/contact-due')),
        extension('contact-due', { valueDate: '2030-01-04' }),
      ],
    }),
    becomes: 'on-hold/paused',
  },
  {
    code: 'resume',
    after: [...started, ['hold', { reasonText: { valueString: 'In hospital' }, until: { valueDate: '2030-01-04' } }]],
    plain: () => ({ status: 'in-progress', ...business('started'), statusReason: undefined }),
    becomes: 'in-progress/started',
  },
  {
    code: 'decline',
    after: [['acknowledge']],
    values: { note: { valueString: 'Does not want it.' } },
    plain: (task) => ({ status: 'cancelled', ...business('patient-declined'), ...noted(task, 'Does not want it.') }),
    becomes: 'cancelled/patient-declined',
  },
  {
    code: 'withdraw',
    after: accepted,
    values: {
      reason: { valueCode: 'service-closed' },
      reasonText: { valueString: 'The hall is shut' },
      note: { valueString: 'She has our number.' },
    },
    plain: (task) => ({
      status: 'cancelled',
      ...business('withdrawn-by-provider'),
      statusReason: {
        coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/referral-status-reason', code: 'service-closed' }],
        text: 'The hall is shut',
      },
      ...noted(task, 'She has our number.'),
    }),
    becomes: 'cancelled/withdrawn-by-provider',
  },
  {
    code: 'forward',
    after: [['acknowledge']],
    values: {
      to: { valueReference: { reference: 'HealthcareService/games-cafe' } },
      note: { valueString: 'She would rather play games.' },
    },
    plain: (task) => ({
      status: 'cancelled',
      ...business('forwarded'),
      output: [output('successor', { valueReference: { reference: 'HealthcareService/games-cafe' } })],
      ...noted(task, 'She would rather play games.'),
    }),
    becomes: 'cancelled/forwarded',
  },
  {
    code: 'undo',
    after: [...started, ['complete', outcome]],
    plain: () => ({ status: 'in-progress', ...business('started') }),
    becomes: 'in-progress/started',
  },
  {
    code: 'cancel',
    as: 'practice',
    plain: () => ({ status: 'cancelled', ...business('cancelled-by-requester') }),
    becomes: 'cancelled/cancelled-by-requester',
  },
  {
    code: 'cancel',
    after: accepted,
    as: 'practice',
    values: { reasonText: { valueString: 'Sent twice' } },
    plain: () => ({ ...business('cancel-requested'), statusReason: { text: 'Sent twice' } }),
    becomes: 'accepted/cancel-requested',
  },
  {
    code: 'confirm-cancellation',
    after: [...accepted, ['cancel', {}, 'practice']],
    plain: () => ({ status: 'cancelled', ...business('cancelled-by-requester') }),
    becomes: 'cancelled/cancelled-by-requester',
  },
  {
    code: 'refuse-cancellation',
    after: [...started, ['cancel', {}, 'practice']],
    values: { reasonText: { valueString: 'She wants to go on' } },
    plain: () => ({ ...business('started'), statusReason: { text: 'She wants to go on' } }),
    becomes: 'in-progress/started',
  },
  {
    code: 'assign',
    after: accepted,
    values: { worker: { valueReference: { display: 'The walk leader' } } },
    plain: (task) => ({
      extension: [...(task.extension ?? []), extension('worker', { valueReference: { display: 'The walk leader' } })],
    }),
    becomes: 'accepted/accepted',
  },
];

function happened(task: Task, code: string, at: string): Partial<Task> {
  const others = (task.extension ?? []).filter(({ url }) => !url.endsWith('/occurred-at'));
  return { ...business(code), extension: [...others, extension('occurred-at', { valueDateTime: at })] };
}
