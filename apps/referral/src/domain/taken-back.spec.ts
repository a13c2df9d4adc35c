import type { ServiceRequest, Task } from 'fhir/r4';
import { businessStatus, type BusinessStatus } from './codes.js';
import { isTakenBack } from './taken-back.js';
import type { Actor } from './transitions.js';

const declined = 'cancelled/patient-declined';
const cancelled = 'cancelled/cancelled-by-requester';

describe('a part that is taken up again', () => {
  it.each([
    ['provider', 'active', 'rejected/rejected', 'received/alternatives-offered', false],
    ['provider', 'revoked', declined, declined, false],
    ['provider', 'revoked', declined, 'cancelled/patient-moved', false],
    ['provider', 'revoked', 'rejected/rejected', declined, true],
    ['provider', 'revoked', 'rejected/rejected', cancelled, true],
    ['provider', 'revoked', declined, cancelled, true],
    ['provider', 'revoked', 'failed/disengaged', 'failed/disengaged', true],
    ['provider', 'completed', 'completed/completed', 'completed/completed', false],
    ['requester', 'revoked', cancelled, cancelled, false],
    ['requester', 'revoked', declined, cancelled, false],
  ] as const)(
    'by its %s, its wish %s, itself %s and its referral %s, was taken back: %s',
    (...[by, wish, of, all, is]) => {
      const actors: Actor[] = [by];
      expect(isTakenBack(request(wish), { part: task(of), parent: task(all), actors })).toBe(is);
    },
  );
});

function request(status: ServiceRequest['status']): ServiceRequest {
  return { resourceType: 'ServiceRequest', status, intent: 'order', subject: { reference: 'Patient/person' } };
}

function task(state: string): Task {
  const [status, business] = state.split('/') as [Task['status'], BusinessStatus];
  return { resourceType: 'Task', status, intent: 'order', businessStatus: businessStatus(business) };
}
