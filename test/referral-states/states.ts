import { lateRows } from '../../apps/referral/src/domain/late-rows.js';
import { statusReasons } from '../../apps/referral/src/domain/status-reasons.js';
import { parentTurns, partTurns, requestTurns } from '../../apps/referral/src/domain/transitions.js';
import type { States } from './page.js';

/** The table as the referral service has it. */
export const states: States = {
  parts: partTurns,
  parents: parentTurns,
  requests: requestTurns,
  late: lateRows,
  reasons: statusReasons,
};
