import type { DocumentReference } from 'fhir/r4';
import { chaserOf, chaseStatusFor, chaseTask, isChase } from './chase-task.js';

const acknowledgement = 'https://ginnel.org.uk/fhir/StructureDefinition/acknowledgement';

function summary(state: string, status: DocumentReference['status'] = 'current'): DocumentReference {
  return {
    resourceType: 'DocumentReference',
    id: 'd1',
    meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }] },
    extension: [{ url: acknowledgement, valueCode: state }],
    status,
    subject: { reference: 'Patient/p1' },
    custodian: { reference: 'Organization/provider' },
    context: { related: [{ reference: 'ServiceRequest/s1' }, { reference: 'Task/t0' }] },
    content: [],
  };
}

describe('a Task to chase an acknowledgement', () => {
  it("is the provider's, about the summary and its referral, and restricted as they are", () => {
    const { custodian: owner } = summary('chased');
    const task = chaseTask(summary('chased'), { authoredOn: '2026-12-07T10:00:00Z', owner });
    expect(task).toMatchObject({
      id: 'chase-d1',
      status: 'requested',
      owner: { reference: 'Organization/provider' },
      focus: { reference: 'DocumentReference/d1' },
      for: { reference: 'Patient/p1' },
      basedOn: [{ reference: 'ServiceRequest/s1' }],
      meta: { security: [{ code: 'R' }] },
    });
    expect(isChase(task)).toBe(true);
  });

  it.each([
    ['provider', ['practice', 'provider']],
    ['provider', ['practice#R', 'provider#R']],
    ['practice', ['practice']],
    ['practice', ['!provider', 'practice']],
    ['practice', ['practice', 'provider-elsewhere']],
  ])('is for the %s where the summary is read by %j', (chaser, readers) => {
    const requester = { reference: 'Organization/practice' };
    const owner = chaserOf(summary('chased'), { readers, requester });
    expect(owner).toEqual({ reference: `Organization/${chaser}` });
  });

  it.each([
    ['awaited', 'current', undefined],
    ['chased', 'current', 'requested'],
    ['acknowledged', 'current', 'completed'],
    ['chased', 'superseded', 'cancelled'],
    ['chased', 'entered-in-error', 'cancelled'],
  ] as const)('of a summary that is %s and %s is %s', (state, status, wanted) => {
    expect(chaseStatusFor(summary(state, status))).toBe(wanted);
  });
});
