import { parentTurns } from './turns/parent-turns.js';
import { partTurns } from './turns/part-turns.js';
import { requestTurns } from './turns/request-turns.js';
import type { Transition } from './turns/transition.js';

export type * from './turns/transition.js';
export { parentTurns, partTurns, requestTurns };

/** The state machine of a referral: every turn that it may take, and no other. */
export const transitions: readonly Transition[] = [...partTurns, ...parentTurns, ...requestTurns];
