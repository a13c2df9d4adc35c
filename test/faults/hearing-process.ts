import { z } from 'zod';
import type { CloudEvent } from '#events';
import { Broker, Consumers, EventHandler, noMetrics } from '#messaging';
import { Database, type Session } from '#postgres';
import { haltingAt, say } from './halt.js';
import { processOptions } from './process-options.js';

/** A service that hears the events; each effect is a row, and a second effect would be a second row. */
const options = processOptions();
const data = z.object({ meta: z.object({ versionId: z.string() }) });

class OnTaskWritten extends EventHandler {
  readonly consumer = 'outcomes-on-task-written';
  readonly subjects = ['ginnel.referral.Task.>'];
  readonly #effected = haltingAt(options, 'effect');

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    await tx.query({
      text: 'INSERT INTO effect (resource, sequence, version_in_content) VALUES ($1, $2, $3)',
      values: [event.subject.replace(/\/_history\/.*/, ''), event.sequence, data.parse(event.data).meta.versionId],
    });
    this.#effected();
  }
}

const { databaseUrl: url, natsUrl, monitorUrl, namespace } = options;
const database = new Database({ url, schema: 'outcomes', applicationName: 'faults-hearing' });
const broker = await Broker.connect({ url: natsUrl, monitorUrl, namespace, name: 'faults-hearing' });
const answered = haltingAt(options, 'ack');
const consumers = new Consumers({
  database,
  broker,
  handlers: [new OnTaskWritten()],
  policy: { ackWaitMs: 500 },
  metrics: {
    ...noMetrics,
    // Counted after the commit and before the answer to the broker.
    handled: (_, outcome) => {
      say(`heard ${outcome}`);
      if (outcome === 'applied') answered();
    },
  },
});
await consumers.start();
say('hearing');
