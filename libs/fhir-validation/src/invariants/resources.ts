import type {
  AllergyIntolerance,
  Appointment,
  AppointmentParticipant,
  AuditEventEntity,
  CarePlanActivity,
  CareTeamParticipant,
  CodeableConcept,
  Coding,
  CompositionSection,
  Condition,
  ConditionEvidence,
  ConditionStage,
  Consent,
  DomainResource,
  GoalTarget,
  Group,
  ImmunizationEducation,
  List,
  Observation,
  ObservationReferenceRange,
  ParametersParameter,
  PatientContact,
  ServiceRequest,
  Task,
} from 'fhir/r4';
import { mayPrecede } from '../calendar.js';
import { type FastInvariant, type FastInvariants } from '../invariant.js';
import { has, hasChoice, lacks } from './presence.js';

const terminology = 'http://terminology.hl7.org/CodeSystem/';
const allergyVerification = `${terminology}allergyintolerance-verification`;
const conditionVerification = `${terminology}condition-ver-status`;

/** Of what is recorded about people and their care. */
export const resourceInvariants: FastInvariants = {
  'AllergyIntolerance: ait-1': ({ verificationStatus, clinicalStatus }: AllergyIntolerance) =>
    clinicalStatus !== undefined || hasCode(verificationStatus, allergyVerification, ['entered-in-error']),
  'AllergyIntolerance: ait-2': ({ verificationStatus, clinicalStatus }: AllergyIntolerance) =>
    clinicalStatus === undefined || !hasCode(verificationStatus, allergyVerification, ['entered-in-error']),
  'Appointment.participant: app-1': ({ type, actor }: AppointmentParticipant) => (type ?? actor) !== undefined,
  'Appointment: app-2': (appointment: Appointment) => has(appointment, 'start') === has(appointment, 'end'),
  'Appointment: app-3': (appointment: Appointment) =>
    (has(appointment, 'start') && has(appointment, 'end')) ||
    ['proposed', 'cancelled', 'waitlist'].includes(appointment.status),
  'Appointment: app-4': ({ cancelationReason, status }: Appointment) =>
    cancelationReason === undefined || ['noshow', 'cancelled'].includes(status),
  'AuditEvent.entity: sev-1': (entity: AuditEventEntity) => lacks(entity, 'name') || lacks(entity, 'query'),
  'CarePlan.activity: cpl-3': ({ detail, reference }: CarePlanActivity) =>
    detail === undefined || reference === undefined,
  'CareTeam.participant: ctm-1': ({ member, onBehalfOf }: CareTeamParticipant, { root }) =>
    onBehalfOf === undefined || ['Practitioner', undefined].includes(containedType(member?.reference, root)),
  'Composition.section: cmp-1': ({ text, entry, section }: CompositionSection) =>
    (text ?? entry ?? section) !== undefined,
  'Composition.section: cmp-2': ({ emptyReason, entry }: CompositionSection) =>
    emptyReason === undefined || entry === undefined,
  'Condition.stage: con-1': ({ summary, assessment }: ConditionStage) => (summary ?? assessment) !== undefined,
  'Condition.evidence: con-2': ({ code, detail }: ConditionEvidence) => (code ?? detail) !== undefined,
  // the published expression compares a concept with a text, and so asks this of conditions of every category
  'Condition: con-3': ({ clinicalStatus, verificationStatus, category = [] }: Condition) =>
    clinicalStatus !== undefined ||
    hasCode(verificationStatus, conditionVerification, ['entered-in-error']) ||
    !category.some((one) => hasCode(one, `${terminology}condition-category`, ['problem-list-item'])),
  'Condition: con-4': (condition: Condition) =>
    !hasChoice(condition, 'abatement') ||
    hasCode(condition.clinicalStatus, `${terminology}condition-clinical`, ['inactive', 'resolved', 'remission']),
  'Condition: con-5': ({ verificationStatus, clinicalStatus }: Condition) =>
    clinicalStatus === undefined || !hasCode(verificationStatus, conditionVerification, ['entered-in-error']),
  'Consent: ppc-1': ({ policy, policyRule }: Consent) => (policy ?? policyRule) !== undefined,
  'Consent: ppc-2': patientUnlessScope('patient-privacy'),
  'Consent: ppc-3': patientUnlessScope('research'),
  'Consent: ppc-4': patientUnlessScope('adr'),
  'Consent: ppc-5': patientUnlessScope('treatment'),
  'DomainResource: dom-2': containedIs(({ contained }) => contained === undefined),
  'DomainResource: dom-4': containedIs(
    ({ meta }) => meta === undefined || (lacks(meta, 'versionId') && lacks(meta, 'lastUpdated')),
  ),
  'DomainResource: dom-5': containedIs(({ meta }) => meta?.security === undefined),
  'DomainResource: dom-6': ({ text }: DomainResource) => text?.div !== undefined,
  'Goal.target: gol-1': (target: GoalTarget) => !hasChoice(target, 'detail') || target.measure !== undefined,
  'Group: grp-1': ({ member, actual }: Group) => member === undefined || actual,
  'Immunization.education: imm-1': (education: ImmunizationEducation) =>
    has(education, 'documentType') || has(education, 'reference'),
  'List: lst-1': ({ emptyReason, entry }: List) => emptyReason === undefined || entry === undefined,
  'List: lst-2': ({ mode, entry = [] }: List) => mode === 'changes' || entry.every((one) => lacks(one, 'deleted')),
  'List: lst-3': ({ mode, entry = [] }: List) => mode === 'working' || entry.every((one) => lacks(one, 'date')),
  'Observation: obs-6': ({ dataAbsentReason, ...rest }: Observation) =>
    dataAbsentReason === undefined || !hasChoice(rest, 'value'),
  'Observation: obs-7': (observation: Observation) =>
    !hasChoice(observation, 'value') ||
    (observation.component ?? []).every(({ code }) => !shareCoding(code, observation.code)),
  'Observation.referenceRange: obs-3': (range: ObservationReferenceRange) =>
    (range.low ?? range.high) !== undefined || has(range, 'text'),
  'Parameters.parameter: inv-1': (parameter: ParametersParameter) =>
    [hasChoice(parameter, 'value'), parameter.resource !== undefined, parameter.part !== undefined].filter(Boolean)
      .length === 1,
  'Patient.contact: pat-1': ({ name, telecom, address, organization }: PatientContact) =>
    (name ?? telecom ?? address ?? organization) !== undefined,
  'ServiceRequest: prr-1': ({ orderDetail, code }: ServiceRequest) => orderDetail === undefined || code !== undefined,
  'Task: inv-1': ({ authoredOn, lastModified }: Task) =>
    authoredOn === undefined || lastModified === undefined || mayPrecede(authoredOn, lastModified),
};

function containedIs(isSound: (contained: DomainResource) => boolean): FastInvariant<DomainResource> {
  return ({ contained }) =>
    contained === undefined || contained.flatMap((one, index) => (isSound(one) ? [] : [`contained[${String(index)}]`]));
}

/** As published: of a code system that is called "something". */
function patientUnlessScope(code: string): FastInvariant<Consent> {
  return ({ patient, scope }) => patient !== undefined || !hasCode(scope, 'something', [code]);
}

function containedType(reference: string | undefined, root: unknown): string | undefined {
  if (reference?.startsWith('#') !== true) return undefined;
  const { contained = [] } = root as DomainResource;
  return contained.find(({ id }) => id === reference.slice(1))?.resourceType;
}

function hasCode(concept: CodeableConcept | undefined, system: string, codes: readonly string[]): boolean {
  return concept?.coding?.some((coding) => coding.system === system && codes.includes(coding.code ?? '')) === true;
}

function shareCoding(one: CodeableConcept, other: CodeableConcept): boolean {
  const isIn = (coding: Coding): boolean =>
    other.coding?.some(({ system, code }) => system === coding.system && code === coding.code) === true;
  return one.coding?.some(isIn) === true;
}
