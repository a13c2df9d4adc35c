import type { CodeableConcept, Consent, ConsentProvision } from 'fhir/r4';
import { optOutOf } from './opt-out.js';

const actCode = (code: string): CodeableConcept => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code }],
});
const scopeOf = (code: string): CodeableConcept => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code }],
});
const actor = (reference: string, code = 'PRCP') => ({
  role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code }] },
  reference: { reference },
});
const denyTo = (...references: string[]): ConsentProvision => ({
  type: 'deny',
  actor: references.map((reference) => actor(reference)),
});

const consentOf = (more: Partial<Consent> = {}): Consent => ({
  resourceType: 'Consent',
  status: 'active',
  scope: scopeOf('patient-privacy'),
  category: [actCode('IDSCL')],
  patient: { reference: 'Patient/p1' },
  organization: [{ reference: 'Organization/moor-practice' }],
  policyRule: actCode('OPTIN'),
  ...more,
});

const fromCentre = { patient: 'p1', organisation: 'beck-centre', keeps: [] };
const fromAll = { patient: 'p1', organisation: '*', keeps: ['moor-practice'] };

describe('a Consent withholds', () => {
  it.each<[string, Partial<Consent>, object[]]>([
    ['nothing where it says yes', {}, []],
    ['nothing where it permits', { provision: { type: 'permit', actor: [actor('Organization/beck-centre')] } }, []],
    ['from the organisations that it denies', { provision: denyTo('Organization/beck-centre') }, [fromCentre]],
    [
      'from those of a rule within a rule',
      { provision: { type: 'permit', provision: [denyTo('Organization/beck-centre')] } },
      [fromCentre],
    ],
    ['from all but the keeper where it denies and names nobody', { provision: { type: 'deny' } }, [fromAll]],
    ['from all but the keeper where it is an opt-out', { policyRule: actCode('OPTOUT') }, [fromAll]],
    ['by its category too', { category: [actCode('OPTOUT')] }, [fromAll]],
    [
      'from the recipient of an opt-out, and not from the custodian beside it',
      {
        policyRule: actCode('OPTOUT'),
        provision: { actor: [actor('Organization/beck-centre'), actor('Organization/moor-practice', 'CST')] },
      },
      [fromCentre],
    ],
    [
      'from all but the custodian, by an actor with that role',
      {
        organization: [],
        policyRule: actCode('OPTOUT'),
        provision: { actor: [actor('Organization/moor-practice', 'CST')] },
      },
      [fromAll],
    ],
    [
      'from all but those who are excepted from an opt-out',
      {
        policyRule: actCode('OPTOUTE'),
        provision: { type: 'permit', actor: [actor('Organization/beck-centre')] },
      },
      [{ ...fromAll, keeps: ['beck-centre', 'moor-practice'] }],
    ],
    ['nothing while it is a draft', { status: 'draft', provision: denyTo('Organization/beck-centre') }, []],
    ['nothing once it is inactive', { status: 'inactive', provision: denyTo('Organization/beck-centre') }, []],
    [
      'nothing that is said in error',
      { status: 'entered-in-error', provision: denyTo('Organization/beck-centre') },
      [],
    ],
    ['nothing by a no to research', { scope: scopeOf('research'), provision: denyTo('Organization/beck-centre') }, []],
    [
      'for the days of its period, the last one included',
      {
        provision: {
          ...denyTo('Organization/beck-centre'),
          period: { start: '2026-03-01T10:00:00Z', end: '2026-03-31' },
        },
      },
      [{ ...fromCentre, starts: new Date('2026-03-01T10:00:00Z'), ends: new Date('2026-04-01T00:00:00Z') }],
    ],
  ])('%s', (_, more, withholdings) => {
    expect(optOutOf(consentOf(more))).toEqual({ withholdings, issues: [] });
  });
});

describe('a Consent is refused', () => {
  it.each<[string, Partial<Consent>, string]>([
    [
      'that withholds some records only',
      { provision: { ...denyTo('Organization/beck-centre'), code: [{ text: 'x' }] } },
      'Consent.provision.code',
    ],
    [
      'that withholds for one purpose only',
      {
        provision: {
          type: 'permit',
          provision: [{ ...denyTo('Organization/beck-centre'), purpose: [{ code: 'HRESCH' }] }],
        },
      },
      'Consent.provision.provision[0].purpose',
    ],
    ['that names a person', { provision: denyTo('Practitioner/one') }, 'Consent.provision.actor'],
    [
      'that is not about reading',
      { provision: { ...denyTo('Organization/beck-centre'), action: [{ coding: [{ code: 'correct' }] }] } },
      'Consent.provision.action',
    ],
    [
      'that names nobody of whom there are records here',
      { patient: { identifier: { value: '9990548609' } }, provision: denyTo('Organization/beck-centre') },
      'Consent.patient',
    ],
    ['that would leave nobody', { organization: [], provision: { type: 'deny' } }, 'Consent.organization'],
  ])('%s', (_, more, expression) => {
    expect(optOutOf(consentOf(more)).issues.map((issue) => issue.expression)).toEqual([[expression]]);
  });

  it('and withholds from nobody as long as it cannot be told whom it means', () => {
    expect(optOutOf(consentOf({ provision: denyTo('Practitioner/one') })).withholdings).toEqual([]);
  });
});
