import { FhirError } from '#fhir';
import { holm } from '../statistics/holm.js';
import { timeZone } from './calendar.js';
import type { Count, Evaluation, EvaluationInput, EvaluationPeriod, ItemResult } from './evaluation.js';
import { evaluationInputRule } from './evaluation-input.rule.js';
import { itemResult } from './item-result.js';
import type { EvaluatedInstrument } from './evaluated-instrument.js';
import { byCodeUnit, pairingRule, pairPeople, type Person } from './pair-people.js';
import type { SetAside, TimePoint } from './response-row.js';
import { itemScorer, refusedValues, totalScorer } from './scored-value.js';
import { selectResponses } from './select-responses.js';

/** Before and after, item by item and in total: every number with its denominator, period, missing count and evidence. */
export function evaluate(input: EvaluationInput): Evaluation {
  const issues = evaluationInputRule(input);
  if (issues.length > 0) throw new FhirError(issues);
  const { instrument, period } = input;
  const selected = selectResponses(input);
  const people = pairPeople(selected.counted, input.enrolled);
  const refused = selected.counted.flatMap(({ row }) => refusedValues(row, instrument));
  return {
    mode: input.mode,
    programme: input.programme,
    instrument: {
      code: instrument.code,
      title: instrument.title,
      forms: instrument.forms.map(({ canonical }) => canonical),
    },
    period,
    cutOff: input.cutOff,
    timeZone,
    pairing: pairingRule,
    people: peopleCount(people, people, period),
    severalResponses: {
      baseline: peopleCount(withSeveral(people, 'baseline'), people, period),
      after: peopleCount(withSeveral(people, 'after'), people, period),
    },
    ...withHolm(results(instrument, period, people)),
    setAside: inOrder([...(input.setAside ?? []), ...selected.setAside, ...refused]),
  };
}

function results(instrument: EvaluatedInstrument, period: EvaluationPeriod, people: readonly Person[]): ItemResult[] {
  const importantFor = (code: string) => (instrument.importantChanges ?? []).filter(({ item }) => item === code);
  const items = instrument.items.map((item) => {
    const score = itemScorer(item, instrument);
    return itemResult({ kind: 'item', item, score, important: importantFor(item.code), period }, people);
  });
  const totals = instrument.totals.map((total) => {
    const score = totalScorer(total, instrument);
    return itemResult({ kind: 'total', item: total, score, important: importantFor(total.code), period }, people);
  });
  return [...items, ...totals];
}

/** The items are one family of tests; a total is their sum, and not another member. */
function withHolm(all: readonly ItemResult[]): { results: ItemResult[]; holmFamily: number } {
  const family = all.filter(({ kind, signTest }) => kind === 'item' && signTest !== undefined);
  const adjusted = holm(family.map(({ signTest }) => signTest?.p ?? 1));
  const adjustedResults = all.map((result) => {
    const place = family.indexOf(result);
    if (result.signTest === undefined || place < 0) return result;
    return { ...result, signTest: { ...result.signTest, pHolm: adjusted[place] } };
  });
  return { results: adjustedResults, holmFamily: family.length };
}

function withSeveral(people: readonly Person[], timePoint: TimePoint): SeveralResponses[] {
  return people
    .filter(({ responses }) => responses[timePoint].length > 1)
    .map(({ responses }) => ({ sources: responses[timePoint].map(({ row }) => row.source) }));
}

interface SeveralResponses {
  sources: readonly string[];
}

function peopleCount(of: readonly SeveralResponses[], all: readonly Person[], period: EvaluationPeriod): Count {
  return {
    value: of.length,
    denominator: all.length,
    missing: all.filter(({ unpaired }) => unpaired !== undefined).length,
    period,
    evidence: of.flatMap(({ sources }) => sources),
  };
}

function inOrder(setAside: readonly SetAside[]): SetAside[] {
  const key = ({ source, item, reason }: SetAside) => `${source} ${item ?? ''} ${reason}`;
  const distinct = new Map(setAside.map((aside) => [key(aside), aside]));
  return [...distinct].sort(([left], [right]) => byCodeUnit(left, right)).map(([, aside]) => aside);
}
