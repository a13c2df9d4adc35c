import type { ServiceRequest, Task } from 'fhir/r4';
import { businessStatus, type BusinessStatus } from './codes.js';
import { takenBack } from './taken-back.js';

describe('a referral', () => {
  it.each([
    ['revoked', 'cancelled', 'cancelled-by-requester', true],
    ['revoked', 'failed', 'disengaged', true],
    ['revoked', 'cancelled', 'patient-declined', false],
    ['revoked', 'cancelled', 'patient-moved', false],
    ['revoked', 'cancelled', 'patient-died', false],
    ['active', 'failed', 'disengaged', false],
    ['completed', 'completed', 'completed', false],
  ] as const)(
    'that is %s, and whose own Task is %s/%s, was taken back by its requester: %s',
    (...[wish, of, as, is]) => {
      expect(takenBack(request(wish), parent(of, as))).toBe(is);
    },
  );
});

function request(status: ServiceRequest['status']): ServiceRequest {
  return { resourceType: 'ServiceRequest', status, intent: 'order', subject: { reference: 'Patient/person' } };
}

function parent(status: Task['status'], business: BusinessStatus): Task {
  return { resourceType: 'Task', status, intent: 'order', businessStatus: businessStatus(business) };
}
