import type { Patient, Task } from 'fhir/r4';
import { summaryReaders } from './summary-readers.js';

const person: Patient = { resourceType: 'Patient' };
const referral = task('charity');

describe('the readers of an outcome summary', () => {
  it('are the practice and its provider where there was only one', () => {
    const parts = [task('charity'), task('charity')];
    expect(summaryReaders({ referral, parts, patient: person, organizations: [] })).toEqual(['charity', 'practice']);
  });

  it('are the practice alone where several providers were asked', () => {
    const parts = [task('charity'), task('club')];
    expect(summaryReaders({ referral, parts, patient: person, organizations: [] })).toEqual(['practice']);
  });

  it('are the practice of the person, too, where it is one of the directory, and no provider by that name', () => {
    const generalPractitioner = ['new-practice', 'unknown', 'club'].map((id) => ({ reference: `Organization/${id}` }));
    const patient = { ...person, generalPractitioner };
    const organizations = ['new-practice', 'club'].map((id) => ({ resourceType: 'Organization' as const, id }));
    const parts = [task('charity'), task('club')];
    expect(summaryReaders({ referral, parts, patient, organizations })).toEqual(['new-practice', 'practice']);
  });
});

function task(owner: string): Task {
  return {
    resourceType: 'Task',
    status: 'completed',
    intent: 'order',
    requester: { reference: 'Organization/practice' },
    owner: { reference: `Organization/${owner}` },
  };
}
