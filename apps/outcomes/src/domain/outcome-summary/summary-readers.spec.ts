import type { Task } from 'fhir/r4';
import { summaryReaders } from './summary-readers.js';

describe('the readers of an outcome summary', () => {
  it('are the practice and its provider where there was only one', () => {
    expect(summaryReaders(task('charity'), [task('charity'), task('charity')])).toEqual(['charity', 'practice']);
  });

  it('are the practice alone where several providers were asked', () => {
    expect(summaryReaders(task('charity'), [task('charity'), task('club')])).toEqual(['practice']);
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
