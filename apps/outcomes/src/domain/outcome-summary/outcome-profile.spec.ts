import type { Bundle, Composition, Organization, Patient, ServiceRequest } from 'fhir/r4';
import { createValidator } from '#fhir-validation';
import { measure, summaryInput, task } from '../../../test/summary-builders.js';
import { outcomeSummary } from './outcome-summary.js';
import type { OutcomeSummaryInput } from './summary-input.js';

const { validate } = createValidator();

function faultsOf(document: Bundle): string[] {
  return validate(document)
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map(({ diagnostics, expression }) => `${String(expression?.[0])}: ${diagnostics}`);
}

/** The document with its Composition changed. */
function changed(change: (composition: Composition) => Partial<Composition>): Bundle {
  const { entry = [], ...document } = outcomeSummary(summaryInput());
  const [first, ...rest] = entry;
  const composition = first?.resource as Composition;
  return { ...document, entry: [{ ...first, resource: { ...composition, ...change(composition) } }, ...rest] };
}

const action = { kind: 'action', text: 'Review pain relief', markedBy: 'Jo Example', markedOn: '2021-08-01' } as const;

const { patient, serviceRequest } = summaryInput();
const contained: Organization[] = [{ resourceType: 'Organization', id: 'giver', name: 'Example Practice' }];
const assigner = { reference: '#giver', display: 'Example Practice' };
const nhsNumber = { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9000000009' };
const numbered: Patient = { ...patient, contained, identifier: [{ ...nhsNumber, assigner }] };
const asked: ServiceRequest = {
  ...serviceRequest,
  contained,
  identifier: [{ value: '1', assigner: { reference: '#giver' } }],
};

describe('the profile of the outcome summary', () => {
  it.each<[string, Partial<OutcomeSummaryInput>]>([
    ['a completed referral', {}],
    ['nothing recorded', { offers: [], contacts: [], measures: [], notes: { stillOpen: [] } }],
    ['an action', { requests: [action] }],
    ['a missing score', { measures: [measure(22, undefined)] }],
    ['a referral that failed', { referral: task('t0', { status: 'failed' }) }],
    ['a milestone', { referral: task('t0', { status: 'in-progress' }), stage: { code: 'weeks', weeks: 12 } }],
    ['a restricted referral', { confidentiality: 'R' }],
    ['a requester that no directory knows', { requester: { resourceType: 'Organization', id: 'unknown' } }],
    ['resources that contain who gave their numbers', { patient: numbered, serviceRequest: asked }],
    ['a patient without NHS number', { patient: { resourceType: 'Patient', id: 'p1' } }],
  ])('takes the summary of %s', (_case, input) => {
    expect(faultsOf(outcomeSummary(summaryInput(input)))).toEqual([]);
  });

  it('has numbers with the name of who gave them, and no reference to what the document does not hold', () => {
    const { entry = [] } = outcomeSummary(summaryInput({ patient: numbered, serviceRequest: asked }));
    const numbersOf = (type: string) => {
      const found = entry.find(({ resource }) => resource?.resourceType === type)?.resource;
      return (found as Patient | ServiceRequest | undefined)?.identifier;
    };
    expect([numbersOf('Patient'), numbersOf('ServiceRequest')]).toEqual([
      [{ ...nhsNumber, assigner: { display: 'Example Practice' } }],
      [{ value: '1' }],
    ]);
  });

  it('wants what matters to the person first', () => {
    const faults = faultsOf(changed(({ section = [] }) => ({ section: [...section].reverse() })));
    expect(faults.join('\n')).toContain('What matters to the person stands first');
  });

  it('wants each section, and takes no other', () => {
    const without = changed(({ section = [] }) => ({ section: section.filter(({ title }) => title !== 'Still open') }));
    expect(faultsOf(without)).not.toEqual([]);
    const more = changed(({ section = [] }) => ({
      section: [
        ...section,
        { title: 'More', code: { text: 'more' }, text: section[0]?.text },
      ] as Composition['section'],
    }));
    expect(faultsOf(more)).not.toEqual([]);
  });

  it('takes no call for action that says not which', () => {
    const forAction = changed(({ category }) => ({
      category: category?.map((one) => ({ ...one, coding: one.coding?.map((coding) => ({ ...coding, code: 'FA' })) })),
    }));
    expect(faultsOf(forAction).join('\n')).toContain('which action is asked for');
  });

  it('takes no document of another type, nor one without the referral', () => {
    const document = outcomeSummary(summaryInput());
    expect(faultsOf({ ...document, type: 'collection' })).not.toEqual([]);
    const entry = document.entry?.filter(({ resource }) => resource?.resourceType !== 'ServiceRequest');
    expect(faultsOf({ ...document, entry })).not.toEqual([]);
  });
});
