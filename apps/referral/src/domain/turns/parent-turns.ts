import type { ParentTurn } from './transition.js';

/** The states of the referral's own Task. They are made of its parts alone, by rollUp: no message moves it. */
export const parentTurns: readonly ParentTurn[] = [
  state('1', 'requested', 'sent', 'The referral was sent, or every open part is still unseen.'),
  state('1a', 'requested', 'escalated', 'Every open part is unseen past its deadline.'),
  state('4', 'received', 'acknowledged', 'The first part was seen.'),
  state('4a', 'received', 'info-needed', 'Every open part waits for information.'),
  state('4b', 'received', 'escalated', 'Every open part is silent past its deadline.'),
  state('8', 'accepted', 'accepted', 'The first part was accepted.'),
  state('9', 'accepted', 'waitlisted', 'Every open part waits for a place.'),
  state('8a', 'accepted', 'info-needed', 'Every open part waits for information, and one was accepted.'),
  state('19', 'in-progress', 'started', 'The first part has begun.'),
  state('15', 'same', 'split', 'Several parts are at work on what stands split already; no turn makes it so.'),
  state('22', 'on-hold', 'paused', 'Every open part rests.'),
  state('36a', 'on-hold', 'death-reported', 'Every open part rests, and of one a death is reported.'),
  state('27', 'same', 'cancel-requested', 'Of every open part the cancellation is asked.'),
  state('12', 'same', 'alternatives-offered', 'No part is open and the last said no: the requester chooses another.'),
  state('12a', 'failed', 'alternatives-offered', 'As before, where the referral had failed already.'),
  state('25', 'completed', 'completed', 'No part is open and all were completed.'),
  state('25a', 'completed', 'partly-completed', 'No part is open and some were completed.'),
  state('26', 'failed', 'disengaged', 'No part is open, and in the last one the person stopped coming.'),
  state(
    '28',
    'cancelled',
    'cancelled-by-requester',
    'No part is open, and the last was cancelled by the requester, or the whole taken back after a no.',
  ),
  state('16', 'cancelled', 'patient-declined', 'No part is open, and the last one the person declined.'),
  state('37', 'cancelled', 'patient-moved', 'No part is open, and in the last one the person moved away.'),
  state('36b', 'cancelled', 'patient-died', 'No part is open, and the person has died.'),
  state('32', 'entered-in-error', 'error', 'Every part was entered in error.'),
];

function state(
  number: string,
  to: ParentTurn['to'],
  ...[business, when]: [ParentTurn['business'], string]
): ParentTurn {
  return {
    id: `parent-${number}`,
    of: 'parent',
    from: [],
    to,
    business,
    who: ['system'],
    needs: [],
    event: 'referral-progressed.v1',
    effects: [],
    when,
  };
}
