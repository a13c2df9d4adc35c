import type { IncomingMessage } from 'node:http';
import type { Subscription, Task } from 'fhir/r4';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type GinnelClient, verifiedNotification } from '#client';
import { bytesOf } from './delivered-again.js';
import { relayPath } from './mount-relay.js';

export interface ProviderActorOptions {
  organisation: string;
  /** `whsec_…` */
  secret: string;
  /** What it does with a referral that is new to it. */
  answer: (client: GinnelClient, task: Task) => Promise<unknown>;
  /** Told what went wrong, without a person's data. */
  complain: (line: string) => void;
}

const topic = 'https://ginnel.org.uk/fhir/SubscriptionTopic/task-assigned';

/** An organisation of the sandbox that answers by itself: it is called when it is asked, and looks at its worklist. */
export class ProviderActor {
  #looking: Promise<void> = Promise.resolve();
  #client: GinnelClient | undefined;

  constructor(private readonly options: ProviderActorOptions) {}

  /** The address at which it is called. */
  mount(fastify: FastifyInstance): void {
    void fastify.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage) => bytesOf(payload));
      scope.post(this.#path, async (request, reply) => {
        const headers = request.headers as Record<string, string>;
        try {
          verifiedNotification(this.options.secret, String(request.body), headers);
        } catch {
          return reply.code(401).send();
        }
        void this.look();
        return reply.code(204).send();
      });
      done();
    });
  }

  /**
   * Asks to be called, and looks at what came before.
   *
   * @param client as the organisation
   * @param origin http://host:port, where the sandbox is called
   */
  async start(client: GinnelClient, origin: string): Promise<void> {
    this.#client = client;
    await this.#subscribe(client, `${origin}${this.#path}`);
    await this.look();
  }

  /** One look at a time; what comes during one is seen by the next. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#answerAll());
    return this.#looking;
  }

  /** When it has nothing more to look at. */
  get settled(): Promise<void> {
    return this.#looking;
  }

  async #answerAll(): Promise<void> {
    const { organisation, answer, complain } = this.options;
    const client = this.#client;
    if (!client) return;
    const worklist = {
      owner: `Organization/${organisation}`,
      status: 'requested,received',
      'part-of:missing': 'false',
      'answer-due:missing': 'false',
    };
    try {
      for await (const task of client.search('Task', worklist)) await answer(client, task as Task);
    } catch (error) {
      complain(`${organisation}: ${error instanceof Error ? error.message : 'it cannot answer'}`);
    }
  }

  /** One Subscription, whatever the port of this start is. */
  async #subscribe(client: GinnelClient, endpoint: string): Promise<void> {
    const { secret, organisation } = this.options;
    const channel: Subscription['channel'] = {
      type: 'rest-hook',
      endpoint,
      payload: 'application/fhir+json',
      extension: [{ url: 'https://ginnel.org.uk/fhir/StructureDefinition/webhook-secret', valueString: secret }],
    };
    const wish: Subscription = {
      resourceType: 'Subscription',
      status: 'requested',
      reason: `${organisation} of the sandbox answers by itself`,
      criteria: topic,
      channel,
    };
    const fhir = await client.fhir();
    for await (const found of client.search('Subscription', {})) {
      const known = found as Subscription;
      if (known.criteria !== topic) continue;
      if (known.status === 'active' && known.channel.endpoint === endpoint) return;
      const id = known.id ?? '';
      await fhir.update({ resourceType: 'Subscription', id, body: { ...wish, id } });
      return;
    }
    await client.createOnce(wish);
  }

  get #path(): string {
    return `${relayPath}/actors/${this.options.organisation}`;
  }
}
