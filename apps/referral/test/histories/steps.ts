import fc from 'fast-check';
import type { Actor } from '../../src/domain/transitions.js';

/** One thing that happens in a random history. Numbers choose among what there is then. */
export interface Step {
  /**
   * `fitting`: a turn that is open to the part; `any`: one of the table, open or not; `nonsense`: a state that nobody knows how
   * to reach; `again`: an earlier wish, delivered once more; `ask`: one more provider; `choose-none`: the requester wants no other.
   */
  kind: 'fitting' | 'any' | 'nonsense' | 'again' | 'ask' | 'choose-none';
  part: number;
  pick: number;
  /** Absent: one who may take the turn. */
  actor: Actor | undefined;
  /** When it is said to have happened. */
  said: 'nothing' | 'now' | 'earlier' | 'ahead';
  /** False: the wish lacks all that its row needs. */
  whole: boolean;
  /** Minutes that pass before it. */
  pause: number;
}

const actors: readonly Actor[] = ['requester', 'provider', 'hub', 'patient', 'system'];

export const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constant('fitting' as const) },
    { weight: 4, arbitrary: fc.constant('any' as const) },
    { weight: 1, arbitrary: fc.constant('nonsense' as const) },
    { weight: 3, arbitrary: fc.constant('again' as const) },
    { weight: 2, arbitrary: fc.constant('ask' as const) },
    { weight: 1, arbitrary: fc.constant('choose-none' as const) },
  ),
  part: fc.nat(1000),
  pick: fc.nat(100_000),
  actor: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...actors) },
    { weight: 4, arbitrary: fc.constant(undefined) },
  ),
  said: fc.oneof(
    { weight: 6, arbitrary: fc.constant('nothing' as const) },
    { weight: 3, arbitrary: fc.constant('now' as const) },
    { weight: 1, arbitrary: fc.constant('earlier' as const) },
    { weight: 1, arbitrary: fc.constant('ahead' as const) },
  ),
  whole: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  pause: fc.oneof({ weight: 9, arbitrary: fc.nat(600) }, { weight: 1, arbitrary: fc.nat(10_000) }),
});
