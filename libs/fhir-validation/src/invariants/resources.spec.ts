import { createValidator } from '../validator.js';

const { validate } = createValidator();

function found(resource: unknown): unknown[] {
  return validate(resource).map(({ code, expression, diagnostics }) => [
    code,
    expression?.[0],
    /\((?:[^()]*: )?([^()]*)\)\.$/.exec(diagnostics)?.[1],
  ]);
}

const broken = (expression: string, key: string): unknown[] => [['invariant', expression, key]];
const patient = { reference: 'Patient/1' };
const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://x', code: 'a' }] },
};
const appointment = {
  resourceType: 'Appointment',
  status: 'booked',
  participant: [{ actor: patient, status: 'accepted' }],
};
const appointed = { ...appointment, start: '2026-01-01T10:00:00Z', end: '2026-01-01T11:00:00Z' };
const condition = { resourceType: 'Condition', subject: patient };
const terminology = 'http://terminology.hl7.org/CodeSystem/';
const coded = (system: string, code: string): unknown => ({ coding: [{ system: terminology + system, code }] });

describe('invariants of resources', () => {
  it('holds observations to theirs', () => {
    expect(found({ ...observation, valueString: 'x', dataAbsentReason: { text: 'x' } })).toEqual(
      broken('Observation', 'obs-6'),
    );
    expect(found({ ...observation, valueString: 'x', component: [{ code: observation.code }] })).toEqual(
      broken('Observation', 'obs-7'),
    );
    expect(found({ ...observation, component: [{ code: observation.code }] })).toEqual([]);
    expect(found({ ...observation, referenceRange: [{ appliesTo: [{ text: 'x' }] }] })).toEqual(
      broken('Observation.referenceRange[0]', 'obs-3'),
    );
  });

  it('holds appointments to theirs', () => {
    expect(found(appointed)).toEqual([]);
    expect(found(appointment)).toEqual(broken('Appointment', 'app-3'));
    expect(found({ ...appointment, status: 'proposed' })).toEqual([]);
    expect(found({ ...appointment, status: 'proposed', start: appointed.start })).toEqual(
      broken('Appointment', 'app-2'),
    );
    expect(found({ ...appointed, cancelationReason: { text: 'x' } })).toEqual(broken('Appointment', 'app-4'));
    expect(found({ ...appointed, participant: [{ status: 'accepted' }] })).toEqual(
      broken('Appointment.participant[0]', 'app-1'),
    );
  });

  it('holds conditions and allergies to theirs', () => {
    const inError = coded('condition-ver-status', 'entered-in-error');
    expect(
      found({ ...condition, abatementDateTime: '2026', clinicalStatus: coded('condition-clinical', 'active') }),
    ).toEqual(broken('Condition', 'con-4'));
    expect(
      found({ ...condition, abatementDateTime: '2026', clinicalStatus: coded('condition-clinical', 'resolved') }),
    ).toEqual([]);
    expect(
      found({ ...condition, verificationStatus: inError, clinicalStatus: coded('condition-clinical', 'active') }),
    ).toEqual(broken('Condition', 'con-5'));
    const allergy = { resourceType: 'AllergyIntolerance', patient };
    expect(found(allergy)).toEqual(broken('AllergyIntolerance', 'ait-1'));
    expect(found({ ...allergy, clinicalStatus: coded('allergyintolerance-clinical', 'active') })).toEqual([]);
    expect(
      found({ ...allergy, verificationStatus: coded('allergyintolerance-verification', 'entered-in-error') }),
    ).toEqual([]);
  });

  it.each([
    [
      'CarePlan.activity[0]',
      'cpl-3',
      {
        resourceType: 'CarePlan',
        status: 'active',
        intent: 'plan',
        subject: patient,
        activity: [{ reference: { reference: 'Task/1' }, detail: { status: 'scheduled' } }],
      },
    ],
    [
      'Consent',
      'ppc-1',
      { resourceType: 'Consent', status: 'active', scope: { text: 'x' }, category: [{ text: 'x' }] },
    ],
    [
      'Goal.target[0]',
      'gol-1',
      {
        resourceType: 'Goal',
        lifecycleStatus: 'active',
        description: { text: 'x' },
        subject: patient,
        target: [{ detailInteger: 0 }],
      },
    ],
    ['Group', 'grp-1', { resourceType: 'Group', type: 'person', actual: false, member: [{ entity: patient }] }],
    ['Organization', 'org-1', { resourceType: 'Organization', active: true }],
    ['Organization.telecom[0]', 'org-3', { resourceType: 'Organization', name: 'x', telecom: [{ use: 'home' }] }],
    ['Parameters.parameter[0]', 'inv-1', { resourceType: 'Parameters', parameter: [{ name: 'x' }] }],
    [
      'Parameters.parameter[0]',
      'inv-1',
      {
        resourceType: 'Parameters',
        parameter: [{ name: 'x', valueString: 'x', part: [{ name: 'y', valueBoolean: false }] }],
      },
    ],
    ['Patient.contact[0]', 'pat-1', { resourceType: 'Patient', contact: [{ gender: 'female' }] }],
    [
      'ServiceRequest',
      'prr-1',
      {
        resourceType: 'ServiceRequest',
        status: 'active',
        intent: 'order',
        subject: patient,
        orderDetail: [{ text: 'x' }],
      },
    ],
  ])('refuses %s that breaks %s', (expression, key, resource) => {
    expect(found(resource)).toEqual(broken(expression, key));
  });

  it('holds sections of a composition to theirs', () => {
    const composition = (section: object): unknown => ({
      resourceType: 'Composition',
      status: 'final',
      type: { text: 'x' },
      date: '2026',
      author: [patient],
      title: 'x',
      section: [section],
    });
    expect(found(composition({ title: 'x' }))).toEqual(broken('Composition.section[0]', 'cmp-1'));
    expect(found(composition({ entry: [patient], emptyReason: { text: 'x' } }))).toEqual(
      broken('Composition.section[0]', 'cmp-2'),
    );
  });
});
