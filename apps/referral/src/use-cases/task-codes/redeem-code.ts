import { Injectable } from '@nestjs/common';
import type { Caller } from '#auth';
import { error, everyone, FhirError } from '#fhir';
import { FhirStore, type Stored } from '#fhir-store';
import { Database, type Session } from '#postgres';
import { inSession } from './find-session.js';
import { digestOf, newSecret } from './secret.js';

export interface OpenedSession {
  /** Told once, and stored nowhere. */
  session: string;
  endsAt: Date;
  /** The Task that it is for. */
  task: Stored;
}

const sessionMs = 30 * 60_000;
const guessesAtMost = 10;
const guessesMs = 15 * 60_000;

/** Takes a code once, and opens a session of the client that brought it. What cannot be taken looks the same, whatever the reason. */
@Injectable()
export class RedeemCode {
  constructor(
    private readonly database: Database,
    private readonly store: FhirStore,
  ) {}

  async execute({ code, caller, now }: { code: string; caller: Caller; now: Date }): Promise<OpenedSession> {
    const { client } = caller;
    await this.#refuseGuesser(client, now);
    const opened = await this.database.transaction(everyone, (tx) => this.#open({ code, caller, now }, tx));
    if (opened) return opened;
    await this.#countGuess(client, now);
    throw FhirError.of(
      'not-found',
      'This code opens nothing: it was used, has ended, was taken back, or never was one. Ask the provider for a new one.',
      { expression: 'code' },
    );
  }

  /** Refused within the transaction, a code that would show its bearer nothing is not used up. */
  async #open(
    { code, caller, now }: { code: string; caller: Caller; now: Date },
    tx: Session,
  ): Promise<OpenedSession | undefined> {
    const session = newSecret();
    const endsAt = new Date(now.getTime() + sessionMs);
    const [row] = await tx.query<{ task_id: string; organisation: string }>({
      name: 'task-code-redeem',
      text: `UPDATE task_code SET redeemed_at = $2, redeemed_by = $3, session_digest = $4, session_ends_at = $5
             WHERE digest = $1 AND redeemed_at IS NULL AND revoked_at IS NULL AND ends_at > $2
             RETURNING task_id, organisation`,
      values: [digestOf(code), now, caller.client, digestOf(session), endsAt],
    });
    if (!row) return undefined;
    const reader = inSession(caller, row.organisation).audience;
    const task = await this.store.read('Task', row.task_id, reader, tx);
    if (task && !task.deleted) return { session, endsAt, task };
    const diagnostics = 'The Task of this code is none that this client may see. The code was not used up.';
    throw FhirError.of('not-found', diagnostics, { expression: 'code' });
  }

  async #refuseGuesser(client: string, now: Date): Promise<void> {
    const [row] = await this.database.as(everyone).query<{ since: Date }>({
      name: 'task-code-guesses',
      text: 'SELECT since FROM task_code_guess WHERE client = $1 AND since > $2 AND failed >= $3',
      values: [client, new Date(now.getTime() - guessesMs), guessesAtMost],
    });
    if (!row) return;
    const seconds = Math.max(1, Math.ceil((row.since.getTime() + guessesMs - now.getTime()) / 1000));
    const diagnostics = 'Too many codes were tried that open nothing; wait before the next one.';
    throw new FhirError([error('throttled', diagnostics)], {
      status: 429,
      headers: { 'retry-after': String(seconds) },
    });
  }

  async #countGuess(client: string, now: Date): Promise<void> {
    await this.database.as(everyone).query({
      name: 'task-code-guess',
      text: `INSERT INTO task_code_guess AS g (client, since, failed) VALUES ($1, $2, 1)
             ON CONFLICT (client) DO UPDATE
             SET failed = CASE WHEN g.since > $3 THEN g.failed + 1 ELSE 1 END,
                 since = CASE WHEN g.since > $3 THEN g.since ELSE $2 END`,
      values: [client, now, new Date(now.getTime() - guessesMs)],
    });
  }
}
