import type { ServiceName } from '#fhir';
import type { Participant } from '#fhir-server';
import type { FhirStore, OpenDecision, OpenReservation } from '#fhir-store';
import { Signal } from '#messaging';
import { failureOf, type Logger } from '#observability';

export interface RecoveryParts {
  store: FhirStore;
  participantOf: (service: ServiceName) => Participant;
  now: () => Date;
  log: Logger;
  /** How old a reservation or decision is before somebody else than its request looks after it. */
  afterMs?: number;
  everyMs?: number;
}

const day = 24 * 60 * 60 * 1000;
const keptMs = 7 * day;

/**
 * Ends what transactions across services have left open when a process died: asks the coordinators of what is reserved here,
 * and the owners that have not applied what was committed here. It waits as long as it has to; no clock decides.
 */
export class TransactionRecovery {
  readonly #signal = new Signal();
  readonly #afterMs: number;
  readonly #everyMs: number;
  #running: Promise<void> | undefined;
  #prunedAt = 0;
  /** Transactions of which the log has said that they stay open. */
  readonly #told = new Set<string>();

  constructor(private readonly parts: RecoveryParts) {
    this.#afterMs = parts.afterMs ?? 10_000;
    this.#everyMs = parts.everyMs ?? 1_000;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#signal.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#signal.closed) {
      await this.#each({ transaction: '' }, () => this.#look());
      await this.#signal.wait(this.#everyMs);
    }
  }

  async #look(): Promise<void> {
    const { reservations, decisions } = this.parts.store;
    const before = new Date(this.parts.now().getTime() - this.#afterMs);
    for (const reservation of await reservations.open(before)) {
      if (!this.#signal.closed) await this.#each(reservation, () => this.#settleReservation(reservation));
    }
    for (const decision of await decisions.open(before)) {
      if (!this.#signal.closed) await this.#each(decision, () => this.#settleDecision(decision));
    }
    await this.#prune();
  }

  /** One that cannot be settled now holds up no other; it is looked at again. */
  async #each({ transaction }: { transaction: string }, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#told.delete(transaction);
    } catch (error) {
      this.#failed(error, transaction);
    }
  }

  async #settleReservation({ transaction, coordinator }: OpenReservation): Promise<void> {
    const { reservations } = this.parts.store;
    const decision = await this.parts.participantOf(coordinator).decision(transaction);
    if (decision === 'committed') await reservations.apply(transaction);
    else await reservations.release(transaction);
    this.parts.log.warn({ transaction, coordinator, decision }, 'a transaction that was left open is settled');
  }

  async #settleDecision({ transaction, participants }: OpenDecision): Promise<void> {
    await Promise.all(participants.map((owner) => this.parts.participantOf(owner).apply(transaction)));
    await this.parts.store.decisions.settle(transaction);
    this.parts.log.warn({ transaction, participants }, 'a transaction that was left half applied is whole');
  }

  async #prune(): Promise<void> {
    const now = this.parts.now().getTime();
    if (now - this.#prunedAt < day / 24) return;
    this.#prunedAt = now;
    const before = new Date(now - keptMs);
    await this.parts.store.reservations.prune(before);
    await this.parts.store.decisions.prune(before);
  }

  /** Once for each: it is tried again every second. */
  #failed(error: unknown, transaction: string): void {
    if (this.#told.has(transaction)) return;
    this.#told.add(transaction);
    this.parts.log.warn({ transaction, failure: failureOf(error) }, 'an open transaction cannot be settled yet');
  }
}
