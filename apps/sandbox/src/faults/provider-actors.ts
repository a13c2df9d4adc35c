import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Task } from 'fhir/r4';
import type { FastifyInstance } from 'fastify';
import { GinnelClient, MessageRefused } from '#client';
import { type ActingProvider, actingProviders } from './failing-providers.js';
import { ProviderActor } from './provider-actor.js';

export interface ProviderActorsOptions {
  /** Of the sandbox: theirs are made from it. */
  secret: string;
  /** Told what went wrong, without a person's data. */
  complain: (line: string) => void;
  /** How long the late one takes; half a minute unless told. */
  lateMs?: number;
}

/** The providers of a sandbox that answer as no one wishes. */
export class ProviderActors {
  readonly #actors: ReadonlyMap<ActingProvider, ProviderActor>;
  readonly #late = new Map<string, Promise<void>>();
  readonly #ending = new AbortController();
  #starting: Promise<void> = Promise.resolve();

  constructor(private readonly options: ProviderActorsOptions) {
    this.#actors = new Map(actingProviders.map((organisation) => [organisation, this.#actorOf(organisation)]));
  }

  mount(fastify: FastifyInstance): void {
    for (const actor of this.#actors.values()) actor.mount(fastify);
  }

  /**
   * Once the services answer. A sandbox is no worse without them: what goes wrong is complained of.
   *
   * @param origin http://host:port
   * @param tokenOf the token of a client that acts for this organisation
   */
  start(origin: string, tokenOf: (organisation: ActingProvider) => string | Promise<string>): Promise<void> {
    const begun = [...this.#actors].map(([organisation, actor]) => {
      const token = () => Promise.resolve(tokenOf(organisation));
      return actor.start(new GinnelClient({ baseUrl: `${origin}/fhir`, token, triesAtMost: 2 }), origin);
    });
    return (this.#starting = Promise.all(begun).then(
      () => undefined,
      (error: unknown) => {
        this.options.complain(`The failing providers: ${error instanceof Error ? error.message : 'they cannot start'}`);
      },
    ));
  }

  /** What the late one still meant to accept is accepted after the next start. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#starting;
    await Promise.all([...this.#late.values(), ...[...this.#actors.values()].map((actor) => actor.settled)]);
  }

  #actorOf(organisation: ActingProvider): ProviderActor {
    const { secret, complain } = this.options;
    const key = createHmac('sha256', secret).update(`webhooks of ${organisation}`).digest('base64');
    const answer = organisation === 'always-rejects' ? reject : this.#acceptLater.bind(this);
    return new ProviderActor({ organisation, secret: `whsec_${key}`, answer, complain });
  }

  #acceptLater(client: GinnelClient, { id = '' }: Task): Promise<void> {
    if (!this.#late.has(id))
      this.#late.set(
        id,
        this.#accept(client, id).finally(() => this.#late.delete(id)),
      );
    return Promise.resolve();
  }

  async #accept(client: GinnelClient, id: string): Promise<void> {
    const { lateMs = 30_000, complain } = this.options;
    try {
      await pause(lateMs, undefined, { signal: this.#ending.signal });
      await client.turn(id, { operation: 'accept', given: {} });
    } catch (error) {
      // Meanwhile it may have been cancelled.
      const isTooLate = error instanceof MessageRefused && error.status === 422;
      if (!this.#ending.signal.aborted && !isTooLate) complain('answers-late cannot accept.');
    }
  }
}

async function reject(client: GinnelClient, { id = '' }: Task): Promise<void> {
  await client.turn(id, { operation: 'reject', given: { reason: '40' } });
}
