import { decidingTurns } from './deciding-turns.js';
import { deliveringTurns } from './delivering-turns.js';
import { interruptingTurns } from './interrupting-turns.js';
import type { TaskTurn } from './task-turn.js';

/** Every operation that is a plain update of one Task. */
export const taskTurns: readonly TaskTurn[] = [...decidingTurns, ...deliveringTurns, ...interruptingTurns];
