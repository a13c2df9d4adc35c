import type { ServiceRequest, Task } from 'fhir/r4';
import { businessStatus, fulfil } from './codes.js';
import { parentTaskOf } from './new-referral.js';

const request: ServiceRequest = {
  resourceType: 'ServiceRequest',
  id: 'sr-1',
  status: 'active',
  intent: 'order',
  subject: { reference: 'Patient/p-1' },
};
const parties = { requester: { reference: 'Organization/asks' }, owner: { reference: 'Organization/provides' } };
const authoredOn = '2026-03-02T09:00:00.000Z';
const common: Task = {
  resourceType: 'Task',
  id: 't-1',
  status: 'requested',
  businessStatus: businessStatus('sent'),
  intent: 'order',
  code: { coding: [fulfil] },
  focus: { reference: 'ServiceRequest/sr-1' },
  for: { reference: 'Patient/p-1' },
  requester: parties.requester,
  owner: parties.owner,
  authoredOn,
};

describe('the parent Task of a referral whose requester sent a Task of its own', () => {
  it('keeps what describes it', () => {
    const described: Partial<Task> = {
      identifier: [{ system: 'https://practice.example/Id/task', value: 'practice-7' }],
      note: [{ text: 'an invented note', authorReference: { reference: '#sent-1' } }],
      description: 'an invented description',
      priority: 'urgent',
      reasonCode: { text: 'an invented reason' },
      restriction: { repetitions: 1 },
      contained: [{ resourceType: 'Practitioner', id: 'sent-1' }],
    };
    const code = { system: 'https://practice.example/CodeSystem/task', code: 'walk' };
    const task: Task = { ...common, ...described, code: { text: 'a text', coding: [code] } };
    expect(parentTaskOf(request, parties, { id: 'new', authoredOn, task })).toEqual({
      ...common,
      ...described,
      code: { coding: [fulfil, code] },
    });
  });

  it('takes nothing of how the work stands, of other work and of who does it', () => {
    const theirs: Partial<Task> = {
      status: 'completed',
      intent: 'proposal',
      owner: { reference: 'Organization/elsewhere' },
      partOf: [{ reference: 'Task/of-somebody' }],
      basedOn: [{ reference: 'ServiceRequest/of-somebody' }],
      input: [{ type: { text: 'input' }, valueString: 'x' }],
      output: [{ type: { text: 'output' }, valueString: 'x' }],
      extension: [{ url: 'https://ginnel.org.uk/fhir/StructureDefinition/contact-count', valueInteger: 7 }],
      executionPeriod: { start: '2020-01-01' },
      lastModified: '2020-01-01T00:00:00Z',
      contained: [{ resourceType: 'Practitioner', id: 'sent-1' }],
    };
    expect(parentTaskOf(request, parties, { id: 'new', authoredOn, task: { ...common, ...theirs } })).toEqual(common);
  });
});
