import type { Task } from 'fhir/r4';
import { occurredAtExtension } from './codes.js';
import { turnProvenance } from './turn-provenance.js';

const now = new Date('2026-11-24T09:00:00Z');
const task: Task = {
  resourceType: 'Task',
  id: 'part',
  status: 'requested',
  intent: 'order',
  extension: [{ url: occurredAtExtension, valueDateTime: '2026-11-23T16:00:00Z' }],
};

describe('the Provenance of a turn', () => {
  it.each([
    ['as its mover said', { agent: 'charity', organisation: 'charity', interaction: 'update' }, '2026-11-23T16:00:00Z'],
    ['as somebody says who acts for all', { agent: 'integrator', interaction: 'update' }, '2026-11-23T16:00:00Z'],
    ['when the clock struck', { agent: 'referral', interaction: 'referral-clock' }, '2026-11-24T09:00:00.000Z'],
  ])('names when it happened %s', (_as, act, occurred) => {
    const made = turnProvenance(task, { version: 2, act: { ...act, correlationId: 'one' }, now });
    expect([made.occurredDateTime, made.recorded]).toEqual([occurred, '2026-11-24T09:00:00.000Z']);
  });
});
