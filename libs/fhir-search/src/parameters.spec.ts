import { serviceNames, owners } from '#fhir';
import {
  idParameter,
  lastUpdatedParameter,
  searchableTypes,
  searchParameter,
  searchParametersOf,
} from './parameters.js';

function known(type: string, code: string) {
  const { type: kind, expression, targets, single, system } = searchParameter(type, code) ?? {};
  return { kind, expression, targets, single, system };
}

describe('search parameters', () => {
  it('exist for every type that a service owns, and for what each stores beside', () => {
    const owned = serviceNames.flatMap((service) => owners[service]);
    expect(searchableTypes()).toEqual([...owned, 'AuditEvent', 'Provenance']);
  });

  it('narrow an expression of many types to one', () => {
    expect(known('Task', 'patient')).toEqual({
      kind: 'reference',
      expression: 'Task.for.where(resolve() is Patient)',
      targets: ['Patient'],
      single: true,
      system: undefined,
    });
  });

  it('keep the cast of a choice', () => {
    expect(known('Observation', 'value-date')).toMatchObject({
      expression: '(Observation.value as dateTime) | (Observation.value as Period)',
      single: true,
    });
  });

  it('name the code system of a code that is bound to one', () => {
    expect(known('Task', 'status')).toMatchObject({ single: true, system: 'http://hl7.org/fhir/task-status' });
    expect(known('Patient', 'gender')).toMatchObject({
      single: true,
      system: 'http://hl7.org/fhir/administrative-gender',
    });
    expect(known('Task', 'intent')).toMatchObject({ single: true, system: undefined });
  });

  it.each([
    ['Task', 'authored-on', true],
    ['Task', 'period', true],
    ['Task', 'owner', true],
    ['Patient', 'active', true],
    ['Patient', 'birthdate', true],
    ['ServiceRequest', 'occurrence', true],
    ['Procedure', 'date', true],
    ['Questionnaire', 'url', true],
    ['Task', 'identifier', false],
    ['Task', 'business-status', false],
    ['Task', 'part-of', false],
    ['Patient', 'family', false],
    ['Appointment', 'patient', false],
    ['QuestionnaireResponse', 'questionnaire', false],
    ['Task', '_profile', false],
    ['Task', '_source', true],
  ])('of %s, %s has one value at most: %s', (type, code, single) => {
    expect(known(type, code).single).toBe(single);
  });

  it('hold what the referral loop asks for', () => {
    const codes = [
      'patient',
      'focus',
      'owner',
      'part-of',
      'based-on',
      'business-status',
      'status',
      'requester',
      'code',
    ];
    expect(codes.filter((code) => searchParameter('Task', code) === undefined)).toEqual([]);
  });

  it('leave out what no index here can find', () => {
    const codes = searchableTypes().flatMap((type) => searchParametersOf(type).map(({ code }) => code));
    expect(
      codes.filter((code) => ['phonetic', '_text', '_content', '_query', '_id', '_lastUpdated'].includes(code)),
    ).toEqual([]);
  });

  it('know _id and _lastUpdated for every type', () => {
    expect(searchParameter('Slot', '_id')).toBe(idParameter);
    expect(searchParameter('Slot', '_lastUpdated')).toBe(lastUpdatedParameter);
  });

  it('know none of a type that is not served, whatever its name', () => {
    expect(searchParametersOf('Claim')).toEqual([]);
    expect(searchParameter('constructor', '_id')).toBeUndefined();
    expect(searchParameter('Task', 'constructor')).toBeUndefined();
  });
});
