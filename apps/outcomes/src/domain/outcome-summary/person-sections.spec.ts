import type { Task } from 'fhir/r4';
import { organization, summaryInput, task } from '../../../test/summary-builders.js';
import { outcomeFacts } from './person-sections.js';

const needMet = (valueCode: string): Partial<Task> => ({
  status: 'completed',
  output: [{ type: { coding: [{ code: 'need-met' }] }, valueCode }],
});

function needs(...parts: [activity: string, change: Partial<Task>][]): string | undefined {
  const provider = organization('provider', 'Example Living');
  const offers = parts.map(([activity, change], at) => {
    return { task: task(`t${String(at)}`, change), activity, provider, appointments: [] };
  });
  const [, answer] = outcomeFacts(summaryInput({ offers })).find(([fact]) => fact === 'Need met') ?? [];
  return answer;
}

describe('whether the need was met', () => {
  it('is told as the one part says that began, and as not recorded where none does', () => {
    expect(needs(['Walks', { status: 'rejected' }], ['Cookery', needMet('partly')])).toBe('partly');
    expect([needs(['Walks', { status: 'completed' }]), needs()]).toEqual(['not recorded', 'not recorded']);
  });

  it('is told of each part, where several began, also where one does not say', () => {
    expect(needs(['Walks', needMet('fully')], ['Cookery', needMet('no')])).toBe('Walks: fully; Cookery: no');
    expect(needs(['Walks', needMet('fully')], ['Cookery', { status: 'completed' }])).toBe(
      'Walks: fully; Cookery: not recorded',
    );
  });
});
