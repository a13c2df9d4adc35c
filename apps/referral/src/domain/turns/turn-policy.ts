/** What a programme may decide about its turns. */
export interface TurnPolicy {
  /** Unanswered attempts before somebody counts as unreachable. */
  attempts: number;
  /** Different channels among them. */
  channels: number;
  /** Days between the first and the last of them. */
  attemptDays: number;
  /** Hours in which an end may be undone. */
  undoHours: number;
  /** Days in which the provider may reopen what ended; the requester always may. */
  reopenDays: number;
  /** How often a referral is forwarded at most. */
  forwardings: number;
  /** How far ahead of this server's clock a turn may say that it happened. */
  aheadMinutes: number;
}

export const defaultTurnPolicy: TurnPolicy = {
  attempts: 3,
  channels: 2,
  attemptDays: 7,
  undoHours: 72,
  reopenDays: 90,
  forwardings: 3,
  aheadMinutes: 5,
};
