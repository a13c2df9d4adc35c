// Observation-based extraction. https://hl7.org/fhir/uv/sdc/extraction.html#observation-based-extraction
import type { Observation, QuestionnaireItem, QuestionnaireResponse, Reference } from 'fhir/r4';
import { FhirError, idIn, resourceIdOf } from '#fhir';
import { itemsOf } from '#programmes';
import { type Instrument, readAnswers } from './item-readings.js';
import { objectsIn } from './json-shape.js';
import { observationId } from './observation-id.js';
import { absentReason, contentOf, scoreValue } from './observation-value.js';
import type { Score } from './score-response.js';

/**
 * The Observations of a finished response: one for each item that was answered, one for each total. A skipped item gives
 * none. "Not applicable" gives one without a value, since it was said. A total that could not be made gives one without a
 * value and with the reason: so the form counts as returned without a score, and an amended response that no longer has a
 * total overwrites the total that it had. A draft, a stopped and a mistaken response give none.
 */
export function observationsOf(
  response: QuestionnaireResponse,
  scores: readonly Score[],
  instrument: Instrument,
): Observation[] {
  if (response.status !== 'completed' && response.status !== 'amended') return [];
  const { id } = response;
  if (id === undefined) throw FhirError.of('required', 'A response needs an id before its Observations are made.');
  const common = commonOf(response, id);
  const { itemOf } = readAnswers(response, instrument);
  const ofItems = extracted(instrument).flatMap((item): Observation[] => {
    const content = contentOf(itemOf(item.linkId), item);
    const coding = item.code ?? [];
    return content ? [{ ...common, id: observationId(id, item.linkId), code: { coding }, ...content }] : [];
  });
  const made = new Set(ofItems.map((observation) => observation.id));
  const ofTotals = scores.map((score): Observation => {
    const members = membersOf(score, instrument).map((linkId) => observationId(id, linkId));
    const hasMember = members
      .filter((member) => made.has(member))
      .map((member) => ({ reference: `Observation/${member}` }));
    return {
      ...common,
      id: observationId(id, score.code.code ?? ''),
      code: { coding: [score.code] },
      ...(score.value === undefined
        ? { dataAbsentReason: absentReason(score.reason ?? 'unreadable') }
        : scoreValue(score.value)),
      ...(hasMember.length === 0 ? {} : { hasMember }),
    };
  });
  return [...ofItems, ...ofTotals];
}

/** What an amended or mistaken response no longer says, to be written as entered in error: a number must not outlive its source. */
export function withdrawnObservations(
  previous: readonly Observation[],
  current: readonly Observation[],
): Observation[] {
  const kept = new Set(current.map(({ id }) => id));
  return previous
    .filter(({ id, status }) => !kept.has(id) && status !== 'entered-in-error')
    .map((observation) => ({ ...observation, status: 'entered-in-error' }));
}

/** Scored items and those that the form marks for extraction; without a code there is nothing to say what was observed. */
function extracted({ questionnaire, scoring }: Instrument): QuestionnaireItem[] {
  const scored = new Set(scoring.items.map(({ linkId }) => linkId));
  return itemsOf(questionnaire).filter(
    (item) => (scored.has(item.linkId) || isMarked(item)) && (item.code ?? []).length > 0,
  );
}

function isMarked({ extension }: QuestionnaireItem): boolean {
  const url = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-observationExtract';
  return objectsIn(extension).some((candidate) => candidate['url'] === url && candidate['valueBoolean'] === true);
}

function membersOf({ code }: Score, { scoring }: Instrument): readonly string[] {
  return (
    scoring.totals.find((total) => total.code.system === code.system && total.code.code === code.code)?.items ?? []
  );
}

function commonOf(response: QuestionnaireResponse, id: string): Omit<Observation, 'id' | 'code'> {
  const { authored } = response;
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey', display: 'Survey' },
        ],
      },
    ],
    ...surroundingsOf(response),
    ...(authored === undefined ? {} : { effectiveDateTime: authored }),
    // an instant is never partial
    ...(authored?.includes('T') === true ? { issued: authored } : {}),
    ...performerOf(response),
    derivedFrom: [{ reference: `QuestionnaireResponse/${id}` }],
  };
}

/** What the response hangs on, as far as an Observation may say it. */
function surroundingsOf({ subject, encounter, basedOn, partOf }: QuestionnaireResponse): Partial<Observation> {
  const orders = (basedOn ?? []).filter(isOutside);
  const procedures = (partOf ?? []).filter((reference) => idIn(reference, 'Procedure') !== undefined);
  return {
    ...(orders.length === 0 ? {} : { basedOn: orders }),
    ...(procedures.length === 0 ? {} : { partOf: procedures }),
    ...(subject && isOutside(subject) ? { subject } : {}),
    ...(encounter && isOutside(encounter) ? { encounter } : {}),
  };
}

/** Who is responsible for the answers; a device may be the author of a response but not the performer of an Observation. */
function performerOf({ author }: QuestionnaireResponse): { performer?: Reference[] } {
  const may = ['Patient', 'RelatedPerson', 'Practitioner', 'PractitionerRole', 'Organization'];
  const type = resourceIdOf(author)?.type ?? author?.type;
  return author && isOutside(author) && type !== undefined && may.includes(type) ? { performer: [author] } : {};
}

/** What the response contains stays in the response; a reference to it would lead nowhere. */
function isOutside({ reference }: Reference): boolean {
  return reference?.startsWith('#') !== true;
}
