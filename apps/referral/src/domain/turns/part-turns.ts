import type { PartTurn } from './transition.js';
import { beginning } from './beginning.js';
import { deciding } from './deciding.js';
import { delivering } from './delivering.js';
import { ending } from './ending.js';
import { interrupting } from './interrupting.js';

/**
 * Every turn of a provider's Task. Where a Task says its status without a business status, the first row that fits its mover
 * is taken; so within a status the plainest row stands first.
 */
export const partTurns: readonly PartTurn[] = [...beginning, ...deciding, ...delivering, ...interrupting, ...ending];
