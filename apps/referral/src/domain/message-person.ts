import type { FhirResource, Identifier, Patient, Reference } from 'fhir/r4';
import { nhsNumberSystem, normaliseIdentifierSystem } from '#fhir';

/** Whom a message is about, and how its parts find each other. */
export interface PersonOfMessage {
  patient: Patient;
  resolve: (reference: Reference) => FhirResource | undefined;
}

type Naming = Partial<Record<'subject' | 'patient' | 'for', Reference>>;

/** What of a message, if it is not the referral's person, is somebody. */
const somebodies: readonly string[] = [
  'Patient',
  'RelatedPerson',
  'Person',
  'Practitioner',
  'PractitionerRole',
  'Group',
];

/**
 * What says no person at all is the message's; what says one must say this one. A subject may also be a thing of the message, such
 * as the place of an incident, which again is of nobody else.
 */
export function isOfPerson(resource: FhirResource, person: PersonOfMessage, seen = new Set<FhirResource>()): boolean {
  if (seen.has(resource)) return true;
  seen.add(resource);
  const { subject, patient, for: beneficiary } = resource as Naming;
  if (![patient, beneficiary].every((one) => one === undefined || namesPerson(one, person))) return false;
  if (subject === undefined || namesPerson(subject, person)) return true;
  const thing = person.resolve(subject);
  return thing !== undefined && !somebodies.includes(thing.resourceType) && isOfPerson(thing, person, seen);
}

/**
 * By the entry of the message, or, where that has none of the name, by an identifier that the Patient bears: as such, or as the
 * address of the Personal Demographics Service, which ends in the NHS number.
 */
export function namesPerson(reference: Reference, { patient, resolve }: PersonOfMessage): boolean {
  const meant = resolve(reference);
  if (meant) return meant === patient;
  const named = [reference.identifier ?? [], addressedBy(reference.reference ?? '')].flat();
  const borne = (patient.identifier ?? []).map(textOf);
  return named.length > 0 && named.every((one) => one.value !== undefined && borne.includes(textOf(one)));
}

/** The elements of a resource that name the person otherwise than as an entry of the message, and those of a Consent of nobody. */
export function elementsOfPerson(resource: FhirResource, person: PersonOfMessage): (keyof Naming)[] {
  const naming = resource as Naming;
  const named = (['subject', 'patient', 'for'] as const).filter((element) => {
    const said = naming[element];
    return said !== undefined && !person.resolve(said) && namesPerson(said, person);
  });
  return resource.resourceType === 'Consent' && naming.patient === undefined ? [...named, 'patient'] : named;
}

const demographics = /^https:\/\/[a-z0-9.-]+\.nhs\.uk\/personal-demographics\/FHIR\/R4\/Patient\/(\d{10})(?:$|\/)/i;

function addressedBy(literal: string): Identifier[] {
  const value = demographics.exec(literal)?.[1];
  return value === undefined ? [] : [{ system: nhsNumberSystem, value }];
}

function textOf({ system = '', value = '' }: Identifier): string {
  const current = normaliseIdentifierSystem(system);
  return `${current}|${current === nhsNumberSystem ? value.replace(/\s/g, '') : value}`;
}
