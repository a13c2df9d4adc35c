import type { Observation } from 'fhir/r4';
import { error, idIn, type Issue } from '#fhir';

export const preferenceSystem = 'https://ginnel.org.uk/fhir/CodeSystem/preference';
/** http://terminology.hl7.org/CodeSystem/data-absent-reason: why there is no answer. */
const whyNot = ['not-asked', 'asked-declined', 'asked-unknown', 'temp-unknown'];
const people = ['Practitioner', 'PractitionerRole', 'RelatedPerson', 'Patient'];

/**
 * A preference is asked, never inferred: it names who asked or was told, and when, and holds what was answered. That nobody
 * asked is said by a reason; that it is all the same to the person is an answer.
 */
export function preferenceIsAsked(observation: Observation): Issue[] {
  if (!isPreference(observation) || observation.status === 'entered-in-error') return [];
  return [...answerIssues(observation), ...askerIssues(observation), ...inferenceIssues(observation)];
}

export function isPreference({ code }: Observation): boolean {
  return code.coding?.some(({ system }) => system === preferenceSystem) === true;
}

function answerIssues(observation: Observation): Issue[] {
  const { valueCodeableConcept, valueString, valueBoolean, dataAbsentReason } = observation;
  if ([valueCodeableConcept, valueString, valueBoolean].some((value) => value !== undefined)) return [];
  if (dataAbsentReason?.coding?.some(({ code }) => whyNot.includes(code ?? '')) === true) return [];
  const diagnostics = `A preference has the person's answer (no-preference where it is all the same to them), or a dataAbsentReason: ${whyNot.join(', ')}.`;
  return [error('required', diagnostics, 'Observation.value')];
}

/** Nothing was asked where it says so: then there is nobody who asked, and no time. */
function askerIssues({ performer = [], effectiveDateTime, dataAbsentReason }: Observation): Issue[] {
  if (dataAbsentReason?.coding?.some(({ code }) => code === 'not-asked') === true) return [];
  const isPerson = performer.some(
    (one) => people.some((type) => idIn(one, type) !== undefined) || named(one.display) || named(one.identifier?.value),
  );
  return [
    ...(isPerson
      ? []
      : [error('required', 'A preference names the person who asked for it (performer).', 'Observation.performer')]),
    ...(effectiveDateTime === undefined
      ? [error('required', 'A preference says when it was asked for (effectiveDateTime).', 'Observation.effective')]
      : []),
  ];
}

function inferenceIssues({ device, derivedFrom, method }: Observation): Issue[] {
  const places = Object.entries({ device, derivedFrom, method }).filter(([, value]) => value !== undefined);
  return places.map(([name]) =>
    error('business-rule', 'A preference is asked, never inferred from something else.', `Observation.${name}`),
  );
}

function named(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '';
}
