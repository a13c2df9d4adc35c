import type { Bundle, FhirResource, Observation, QuestionnaireResponse, Reference } from 'fhir/r4';
import { idIn } from '#fhir';

/** What a kept referral message brought for this service. */
export interface MessageAnswers {
  responses: QuestionnaireResponse[];
  observations: Observation[];
}

/**
 * The answers and observations of a kept message that were handed over: those that stand under the id that they have here. They
 * hang on the message's referral and person, and on nothing else; what speaks of another person stays in the message. What was
 * observed of a thing, such as the place of an incident, stays said of that.
 */
export function answersIn(message: Bundle): MessageAnswers {
  const handed = handedIn(message);
  const referral = placeOf(handed, 'ServiceRequest');
  const person = placeOf(handed, 'Patient');
  if (referral === undefined || person === undefined) return { responses: [], observations: [] };
  const place = { basedOn: [{ reference: referral }], subject: { reference: person } };
  const responses = handed.filter((one) => one.resourceType === 'QuestionnaireResponse');
  const observations = handed.filter((one) => one.resourceType === 'Observation');
  return {
    responses: responses.filter(({ subject }) => isOf(subject, person)).map((one) => ({ ...one, ...place })),
    observations: observations
      .filter(({ subject, derivedFrom }) => isOf(subject, person) && !isDerived(derivedFrom))
      .map((one) => ({ ...one, ...place, ...(isThing(one.subject) ? { subject: one.subject } : {}) })),
  };
}

/** Ids of the Patients whose answers and observations these are. */
export function personsOf(message: Bundle): string[] {
  return handedIn(message).flatMap(({ resourceType, id }) =>
    resourceType === 'Patient' && id !== undefined ? id : [],
  );
}

function handedIn({ entry = [] }: Bundle): FhirResource[] {
  return entry
    .filter(({ fullUrl, resource }) => resource && fullUrl === `${resource.resourceType}/${resource.id ?? ''}`)
    .map(({ resource }) => resource as FhirResource);
}

function placeOf(handed: readonly FhirResource[], type: 'ServiceRequest' | 'Patient'): string | undefined {
  const found = handed.find(({ resourceType }) => resourceType === type);
  return found && `${type}/${found.id ?? ''}`;
}

/** What names nobody, or a thing of the message, is the person's of the message. */
function isOf(subject: Reference | undefined, person: string): boolean {
  return subject === undefined || subject.reference === person || isThing(subject);
}

/** Another part of the message: what is handed over speaks of nobody else by its literal. */
function isThing(subject: Reference | undefined): subject is Reference {
  const { reference } = subject ?? {};
  return reference !== undefined && idIn(reference, 'Patient') === undefined;
}

/** Observations of answers are made here, from the answers: a number from elsewhere would stand beside them as theirs. */
function isDerived(derivedFrom: readonly Reference[] = []): boolean {
  return derivedFrom.some((reference) => idIn(reference, 'QuestionnaireResponse') !== undefined);
}
