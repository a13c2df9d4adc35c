import { randomInt } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Task } from 'fhir/r4';
import { businessStatusOf, impliedTurnExtension, stateBeforeExtension } from '../../src/domain/codes.js';
import { extensionsOf } from '../../src/domain/extensions.js';
import { reached, starts } from '../../src/domain/find-turn.js';
import { lateTurnEvent } from '../../src/domain/late-turn.js';
import { rollUp } from '../../src/domain/roll-up.js';
import { isEnd } from '../../src/domain/state-before.js';
import { editEvent } from '../../src/domain/task-transition.js';
import { parentTurns, partTurns, type PartTurn } from '../../src/domain/transitions.js';
import { History, type Outcome, stateOf } from './history.js';
import { step, type Step } from './steps.js';

const seed = randomInt(2 ** 31);

describe(`random histories of a referral (seed ${String(seed)})`, () => {
  it('of ten thousand steps keep to the table, and take every one of its turns', () => {
    const long = fc.array(step, { minLength: 10_000, maxLength: 10_000, size: 'max' });
    const [steps = []] = fc.sample(long, { seed, numRuns: 1 });
    const taken = new Map<string, number>();
    const late = new Set<string>();
    // Several referrals one after another: of one alone the parts would all be at an end soon.
    for (let start = 0; start < steps.length; start += 500) {
      const history = played(steps.slice(start, start + 500), new History(taken));
      for (const id of history.late) late.add(id);
    }
    const untaken = partTurns.filter(({ id, from }) => from.length > 0 && !taken.has(id));
    expect(untaken.map(({ id }) => id)).toEqual([]);
    expect([...late].sort()).toEqual(['cancel-open', 'died', 'older', 'outcome-after-end']);
  });

  it('that are short fail with the fewest steps that show it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        played(steps);
      }),
      { seed, numRuns: 200 },
    );
  });
});

/** Every state that the table leads to. */
const known = new Set(
  partTurns.flatMap(({ from, to, business }) => {
    if (business === 'same' || business === 'before' || to === 'before') return [];
    return to === 'same' ? from.map((state) => `${statusIn(state)}/${business}`) : [`${to}/${business}`];
  }),
);
const parents = new Set(parentTurns.map(({ to, business }) => `${to}/${business}`));

function played(steps: readonly Step[], history = new History()): History {
  steps.forEach((one, at) => {
    const outcome = history.take(one);
    const faults = [...(outcome ? faultsOfStep(outcome) : []), ...faultsOfReferral(history)];
    if (faults.length > 0) throw new Error(`Step ${String(at)} (${JSON.stringify(one)}): ${faults.join(' ')}`);
  });
  return history;
}

/** A refusal changes nothing; whatever is taken has exactly the event and the state of its row. */
function faultsOfStep({ before, moved, refused }: Outcome): string[] {
  if (refused)
    return [403, 409, 410, 422].includes(refused.status) ? [] : [`It was refused with ${String(refused.status)}.`];
  if (!moved) return ['It was neither taken nor refused.'];
  const { task, event, transition } = moved;
  if (!transition) {
    const told = event === editEvent || event === lateTurnEvent;
    return told && stateOf(task) === stateOf(before)
      ? []
      : [`Without a turn it became ${stateOf(task)}, told as ${event}.`];
  }
  return [
    ...faultsOfTurn({ before, task, transition }),
    ...(event === transition.event ? [] : [`It was told as ${event}.`]),
  ];
}

function faultsOfTurn({ before, task, transition }: { before: Task; task: Task; transition: PartTurn }): string[] {
  const isWayBack = transition.id === '34' || transition.to === 'entered-in-error' || transition.asked === 'by-id';
  const impliedIn = (one: Task) => extensionsOf(one, impliedTurnExtension).length;
  const isImplied = impliedIn(task) > impliedIn(before);
  const there = reached(transition, before);
  return [
    ...(known.has(stateOf(task)) ? [] : [`The table does not know ${stateOf(task)}.`]),
    ...(isImplied || stateOf(task) === `${there.status}/${there.business}`
      ? []
      : [`${transition.id} led to ${stateOf(task)}.`]),
    ...(isEnd(before.status) && !isWayBack ? [`${transition.id} left the end ${stateOf(before)}.`] : []),
  ];
}

function faultsOfReferral({ parent, parts }: History): string[] {
  return [...parts.flatMap(faultsOfPart), ...faultsOfParent(parent, parts)];
}

/** What is not at an end can come to one, by somebody; what was interrupted can go on. */
function faultsOfPart(part: Task): string[] {
  if (isEnd(part.status)) return [];
  const exits = partTurns.filter((row) => row.asked !== 'by-id' && row.who.length > 0 && starts(row, part));
  const isInterrupted =
    part.status === 'on-hold' || ['info-needed', 'cancel-requested'].includes(businessStatusOf(part) ?? '');
  const ways = exits.map((row) => row.to);
  return [
    ...(known.has(stateOf(part)) ? [] : [`The table does not know ${stateOf(part)}.`]),
    ...(ways.some(isEnd) ? [] : [`No way leads from ${stateOf(part)} to an end.`]),
    ...(isInterrupted && !ways.includes('before') ? [`No way leads back from ${stateOf(part)}.`] : []),
    ...(isInterrupted === extensionsOf(part, stateBeforeExtension).length > 0
      ? []
      : [`${stateOf(part)} kept the wrong states.`]),
  ];
}

/** The referral's own Task is what its parts make of it, in whatever order they are read, and in a row of the table. */
function faultsOfParent(parent: Task, parts: readonly Task[]): string[] {
  const again = rollUp(parent, [...parts].reverse());
  const isKnown = parents.has(stateOf(parent)) || parents.has(`same/${businessStatusOf(parent) ?? ''}`);
  return [
    ...(isDeepStrictEqual(again, parent)
      ? []
      : [`Read backwards the parts make ${stateOf(again)} of ${stateOf(parent)}.`]),
    ...(isKnown ? [] : [`The table does not know ${stateOf(parent)} of a parent.`]),
  ];
}

function statusIn(state: string): string {
  return state.split('/')[0] ?? '';
}
