import type { Observation } from 'fhir/r4';
import { preferenceIsAsked, preferenceSystem } from './preference.rule.js';

const asked: Observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: preferenceSystem, code: 'worker-gender' }] },
  subject: { reference: 'Patient/p' },
  performer: [{ reference: 'Practitioner/w' }],
  effectiveDateTime: '2026-11-20T10:00:00Z',
  valueCodeableConcept: { coding: [{ code: 'female' }] },
};
const unanswered: Observation = { ...asked };
delete unanswered.valueCodeableConcept;
const because = (code: string) => ({ dataAbsentReason: { coding: [{ code }] } });
const nobody: Observation = { ...unanswered, ...because('not-asked') };
delete nobody.performer;
delete nobody.effectiveDateTime;

function places(observation: Observation): (string | undefined)[] {
  return preferenceIsAsked(observation).map(({ expression }) => expression?.[0]);
}

describe('a preference', () => {
  it('is what a person answered to a person, at a time', () => {
    expect(places(asked)).toEqual([]);
    const { performer, effectiveDateTime, ...untold } = asked;
    expect([performer?.length, effectiveDateTime, places(untold)]).toEqual([
      1,
      '2026-11-20T10:00:00Z',
      ['Observation.performer', 'Observation.effective'],
    ]);
    expect(places({ ...asked, performer: [{ reference: 'Organization/o' }] })).toEqual(['Observation.performer']);
  });

  it('that was not asked for is told from no preference, and needs nobody who asked', () => {
    expect(places(nobody)).toEqual([]);
    expect(places({ ...unanswered, ...because('asked-declined') })).toEqual([]);
    expect(places({ ...nobody, ...because('asked-declined') })).toEqual([
      'Observation.performer',
      'Observation.effective',
    ]);
    expect(places(unanswered)).toEqual(['Observation.value']);
    expect(places({ ...unanswered, ...because('not-applicable') })).toEqual(['Observation.value']);
  });

  it('is not inferred', () => {
    const guessed: Observation = {
      ...asked,
      device: { display: 'A model' },
      derivedFrom: [{ reference: 'Observation/ethnicity' }],
    };
    expect(places(guessed)).toEqual(['Observation.device', 'Observation.derivedFrom']);
  });

  it('leaves other Observations alone', () => {
    expect(places({ resourceType: 'Observation', status: 'final', code: { text: 'Pain' } })).toEqual([]);
  });
});
