import type { Patient } from 'fhir/r4';
import { summaryInput } from '../../../test/summary-builders.js';
import { outcomeSummary } from './outcome-summary.js';
import { saysTheSame } from './says-the-same.js';
import type { OutcomeSummaryInput } from './summary-input.js';

const at = '2021-08-02T10:00:00Z';

function isSame(change: Partial<OutcomeSummaryInput>, about?: 'Patient' | 'Goal'): boolean {
  return saysTheSame(outcomeSummary(summaryInput()), outcomeSummary(summaryInput(change)), { at, about });
}

function person(change: Partial<Patient>): Partial<OutcomeSummaryInput> {
  return { patient: { ...summaryInput().patient, ...change } };
}

describe('a later summary', () => {
  it('says something else where the person has another name, birth date or number, and nothing else of them counts', () => {
    const others: Partial<Patient>[] = [
      { name: [{ family: 'Mended', given: ['Pat'] }] },
      { birthDate: '1961-02-03' },
      { identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9000000017' }] },
    ];
    expect(others.map((change) => [isSame(person(change)), isSame(person(change), 'Patient')])).toEqual([
      [false, false],
      [false, false],
      [false, false],
    ]);
    const moved = person({ meta: { versionId: '2' }, address: [{ text: 'Elsewhere' }], gender: 'female' });
    expect([isSame(moved), isSame(moved, 'Patient')]).toEqual([true, true]);
  });

  it('is compared by what was changed alone, whatever went on besides', () => {
    const wish = { notes: { ...summaryInput().notes, whatMatters: 'Cooking' } };
    const contacted = { contacts: [] };
    expect([isSame(contacted), isSame(contacted, 'Patient'), isSame(contacted, 'Goal')]).toEqual([false, true, true]);
    expect([isSame(wish), isSame(wish, 'Patient'), isSame(wish, 'Goal')]).toEqual([false, true, false]);
  });
});
