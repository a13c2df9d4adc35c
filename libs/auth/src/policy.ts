import type { OwnedType } from '#fhir';
import type { Role } from './caller.js';

/** What may be asked of a resource type. `history` is that of one resource, `history-type` that of all. */
export const interactions = [
  'create',
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'search',
  'history',
  'history-type',
] as const;
export type Interaction = (typeof interactions)[number];

/** Types that every service stores beside what they speak of, and types that come from the build. */
type OtherType =
  | 'AuditEvent'
  | 'Provenance'
  | 'StructureDefinition'
  | 'SearchParameter'
  | 'OperationDefinition'
  | 'MessageDefinition'
  | 'CapabilityStatement';
export type PolicedType = OwnedType | OtherType;

/** Whose resources a role reaches, where the table below opens a type to it: held by the audience of every row. */
export const conditions: Readonly<Record<Role, string>> = {
  practice: 'what its organisation may see, and what is public',
  provider: 'what its organisation may see, and what is public',
  'link-worker': 'what their organisation may see, and what is public',
  analyst: 'what its organisation may see, and what is public',
  integrator: 'what its organisation may see, and what is public; everything in an open sandbox',
  operator: 'what is public, and the audit',
  patient: 'what was given to this link, and what is public',
};

type Row = Readonly<Record<Role, readonly Interaction[]>>;

const all = interactions;
const look: readonly Interaction[] = ['read', 'vread', 'search', 'history', 'history-type'];
/** The audit of an installation; it has no versions. */
const seek: readonly Interaction[] = ['read', 'search'];

/** What is not written here is denied. */
function row(allowed: Partial<Row>): Row {
  const nothing = {
    practice: [],
    provider: [],
    'link-worker': [],
    analyst: [],
    integrator: [],
    operator: [],
    patient: [],
  };
  return { ...nothing, ...allowed };
}

/** Of a person who is referred: both sides write, each by the rules of its type. */
const personal = row({ practice: all, provider: all, 'link-worker': all, integrator: all });
/** Of the directory: kept by providers, read by all who refer or count. */
const directory = row({ practice: look, provider: all, 'link-worker': look, analyst: look, integrator: all });
/** Made by whoever runs the programmes, used by all. */
const programme = row({ practice: look, provider: look, 'link-worker': look, analyst: look, integrator: all });
const published = row({
  practice: seek,
  provider: seek,
  'link-worker': seek,
  analyst: seek,
  integrator: seek,
  operator: seek,
  patient: seek,
});
/** A cohort and its figures are the analyst's own; what they are made of is not. */
const figures = row({ analyst: all, integrator: all });

/**
 * Who may ask for what; a type without a row does not compile. It opens the door only: whose resources they are is the
 * audience's matter, and what a write must hold is its ResourceWrites'.
 */
export const types: Readonly<Record<PolicedType, Row>> = {
  Patient: personal,
  RelatedPerson: personal,
  ServiceRequest: personal,
  Task: { ...personal, patient: seek },
  CarePlan: personal,
  Condition: personal,
  Consent: personal,
  Encounter: personal,
  Communication: personal,
  Appointment: personal,
  EpisodeOfCare: personal,
  Goal: personal,
  Flag: personal,
  Device: personal,
  AllergyIntolerance: personal,
  MedicationStatement: personal,
  Procedure: personal,

  Organization: directory,
  Location: directory,
  HealthcareService: directory,
  Practitioner: directory,
  PractitionerRole: directory,
  Endpoint: directory,
  OrganizationAffiliation: directory,
  Schedule: directory,
  Slot: directory,
  VerificationResult: directory,
  PlanDefinition: directory,
  ActivityDefinition: directory,

  Questionnaire: { ...programme, patient: seek },
  QuestionnaireResponse: { ...personal, patient: ['create', 'read'] },
  Observation: personal,
  ValueSet: programme,
  CodeSystem: programme,
  ConceptMap: programme,

  // It says what became of a person: Ginnel makes it.
  Composition: row({ practice: look, provider: look, 'link-worker': look, integrator: all }),
  DocumentReference: personal,
  Binary: personal,
  Measure: programme,
  MeasureReport: figures,
  Group: figures,
  Library: programme,

  Subscription: row({ practice: all, provider: all, integrator: all }),
  Basic: row({ practice: all, provider: all, integrator: all }),

  AuditEvent: row({ operator: seek, integrator: seek }),
  Provenance: row({ practice: seek, provider: seek, 'link-worker': seek, integrator: seek }),

  StructureDefinition: published,
  SearchParameter: published,
  OperationDefinition: published,
  MessageDefinition: published,
  CapabilityStatement: published,
};

/** Whether there is anything of this type here that somebody may or may not see. */
export function isPoliced(type: string): boolean {
  return Object.hasOwn(types, type);
}

/** Says what the server is, not what it holds: no scope is needed. */
export function isPublished(type: string): boolean {
  return Object.hasOwn(types, type) && types[type as PolicedType] === published;
}

/** Addresses that a process listens on, and who may come: what is not here does not get a route. */
export const routes: Readonly<Record<string, string>> = {
  '/fhir': 'by the table',
  '/docs': 'everybody',
  '/.well-known/security.txt': 'everybody',
  '/auth': 'everybody, by the rules of the issuer',
  '/oauth2/token': 'everybody, by the rules of the issuer',
  '/failing': 'everybody, in a sandbox on a loopback address and nowhere else',
  '/health': 'the inside: an edge hands nothing on',
  '/metrics': 'the inside: an edge hands nothing on',
};

/** Throws for an address about which nobody has decided. */
export function refuseUnnamedRoute(path: string): void {
  const isNamed = Object.keys(routes).some((named) => path === named || path.startsWith(`${named}/`));
  if (!isNamed) throw new Error(`The address ${path} stands in no line of the policy (libs/auth).`);
}
