import type { CodeableConcept, Coding, Observation, QuestionnaireItem } from 'fhir/r4';
import { type AnswerValue, numberOf } from './answer-value.js';
import type { ItemReading, ScoreReason } from './item-readings.js';
import { objectsIn } from './json-shape.js';

export type ObservationContent = Pick<
  Observation,
  | 'valueQuantity'
  | 'valueInteger'
  | 'valueBoolean'
  | 'valueString'
  | 'valueTime'
  | 'valueDateTime'
  | 'valueCodeableConcept'
  | 'dataAbsentReason'
>;

/** What an Observation says for an answer; undefined where it says nothing: the item was skipped or cannot be read. */
export function contentOf(reading: ItemReading, item: QuestionnaireItem): ObservationContent | undefined {
  switch (reading.state) {
    case 'answered':
      return reading.weight === undefined ? valueOf(reading.answer, item) : scoreValue(reading.weight);
    case 'not-applicable':
      return { dataAbsentReason: absentReason('not-applicable') };
    case 'missing':
    case 'unreadable':
      return undefined;
  }
}

/** A Quantity, because only quantities can be searched by number. */
export function scoreValue(value: number): ObservationContent {
  return { valueQuantity: { value, unit: 'score', system: 'http://unitsofmeasure.org', code: '{score}' } };
}

/** FHIR's reason for the reader that knows no other, and ours that tells exactly. */
export function absentReason(reason: ScoreReason): CodeableConcept {
  return {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: fhirReason(reason) },
      { system: 'https://ginnel.org.uk/fhir/CodeSystem/score-absent-reason', code: reason },
    ],
  };
}

function fhirReason(reason: ScoreReason): 'unknown' | 'not-applicable' | 'error' {
  if (reason === 'missing-answers') return 'unknown';
  return reason === 'not-applicable' ? 'not-applicable' : 'error';
}

function valueOf({ type, value }: AnswerValue, item: QuestionnaireItem): ObservationContent | undefined {
  switch (type) {
    case 'Integer':
    case 'Decimal':
      return numberValue(value, item);
    case 'Quantity':
      return { valueQuantity: value as NonNullable<Observation['valueQuantity']> };
    case 'Coding':
      return { valueCodeableConcept: { coding: [value as Coding] } };
    case 'Boolean':
      return { valueBoolean: value as boolean };
    case 'String':
      return { valueString: value as string };
    case 'Time':
      return { valueTime: value as string };
    case 'Date':
    case 'DateTime':
      return { valueDateTime: value as string };
    default:
      return undefined;
  }
}

function numberValue(value: unknown, item: QuestionnaireItem): ObservationContent {
  const unit = unitOf(item);
  if (!unit)
    return Number.isInteger(value) ? { valueInteger: value as number } : { valueQuantity: { value: numberOf(value) } };
  const { system, code, display } = unit;
  return {
    valueQuantity: {
      value: numberOf(value),
      ...(display === undefined ? {} : { unit: display }),
      ...(system === undefined ? {} : { system }),
      ...(code === undefined ? {} : { code }),
    },
  };
}

function unitOf({ extension }: QuestionnaireItem): Coding | undefined {
  const url = 'http://hl7.org/fhir/StructureDefinition/questionnaire-unit';
  const [unit] = objectsIn(extension).filter((candidate) => candidate['url'] === url);
  return unit?.['valueCoding'] as Coding | undefined;
}
