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
import type { RowValue } from './response-row.js';
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
  const { kind, item } = question;
  const { changes, tallies, reasons, reached } = tally(question, people);
  const { n, improved, same, worse, missing } = tallies;
  const paired = n.value;
  const count = ({ value, evidence }: Tally, denominator: number): Count => ({
    value,
    denominator,
    missing: missing.value,
    period: question.period,
    evidence,
  });
  return {
    kind,
    item,
    n: count(n, people.length),
    improved: count(improved, paired),
    same: count(same, paired),
    worse: count(worse, paired),
    missing: count(missing, people.length),
    missingBecause: byReason((reason) => count(reasons[reason], people.length)),
    change: pairedChange(changes),
    changeRange: { low: item.min - item.max, high: item.max - item.min },
    improvedShare95: wilson95(improved.value, paired),
    signTest: paired === 0 ? undefined : { p: signTest(improved.value, worse.value), pHolm: undefined },
    responders: reached.map(({ important, tally: of }): Responders => {
      return { important, count: count(of, paired), share95: wilson95(of.value, paired) };
    }),
  };
}

/** How many people, and the records that say so. Filled in one pass: an evaluation may be of a million responses. */
interface Tally {
  value: number;
  evidence: string[];
}

function tally(question: ItemQuestion, people: readonly Person[]) {
  const changes: number[] = [];
  const tallies = { n: none(), improved: none(), same: none(), worse: none(), missing: none() };
  const reasons = byReason(none);
  const reached = question.important.map((important) => ({ important, tally: none() }));
  for (const person of people) {
    const outcome = outcomeOf(person, question);
    if ('reason' in outcome) {
      add(outcome.evidence, tallies.missing, reasons[outcome.reason]);
      continue;
    }
    const { change, better, evidence } = outcome;
    changes.push(change);
    add(evidence, tallies.n, better > 0 ? tallies.improved : better < 0 ? tallies.worse : tallies.same);
    add(evidence, ...reached.filter(({ important }) => better >= important.points).map(({ tally: of }) => of));
  }
  return { changes, tallies, reasons, reached };
}

function none(): Tally {
  return { value: 0, evidence: [] };
}

function add(evidence: readonly string[], ...tallies: readonly Tally[]): void {
  for (const of of tallies) {
    of.value += 1;
    for (const source of evidence) of.evidence.push(source);
  }
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
    return { reason: firstReason(before, later), evidence: person.pair };
  }
  const change = later.value - before.value;
  return { change, better: improvement(change, item.direction), evidence: evidenceOf(person, before, later) };
}

/** Where both sides have a reason, the one that stands first in the list. */
function firstReason(...sides: readonly (RowValue | MissingReason)[]): MissingReason {
  return missingReasons.find((reason) => sides.includes(reason)) ?? 'item-unanswered';
}

function evidenceOf({ pair }: Person, before: RowValue, after: RowValue): readonly string[] {
  const [baseline = '', later = ''] = pair;
  if (before.sources === undefined && after.sources === undefined) return pair;
  return [baseline, ...(before.sources ?? []), later, ...(after.sources ?? [])];
}

function byReason<T>(of: (reason: MissingReason) => T): Record<MissingReason, T> {
  return Object.fromEntries(missingReasons.map((reason) => [reason, of(reason)])) as Record<MissingReason, T>;
}
