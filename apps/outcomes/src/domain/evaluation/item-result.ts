import { pairedChange } from '../statistics/paired-change.js';
import { signTest } from '../statistics/sign-test.js';
import { wilson95 } from '../statistics/wilson.js';
import {
  missingReasons,
  type Count,
  type EvaluationPeriod,
  type ItemResult,
  type MissingReason,
  type Responders,
} from './evaluation.js';
import { improvement, type ImportantChange, type InstrumentItem } from './evaluated-instrument.js';
import type { Person } from './pair-people.js';
import type { ResponseRow, RowValue } from './response-row.js';
import type { Scorer } from './scored-value.js';

/** What is asked of one item: how it is read, and what its numbers stand on. */
export interface ItemQuestion {
  kind: ItemResult['kind'];
  item: InstrumentItem;
  score: Scorer;
  important: readonly ImportantChange[];
  period: EvaluationPeriod;
}

/** Before and after of everybody, for one item. */
export function itemResult(question: ItemQuestion, people: readonly Person[]): ItemResult {
  const { kind, item, period } = question;
  const outcomes = people.map((person) => outcomeOf(person, question));
  const pairs = outcomes.filter((outcome) => 'change' in outcome);
  const missing = outcomes.filter((outcome) => 'reason' in outcome);
  const count = (of: readonly Evidenced[], denominator: number): Count => ({
    value: of.length,
    denominator,
    missing: missing.length,
    period,
    evidence: of.flatMap(({ evidence }) => evidence),
  });
  const improved = pairs.filter(({ better }) => better > 0);
  const worse = pairs.filter(({ better }) => better < 0);
  return {
    kind,
    item,
    n: count(pairs, people.length),
    improved: count(improved, pairs.length),
    same: count(
      pairs.filter(({ better }) => better === 0),
      pairs.length,
    ),
    worse: count(worse, pairs.length),
    missing: count(missing, people.length),
    missingBecause: byReason((reason) =>
      count(
        missing.filter((one) => one.reason === reason),
        people.length,
      ),
    ),
    change: pairedChange(pairs.map(({ change }) => change)),
    changeRange: { low: item.min - item.max, high: item.max - item.min },
    improvedShare95: wilson95(improved.length, pairs.length),
    signTest: pairs.length === 0 ? undefined : { p: signTest(improved.length, worse.length), pHolm: undefined },
    responders: question.important.map((important): Responders => {
      const reached = pairs.filter(({ better }) => better >= important.points);
      return { important, count: count(reached, pairs.length), share95: wilson95(reached.length, pairs.length) };
    }),
  };
}

interface Evidenced {
  evidence: readonly string[];
}

interface Pair extends Evidenced {
  change: number;
  better: number;
}

interface Missing extends Evidenced {
  reason: MissingReason;
}

function outcomeOf(person: Person, { item, score }: ItemQuestion): Pair | Missing {
  const { baseline, after, unpaired } = person;
  if (unpaired !== undefined || baseline === undefined || after === undefined) {
    return { reason: unpaired ?? 'no-response', evidence: person.sources };
  }
  const before = score(baseline.row);
  const later = score(after.row);
  if (typeof before === 'string' || typeof later === 'string') {
    return { reason: firstReason(before, later), evidence: [baseline.row.source, after.row.source] };
  }
  const change = later.value - before.value;
  const evidence = [...sourcesOf(baseline.row, before), ...sourcesOf(after.row, later)];
  return { change, better: improvement(change, item.direction), evidence };
}

/** Where both sides have a reason, the one that stands first in the list. */
function firstReason(...sides: readonly (RowValue | MissingReason)[]): MissingReason {
  return missingReasons.find((reason) => sides.includes(reason)) ?? 'item-unanswered';
}

function sourcesOf(row: ResponseRow, value: RowValue): string[] {
  return [row.source, ...(value.sources ?? [])];
}

function byReason(count: (reason: MissingReason) => Count): Record<MissingReason, Count> {
  return Object.fromEntries(missingReasons.map((reason) => [reason, count(reason)])) as Record<MissingReason, Count>;
}
