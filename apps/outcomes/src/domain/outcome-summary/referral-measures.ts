import type { Observation, QuestionnaireResponse } from 'fhir/r4';
import { idIn } from '#fhir';
import { instantOf } from '../evaluation/calendar.js';
import { type EvaluatedInstrument, type InstrumentItem } from '../evaluation/evaluated-instrument.js';
import { pairPeople } from '../evaluation/pair-people.js';
import { rowsFromResponses } from '../evaluation/rows-from-responses.js';
import { versionedIdOf } from '../evaluation/versioned-reference.js';
import type { ReferralRecord } from './referral-record.js';
import type { Measure } from './summary-input.js';

/**
 * The scores of one referral, before and after by the rule of the evaluation. Of an instrument its totals and the items that
 * stand in none; an instrument that nobody asked for or answered is not mentioned.
 */
export function referralMeasures(instruments: readonly EvaluatedInstrument[], record: ReferralRecord): Measure[] {
  return instruments.filter((instrument) => isAsked(instrument, record)).flatMap((one) => measuresOf(one, record));
}

function isAsked({ forms }: EvaluatedInstrument, { tasks, responses }: ReferralRecord): boolean {
  const canonicals = forms.map(({ canonical }) => canonical);
  const named = [
    ...tasks.flatMap(({ input = [] }) => input.map(({ valueCanonical }) => valueCanonical)),
    ...responses.map(({ questionnaire }) => questionnaire),
  ];
  return named.some((canonical) => canonical !== undefined && canonicals.includes(canonical));
}

function measuresOf(instrument: EvaluatedInstrument, record: ReferralRecord): Measure[] {
  const { before, after } = answeredResponses(instrument, record);
  return headlines(instrument).map((item) => {
    const [first, last] = [before, after].map((id) => scoreOf(item, id, record.observations));
    const importantChanges = (instrument.importantChanges ?? []).filter((change) => change.item === item.code);
    return { item, ...(first && { before: first }), ...(last && { after: last }), importantChanges };
  });
}

function headlines({ items, totals }: EvaluatedInstrument): InstrumentItem[] {
  const added = new Set(totals.flatMap((total) => total.items));
  return [...items.filter(({ code }) => !added.has(code)), ...totals];
}

/** Ids of the two responses that are compared. */
function answeredResponses(
  instrument: EvaluatedInstrument,
  { responses, tasks }: ReferralRecord,
): { before: string | undefined; after: string | undefined } {
  const own = responses.filter(({ questionnaire }) =>
    instrument.forms.some((form) => form.canonical === questionnaire),
  );
  const dated = rowsFromResponses({ responses: own, tasks }, instrument).rows.flatMap((row) => {
    const instant = instantOf(row.authored);
    return instant !== undefined && isFinished(row) ? [{ row, instant }] : [];
  });
  const [person] = pairPeople(dated, undefined);
  const idOf = (source: string | undefined) =>
    source === undefined ? undefined : idIn(versionedIdOf(source).id, 'QuestionnaireResponse');
  const inOrder = person?.unpaired !== 'after-before-baseline';
  return {
    before: idOf(person?.baseline?.row.source),
    after: inOrder ? idOf(person?.after?.row.source) : undefined,
  };
}

function isFinished({ status }: { status: string }): boolean {
  return status === 'completed' || status === 'amended';
}

function scoreOf(
  { code, system }: InstrumentItem,
  responseId: QuestionnaireResponse['id'],
  observations: readonly Observation[],
): Observation | undefined {
  if (responseId === undefined) return undefined;
  return observations.find(
    ({ status, code: concept, derivedFrom = [] }) =>
      status !== 'entered-in-error' &&
      derivedFrom.some((reference) => idIn(reference, 'QuestionnaireResponse') === responseId) &&
      concept.coding?.some((coding) => coding.code === code && (system === undefined || coding.system === system)),
  );
}
