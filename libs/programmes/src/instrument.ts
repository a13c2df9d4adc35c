import type { Questionnaire, QuestionnaireItem } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import type { Licence } from './licence.js';
import { canonicalOf, itemsOf, weightOf } from './questionnaire-items.js';
import type { ScoredItem, Scoring, Total } from './scoring.js';

/** A questionnaire with what is needed to score it and to ship it. */
export interface Instrument {
  id: string;
  questionnaire: Questionnaire;
  scoring: Scoring;
  licence: Licence;
}

/** Where questionnaire, scoring and licence contradict each other. An instrument with faults is not loaded: it would score wrongly. */
export function instrumentFaults({ questionnaire, scoring, licence }: Omit<Instrument, 'id'>): Issue[] {
  const canonical = canonicalOf(questionnaire);
  const items = new Map(itemsOf(questionnaire).map((item) => [item.linkId, item]));
  return [
    ...mismatch(scoring.instrument, canonical, 'scoring'),
    ...mismatch(licence.instrument, canonical, 'licence'),
    ...repeatedLinkIds(questionnaire),
    ...scoring.items.flatMap((scored) => itemFaults(scored, items.get(scored.linkId))),
    ...scoring.totals.flatMap((total) => totalFaults(total, { scoring, items })),
  ];
}

function mismatch(named: string, canonical: string, where: string): Issue[] {
  return named === canonical
    ? []
    : [error('invariant', `The ${where} is for ${named}, the questionnaire is ${canonical}.`)];
}

function repeatedLinkIds(questionnaire: Questionnaire): Issue[] {
  const linkIds = itemsOf(questionnaire).map(({ linkId }) => linkId);
  const repeated = new Set(linkIds.filter((linkId, at) => linkIds.indexOf(linkId) !== at));
  return [...repeated].map((linkId) => error('invariant', `The linkId ${linkId} is used twice.`));
}

function itemFaults(scored: ScoredItem, item: QuestionnaireItem | undefined): Issue[] {
  const fault = (what: string) => [error('invariant', `Scored item ${scored.linkId} ${what}.`)];
  if (!item) return fault('is not in the questionnaire');
  if (item.repeats === true) return fault('may be answered several times');
  if ((item.code ?? []).length === 0) return fault('has no code');
  if (item.type !== 'choice') return fault('is not of type choice');
  const weights = (item.answerOption ?? []).map(weightOf).filter((weight) => weight !== undefined);
  if (Math.min(...weights) !== scored.minimum || Math.max(...weights) !== scored.maximum) {
    return fault(`has weights that do not span ${String(scored.minimum)} to ${String(scored.maximum)}`);
  }
  return new Set(weights).size === weights.length ? [] : fault('has two options of one weight');
}

function totalFaults(
  total: Total,
  { scoring, items }: { scoring: Scoring; items: ReadonlyMap<string, QuestionnaireItem> },
): Issue[] {
  const name = total.code.code;
  const scored = total.items.map((linkId) => scoring.items.find((item) => item.linkId === linkId));
  const known = scored.filter((item) => item !== undefined);
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
  const faults = [
    ...(known.length === scored.length ? [] : ['adds an item that is not scored']),
    ...(new Set(total.items).size === total.items.length ? [] : ['adds an item twice']),
    ...(sum(known.map(({ minimum }) => minimum)) === total.minimum ? [] : ['has another minimum than its items']),
    ...(sum(known.map(({ maximum }) => maximum)) === total.maximum ? [] : ['has another maximum than its items']),
    // an Observation's id is made of the response's id and the linkId or the total's code
    ...(items.has(name) ? ['has the code of an item'] : []),
  ];
  return faults.map((what) => error('invariant', `Total ${name} ${what}.`));
}
