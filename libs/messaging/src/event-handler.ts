import type { CloudEvent } from '#events';
import type { Session } from '#postgres';

/** Hears the facts of another service (or its own). One class each, in a service's events room. */
export abstract class EventHandler {
  /** The durable consumer's name: `<service>-<what it does>`; never changes. */
  abstract readonly consumer: string;

  /** Subjects heard, such as `ginnel.referral.Task.>`: all events of a type, so that a gap in a resource's sequence shows. None: of work that was put aside. */
  abstract readonly subjects: readonly string[];

  /** Event types with an effect (`referral-accepted.v1`); others only move the sequence. Absent: every type. */
  readonly types?: readonly string[];

  /** Which events of those types have an effect, as far as it is known before their transaction; others only move the sequence. */
  concerns?(event: CloudEvent): boolean | Promise<boolean>;

  /**
   * What events belong together, so that one process handles them one after the other, as they came; the resource unless told.
   * Beside another process the order of one resource holds, and no other.
   */
  laneOf?(event: CloudEvent): string;

  /**
   * The effect, inside the transaction that also remembers the event. Runs at most once per event with effect;
   * may be tried several times. Throws FhirError or Unprocessable for what can never succeed (parked at once);
   * anything else is tried again.
   */
  abstract handle(event: CloudEvent, tx: Session): Promise<void>;

  /** True where the effect is a few rows that nobody else writes: it may be committed together with those of other events. */
  goesTogether?(event: CloudEvent): boolean;

  /** False where the effect writes no resource, so that there is nothing to publish after it. */
  readonly announces?: boolean;

  /** After the effect was committed: wakes what works on it. Nothing else, for a process may end before it is called. */
  committed?(event: CloudEvent): void;
}
