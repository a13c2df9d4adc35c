import type {
  AllergyIntolerance,
  Appointment,
  AppointmentParticipant,
  CarePlanActivity,
  CodeableConcept,
  Coding,
  CompositionSection,
  Condition,
  Consent,
  DomainResource,
  GoalTarget,
  Group,
  Observation,
  ObservationReferenceRange,
  Organization,
  ParametersParameter,
  PatientContact,
  ServiceRequest,
} from 'fhir/r4';
import { type Invariant, invariant, invariantAt } from '../invariant.js';

const terminology = 'http://terminology.hl7.org/CodeSystem/';

export const resourceInvariants: readonly Invariant[] = [
  containedIs('dom-2', 'A contained resource contains no further ones', ({ contained }) => contained === undefined),
  containedIs(
    'dom-4',
    'A contained resource has neither meta.versionId nor meta.lastUpdated',
    ({ meta }) => meta?.versionId === undefined && meta?.lastUpdated === undefined,
  ),
  containedIs('dom-5', 'A contained resource has no meta.security', ({ meta }) => meta?.security === undefined),
  invariant<AllergyIntolerance>('ait-1, ait-2', 'AllergyIntolerance', {
    says: 'An allergy has a clinicalStatus, unless it was entered in error',
    holds: ({ verificationStatus, clinicalStatus }) =>
      has(verificationStatus, `${terminology}allergyintolerance-verification`, ['entered-in-error']) ===
      (clinicalStatus === undefined),
  }),
  invariant<AppointmentParticipant>('app-1', 'Appointment.participant', {
    says: 'A participant has a type or an actor',
    holds: ({ type, actor }) => (type ?? actor) !== undefined,
  }),
  invariant<Appointment>('app-2', 'Appointment', {
    says: 'An appointment has start and end, or neither',
    holds: ({ start, end }) => (start === undefined) === (end === undefined),
  }),
  invariant<Appointment>('app-3', 'Appointment', {
    says: 'Only a proposed, cancelled or waitlisted appointment has no start and end',
    holds: ({ start, end, status }) =>
      (start !== undefined && end !== undefined) || ['proposed', 'cancelled', 'waitlist'].includes(status),
  }),
  invariant<Appointment>('app-4', 'Appointment', {
    says: 'Only a noshow or cancelled appointment has a cancelationReason',
    holds: ({ cancelationReason, status }) =>
      cancelationReason === undefined || ['noshow', 'cancelled'].includes(status),
  }),
  invariant<CarePlanActivity>('cpl-3', 'CarePlan.activity', {
    says: 'An activity has a reference or a detail, not both',
    holds: ({ detail, reference }) => detail === undefined || reference === undefined,
  }),
  invariant<CompositionSection>('cmp-1', 'Composition.section', {
    says: 'A section has a text, entries or sections',
    holds: ({ text, entry, section }) => (text ?? entry ?? section) !== undefined,
  }),
  invariant<CompositionSection>('cmp-2', 'Composition.section', {
    says: 'Only a section without entries has an emptyReason',
    holds: ({ emptyReason, entry }) => emptyReason === undefined || entry === undefined,
  }),
  invariant<Condition>('con-4', 'Condition', {
    says: 'A condition that abated has the clinicalStatus inactive, resolved or remission',
    holds: (condition) =>
      !hasChoice(condition, 'abatement') ||
      has(condition.clinicalStatus, `${terminology}condition-clinical`, ['inactive', 'resolved', 'remission']),
  }),
  invariant<Condition>('con-5', 'Condition', {
    says: 'A condition that was entered in error has no clinicalStatus',
    holds: ({ verificationStatus, clinicalStatus }) =>
      clinicalStatus === undefined ||
      !has(verificationStatus, `${terminology}condition-ver-status`, ['entered-in-error']),
  }),
  invariant<Consent>('ppc-1', 'Consent', {
    says: 'A consent has a policy or a policyRule',
    holds: ({ policy, policyRule }) => (policy ?? policyRule) !== undefined,
  }),
  invariant<GoalTarget>('gol-1', 'Goal.target', {
    says: 'A target with a detail has a measure',
    holds: (target) => !hasChoice(target, 'detail') || target.measure !== undefined,
  }),
  invariant<Group>('grp-1', 'Group', {
    says: 'Only an actual group has members',
    holds: ({ member, actual }) => member === undefined || actual,
  }),
  invariant<Observation>('obs-6', 'Observation', {
    says: 'Only an observation without value has a dataAbsentReason',
    holds: (observation) => observation.dataAbsentReason === undefined || !hasChoice(observation, 'value'),
  }),
  invariant<Observation>('obs-7', 'Observation', {
    says: 'An observation has no value of its own where a component has its code',
    holds: (observation) =>
      !hasChoice(observation, 'value') ||
      (observation.component ?? []).every(({ code }) => !shareCoding(code, observation.code)),
  }),
  invariant<ObservationReferenceRange>('obs-3', 'Observation.referenceRange', {
    says: 'A reference range has a low, a high or a text',
    holds: ({ low, high, text }) => (low ?? high ?? text) !== undefined,
  }),
  invariant<Organization>('org-1', 'Organization', {
    says: 'An organization has an identifier or a name',
    holds: ({ identifier, name }) => (identifier ?? name) !== undefined,
  }),
  invariantAt<Organization>('org-2, org-3', 'Organization', {
    says: 'An address or a telecom of an organization is not of use home',
    brokenAt: ({ address, telecom }) => [
      ...(address?.some(({ use }) => use === 'home') ? ['address'] : []),
      ...(telecom?.some(({ use }) => use === 'home') ? ['telecom'] : []),
    ],
  }),
  invariant<ParametersParameter>('inv-1', 'Parameters.parameter', {
    says: 'A parameter has a value, a resource or parts, and only one of them',
    holds: (parameter) =>
      [hasChoice(parameter, 'value'), parameter.resource !== undefined, parameter.part !== undefined].filter(Boolean)
        .length === 1,
  }),
  invariant<PatientContact>('pat-1', 'Patient.contact', {
    says: 'A contact has a name, a telecom, an address or an organization',
    holds: ({ name, telecom, address, organization }) => (name ?? telecom ?? address ?? organization) !== undefined,
  }),
  invariant<ServiceRequest>('prr-1', 'ServiceRequest', {
    says: 'A request with orderDetail has a code',
    holds: ({ orderDetail, code }) => orderDetail === undefined || code !== undefined,
  }),
];

function containedIs(key: string, says: string, isSound: (contained: DomainResource) => boolean): Invariant {
  return invariantAt<DomainResource>(key, 'DomainResource', {
    says,
    brokenAt: ({ contained }) =>
      contained?.flatMap((one, index) => (isSound(one) ? [] : [`contained[${String(index)}]`])) ?? [],
  });
}

/** Whether an element `value[x]` is there in any of its types. */
function hasChoice(value: object, element: string): boolean {
  return Object.keys(value).some((key) => key.startsWith(element) || key.startsWith(`_${element}`));
}

function has(concept: CodeableConcept | undefined, system: string, codes: readonly string[]): boolean {
  return concept?.coding?.some((coding) => coding.system === system && codes.includes(coding.code ?? '')) === true;
}

function shareCoding(one: CodeableConcept, other: CodeableConcept): boolean {
  const isIn = (coding: Coding): boolean =>
    other.coding?.some(({ system, code }) => system === coding.system && code === coding.code) === true;
  return one.coding?.some(isIn) === true;
}
