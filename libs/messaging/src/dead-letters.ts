import { failureOf, type Logger } from '#observability';
import type { Database, Session } from '#postgres';
import {
  type DeadLetter,
  isOfEvent,
  type Letter,
  letterColumns,
  letterOf,
  type LetterState,
  markFailed,
  nextLetter,
  readyResources,
  settle,
} from './dead-letter.js';
import type { Effects } from './effects.js';
import { lockPosition, setPosition } from './inbox.js';
import { type Incoming, type Parse, parseEvent } from './incoming.js';
import { isPassing } from './passing.js';
import { canNeverSucceed, detailOf } from './unprocessable.js';

export interface LetterQuery {
  consumer?: string;
  state?: LetterState;
  /** Id of the last letter of the page before. */
  after?: string;
  limit?: number;
}

/**
 * What became of a replay. `waits`: an earlier event of its resource is missing or parked; `overtaken`: its turn is over;
 * `impossible`: it is no event, or its consumer is not of this process.
 */
export type ReplayResult = 'replayed' | 'failed' | 'waits' | 'overtaken' | 'impossible' | 'not-parked';

interface DeadLettersOptions {
  database: Database;
  /** The effects of the consumers of this process, by name. */
  effects: ReadonlyMap<string, Effects>;
  parse: Parse;
  /** Something was committed. */
  wake: () => void;
  log?: Logger | undefined;
}

/** What an operator does with parked events: list, inspect, replay, discard. Content is never shown. */
export class DeadLetters {
  constructor(private readonly options: DeadLettersOptions) {}

  async list({ consumer, state = 'parked', after = '0', limit = 100 }: LetterQuery = {}): Promise<DeadLetter[]> {
    return this.#session().query<DeadLetter>({
      text: `SELECT ${letterColumns} FROM dead_letter
             WHERE id > $1 AND state = $2 AND ($3::text IS NULL OR consumer = $3) ORDER BY id LIMIT $4`,
      values: [after, state, consumer ?? null, limit],
    });
  }

  /** One letter and how many events of its resource wait behind it. */
  async inspect(id: string): Promise<(DeadLetter & { holds: number }) | undefined> {
    const [letter] = await this.#session().query<DeadLetter & { holds: number }>({
      text: `SELECT ${letterColumns}, (SELECT count(*)::int FROM dead_letter later
               WHERE later.consumer = dead_letter.consumer AND later.resource = dead_letter.resource
                 AND later.sequence > dead_letter.sequence AND later.state = 'parked') AS holds
             FROM dead_letter WHERE id = $1`,
      values: [id],
    });
    return letter;
  }

  /**
   * Runs the handler again, then whatever waited behind it. `skipMissing` is the operator's word that the earlier events
   * will not come.
   */
  async replay(id: string, { skipMissing = false }: { skipMissing?: boolean } = {}): Promise<ReplayResult> {
    const letter = await letterOf(this.#session(), id);
    if (letter?.state !== 'parked') return 'not-parked';
    const turn = isOfEvent(letter) ? this.#turnOf(letter) : undefined;
    if (!turn) return 'impossible';
    const result = await this.#replay(turn, skipMissing);
    if (result === 'replayed') await this.release(turn.letter.consumer, turn.letter.resource);
    return result;
  }

  /** Gives an event up, for this consumer and for good; what waited behind it goes on. False when it was not parked. */
  async discard(id: string): Promise<boolean> {
    const letter = await letterOf(this.#session(), id);
    if (letter?.state !== 'parked') return false;
    await this.options.database.transaction(['*'], (tx) => settle(tx, id, 'discarded'));
    this.options.log?.info({ letter: id, consumer: letter.consumer }, 'A parked event was discarded');
    if (letter.resource !== null) await this.release(letter.consumer, letter.resource);
    return true;
  }

  /** Goes on with what waited, in order, for as long as the next event of the resource is there. */
  async release(consumer: string, resource: string): Promise<void> {
    for (;;) {
      const next = await nextLetter(this.#session(), consumer, resource);
      if (!next) return;
      const wentOn = next.state === 'discarded' ? await this.#passOver(next) : await this.#goOn(next);
      if (!wentOn) return;
    }
  }

  /** Goes on with everything of a consumer that could: after a crash between an effect and the release behind it. */
  async releaseReady(consumer: string): Promise<void> {
    for (const resource of await readyResources(this.#session(), consumer)) await this.release(consumer, resource);
  }

  async #passOver(letter: Letter): Promise<boolean> {
    await this.options.database.transaction(['*'], async (tx) => {
      const position = await lockPosition(tx, letter);
      if (letter.sequence === position + 1) await setPosition(tx, letter);
    });
    return true;
  }

  async #goOn(letter: Letter): Promise<boolean> {
    const turn = this.#turnOf(letter);
    return turn !== undefined && (await this.#replay(turn, false)) !== 'failed';
  }

  async #replay({ letter, incoming, effects }: Turn, skipMissing: boolean): Promise<ReplayResult> {
    const { database, log, wake } = this.options;
    try {
      const result = await database.transaction<ReplayResult>(['*'], async (tx) => {
        const position = await lockPosition(tx, letter);
        if (letter.sequence <= position) return 'overtaken';
        if (letter.sequence > position + 1 && !skipMissing) return 'waits';
        await effects.jump(tx, incoming);
        await settle(tx, letter.id, 'replayed');
        return 'replayed';
      });
      wake();
      if (result === 'replayed') effects.handler.committed?.(incoming.event);
      log?.info({ letter: letter.id, consumer: letter.consumer, result }, 'A parked event was tried again');
      return result;
    } catch (error) {
      await this.#failed(letter, error);
      return 'failed';
    }
  }

  async #failed(letter: Letter, error: unknown): Promise<void> {
    const { log } = this.options;
    log?.warn(
      { letter: letter.id, consumer: letter.consumer, failure: failureOf(error) },
      'A parked event failed again',
    );
    // The database's own trouble: the letter keeps its reason, so that what only waited goes on later by itself.
    if (isPassing(error)) return;
    const reason = canNeverSucceed(error) ? 'unprocessable' : 'failed';
    await markFailed(this.#session(), letter.id, { reason, detail: detailOf(error) });
  }

  #turnOf(letter: Letter): Turn | undefined {
    const effects = this.options.effects.get(letter.consumer);
    const { event: text, subject, resource, deliveries } = letter;
    const event = text === null ? undefined : parseEvent(text, this.options.parse);
    if (!effects || !event || text === null) return undefined;
    return { letter, effects, incoming: { event, text, subject, resource, deliveries, starts: false } };
  }

  #session(): Session {
    return this.options.database.as(['*']);
  }
}

interface Turn {
  letter: Letter;
  effects: Effects;
  incoming: Incoming;
}
