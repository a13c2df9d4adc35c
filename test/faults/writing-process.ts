import { randomUUID } from 'node:crypto';
import type { Task } from 'fhir/r4';
import { everyone } from '#fhir';
import { FhirStore } from '#fhir-store';
import { Broker, Relay } from '#messaging';
import { Database, type Session } from '#postgres';
import { haltingAt, say } from './halt.js';
import { batchSize, resources, versionsEach } from './plan.js';
import { processOptions } from './process-options.js';

/** A service that writes its share of versions, from wherever the process before it came to, and relays them. */
const options = processOptions();
const committed = haltingAt(options, 'commit');

/** Stands still before the relay marks what the broker has acknowledged. */
class HaltingDatabase extends Database {
  readonly #published = haltingAt(options, 'mark');

  override as(audience: readonly string[]): Session {
    const session = super.as(audience);
    return {
      query: (statement) => {
        if (statement.name === 'outbox-published') this.#published();
        return session.query(statement);
      },
    };
  }
}

const { databaseUrl: url, natsUrl, monitorUrl, namespace } = options;
const database = new HaltingDatabase({ url, schema: 'referral', applicationName: 'faults-writing' });
const broker = await Broker.connect({ url: natsUrl, monitorUrl, namespace, name: 'faults-writing' });
const relay = new Relay({ database, broker, service: 'referral', batch: batchSize });
const store = new FhirStore(database, {
  types: ['Task'],
  cursorSecret: randomUUID(),
  now: () => new Date(),
  onCommitted: () => {
    committed();
    relay.wake();
  },
});
relay.start();
const ids = Array.from({ length: resources }, (_, index) => `task-${String(index)}`);
await Promise.all(ids.map(writeVersions));
say('written');

async function writeVersions(id: string): Promise<void> {
  const found = await store.read('Task', id, everyone);
  for (let version = found?.version ?? 0; version < versionsEach; version++) {
    const resource: Task = { resourceType: 'Task', id, status: 'in-progress', intent: 'order' };
    const audience = ['keighley-healthy-living'];
    const act = { agent: 'faults', interaction: 'update', correlationId: `${id}-${String(version + 1)}` };
    await store.commit(
      [
        version === 0
          ? { interaction: 'create', resource, audience }
          : { interaction: 'update', resource, audience, version },
      ],
      act,
    );
    say(`wrote Task/${id} ${String(version + 1)}`);
  }
}
