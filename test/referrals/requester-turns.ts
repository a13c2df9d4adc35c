import type { Task } from 'fhir/r4';
import { stateBefore } from '../../apps/referral/src/domain/state-before.js';
import { becomes, requesterOf, said, type Turn } from './turn.js';

const open = /^(requested|received|accepted|in-progress|on-hold)\/(?!cancel)/;
const text = (valueString: string) => ({ valueString });

/** What a practice does with a part of its referral. */
export const requesterTurns: readonly Turn[] = [
  {
    name: 'give information',
    by: 'requester',
    when: /\/info-needed$/,
    operation: 'provide-information',
    values: () => ({ note: text('Mondays.') }),
    weight: 60,
  },
  {
    name: 'cancel',
    by: 'requester',
    when: open,
    operation: 'cancel',
    values: () => ({ reasonText: text('She found something else.') }),
    weight: 4,
  },
  {
    name: 'say that the person declines',
    by: 'requester',
    when: open,
    operation: 'decline',
    values: () => ({ note: text('Does not want it.') }),
    plain: (task, chance) => ({
      ...becomes('cancelled', 'patient-declined'),
      ...said(task, requesterOf(task), { time: chance.at(), text: 'Does not want it.' }),
    }),
    weight: 2,
  },
  {
    name: 'say that the person has moved',
    by: 'requester',
    when: open,
    plain: () => becomes('cancelled', 'patient-moved'),
    weight: 2,
  },
  {
    name: 'forward as the requester',
    by: 'requester',
    when: /^(requested|received)\/(?!cancel)/,
    operation: 'forward',
    values: () => ({
      to: { valueReference: { reference: 'HealthcareService/simulated-games' } },
      note: text('Agreed.'),
    }),
    parts: 1,
    weight: 2,
  },
  {
    name: 'split',
    by: 'requester',
    when: /^(requested|received|accepted)\/(?!cancel)/,
    operation: 'split',
    values: () => ({ to: { valueReference: { reference: 'HealthcareService/simulated-games' } } }),
    parts: 1,
    weight: 3,
  },
  {
    name: 'reopen',
    by: 'requester',
    when: /^(rejected|failed|completed|cancelled)\//,
    operation: 'reopen',
    values: () => ({ note: text('She wants it after all.') }),
    parts: 1,
    weight: 3,
  },
  {
    name: 'undo as the requester',
    by: 'requester',
    when: /^cancelled\/(patient-declined|patient-moved|cancelled-by-requester)/,
    operation: 'undo',
    weight: 3,
  },
  {
    name: 'hear that the person lives',
    by: 'requester',
    when: /^on-hold\/death-reported/,
    plain: asBefore,
    weight: 20,
  },
  {
    name: 'hear for certain that the person has died',
    by: 'requester',
    when: /^on-hold\/death-reported/,
    plain: () => becomes('cancelled', 'patient-died'),
  },
];

/** What a system writes that has kept the version before. */
function asBefore(task: Task): Partial<Task> {
  const left = stateBefore(task);
  return left ? becomes(left.status, left.business) : {};
}
