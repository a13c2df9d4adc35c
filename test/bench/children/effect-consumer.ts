import { AckPolicy, type JsMsg } from '@nats-io/jetstream';
import { type CloudEvent, subjectResource, subjectsOfType } from '#events';
import { parseJson, stringifyJson } from '#fhir';
import { FhirStore } from '#fhir-store';
import { Broker, Consumers, defaultPolicy, EventHandler } from '#messaging';
import { Database, type Session } from '#postgres';
import { heldTypes, schemaOf, serviceUrl } from '#service';
import { referralService } from '../../../apps/referral/src/referral.module.js';
import { bareSubjects, nowMs } from '../effects.js';
import { workForParent } from './child.js';

export interface EffectConsumerOptions {
  databaseUrl: string;
  natsUrl: string;
  natsMonitorUrl: string;
}

/** The other service: what it has done, and when, is told when the parent asks for so many effects. */
workForParent(async (options) => {
  const { databaseUrl, natsUrl, natsMonitorUrl } = options as EffectConsumerOptions;
  const effects = new Effects();
  const broker = await Broker.connect({ url: natsUrl, name: 'bench-effects', monitorUrl: natsMonitorUrl });
  const url = serviceUrl(databaseUrl, 'referral');
  const database = new Database({ url, schema: schemaOf('referral'), applicationName: 'ginnel-bench' });
  const store = new FhirStore(database, { types: heldTypes(referralService), cursorSecret: '', now: () => new Date() });
  const handler = new FollowOrganization(store, effects);
  const consumers = new Consumers({ database, broker, handlers: [handler], parse: parseJson });
  await consumers.start();
  const bare = await consumeBare(broker, { database, effects });
  return {
    ready: 'consuming',
    answer: (question) => effects.take((question as { expect: number }).expect),
    stop: async () => {
      await bare.close();
      await consumers.stop();
      await broker.close();
      await database.close();
    },
  };
});

/** When the effect of each id was there. */
class Effects {
  #times: [id: string, at: number][] = [];
  #expected = Infinity;
  #enough: () => void = () => undefined;

  note(id: string): void {
    this.#times.push([id, nowMs()]);
    if (this.#times.length >= this.#expected) this.#enough();
  }

  async take(expected: number): Promise<[string, number][]> {
    this.#expected = expected;
    if (this.#times.length < expected) {
      await new Promise<void>((resolve) => {
        this.#enough = resolve;
      });
    }
    const taken = this.#times;
    this.#times = [];
    this.#expected = Infinity;
    return taken;
  }
}

/** A followed copy, kept as the services keep theirs. */
class FollowOrganization extends EventHandler {
  readonly consumer = 'bench-follows';
  readonly subjects = [subjectsOfType('activity-directory', 'Organization')];

  constructor(
    private readonly store: FhirStore,
    private readonly effects: Effects,
  ) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const subject = subjectResource(event.subject);
    const content = stringifyJson(event.data);
    const audience = event.audience.split(',');
    await this.store.follow({ ...subject, lastUpdated: new Date(event.time), audience, deleted: false, content }, tx);
  }

  override committed(event: CloudEvent): void {
    this.effects.note(subjectResource(event.subject).id);
  }
}

/** The least that a consumer can do: hear, or hear and insert one row; as many at once as Ginnel's. */
async function consumeBare(broker: Broker, { database, effects }: { database: Database; effects: Effects }) {
  const { stream, heard, inserted } = bareSubjects;
  const durable = { durable_name: 'bench', ack_policy: AckPolicy.Explicit, max_ack_pending: defaultPolicy.concurrency };
  await broker.management.consumers.add(stream, durable);
  const consumer = await broker.jetStream.consumers.get(stream, 'bench');
  const take = async (message: JsMsg): Promise<void> => {
    const id = message.subject.split('.').at(-1) ?? '';
    if (message.subject.startsWith(`${inserted}.`)) await insert(database, id, message.string());
    else if (!message.subject.startsWith(`${heard}.`)) throw new Error('This subject is not one of the bench.');
    effects.note(id);
    message.ack();
  };
  return consumer.consume({ max_messages: defaultPolicy.concurrency * 2, callback: (message) => void take(message) });
}

async function insert(database: Database, id: string, content: string): Promise<void> {
  await database.as(['*']).query({
    name: 'bench-effect',
    text: 'INSERT INTO bench.effect (id, content) VALUES ($1, $2)',
    values: [id, content],
  });
}
