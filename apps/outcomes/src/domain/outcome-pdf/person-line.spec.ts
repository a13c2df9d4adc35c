import type { Bundle, Patient } from 'fhir/r4';
import { summaryInput } from '../../../test/summary-builders.js';
import { outcomeSummary } from '../outcome-summary/outcome-summary.js';
import { personLine } from './person-line.js';

const nhsNumber = 'https://fhir.nhs.uk/Id/nhs-number';

function lineOf(change: Partial<Patient>): string {
  return personLine({ ...summaryInput().patient, ...change }, '2021-08-02T10:00:00Z');
}

describe('whom the page is about', () => {
  it('is told by name, day of birth and NHS number, as the NHS writes them', () => {
    expect(lineOf({})).toBe('EXAMPLE, Pat, born 03-Feb-1960, NHS number 900 000 0009');
    expect(personLine({ resourceType: 'Patient' }, '2021-08-02T10:00:00Z')).toBe(
      'Name not recorded, born: not recorded, NHS number not recorded',
    );
  });

  it.each([
    ['1950', 'born 1950,'],
    ['1950-03', 'born Mar-1950,'],
  ])('was born in %s, where no more is known', (birthDate, words) => {
    expect(lineOf({ birthDate })).toContain(words);
  });

  it('keeps its birth date and number, however long the name is', () => {
    const line = lineOf({ name: [{ family: 'Example '.repeat(40), given: ['Pat '.repeat(80)] }] });
    expect(line).toMatch(/ …, born 03-Feb-1960, NHS number 900 000 0009$/);
    expect(line.length).toBeLessThan(200);
  });

  it.each(['http://fhir.nhs.uk/Id/nhs-number', 'urn:oid:2.16.840.1.113883.2.1.4.1'])(
    'has the NHS number that is written under %s, and the document no other one',
    (system) => {
      const { patient } = summaryInput();
      const identifier = [
        { system: 'https://example.org/local', value: 'local' },
        { system, value: '9000000009' },
      ];
      expect(lineOf({ identifier })).toContain('NHS number 900 000 0009');
      const document = outcomeSummary(summaryInput({ patient: { ...patient, identifier } }));
      expect(patientIn(document)?.identifier).toEqual([{ system, value: '9000000009' }]);
    },
  );

  it('bears what is known against its number', () => {
    expect(lineOf({ identifier: [{ system: nhsNumber, value: '9000000008' }] })).toContain(
      'NHS number 900 000 0008 (fails its check)',
    );
    const withStatus = (code: string) => {
      const url = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus';
      const extension = [{ url, valueCodeableConcept: { coding: [{ code }] } }];
      return lineOf({ identifier: [{ system: nhsNumber, value: '9000000009', extension }] });
    };
    expect(withStatus('05')).toContain('900 000 0009 (traced, in conflict with the details)');
    expect(withStatus('trace-required')).toContain('900 000 0009 (to be traced)');
    expect(withStatus('01')).toMatch(/900 000 0009$/);
  });

  it('is told by the name and number that hold now', () => {
    const line = lineOf({
      name: [
        { use: 'official', family: 'Before', period: { end: '2019' } },
        { use: 'old', family: 'Older' },
        { use: 'official', family: 'Now', period: { start: '2019-05' } },
        { use: 'official', family: 'Later', period: { start: '2022-01-01' } },
      ],
      identifier: [
        { use: 'old', system: nhsNumber, value: '9000000017' },
        { system: nhsNumber, value: '9000000009' },
      ],
    });
    expect(line).toBe('NOW, born 03-Feb-1960, NHS number 900 000 0009');
  });
});

function patientIn({ entry = [] }: Bundle): Patient | undefined {
  return entry.map(({ resource }) => resource).find((one): one is Patient => one?.resourceType === 'Patient');
}
