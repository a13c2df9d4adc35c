import { FhirStore, type Write } from '#fhir-store';
import { Database, type Session, type Statement } from '#postgres';
import { heldTypes, schemaOf, serviceUrl } from '#service';
import { referralService } from '../../../apps/referral/src/referral.module.js';
import type { Installation } from '../installation.js';
import { practice, providerOf, samplePatient, sampleTask } from '../resources.js';

/** The services as they are reached over HTTP. */
export interface Served {
  installation: Installation;
  /** http://host:port */
  url: string;
  headers: Record<string, string>;
}

/** A store in this process that remembers what it asks the database. */
export class ListeningStore {
  readonly #database: ListeningDatabase;
  readonly store: FhirStore;

  constructor({ infrastructure }: Installation) {
    const url = serviceUrl(infrastructure.databaseUrl, 'referral');
    const database = { url, schema: schemaOf('referral'), applicationName: 'ginnel-bench', maxConnections: 4 };
    this.#database = new ListeningDatabase(database);
    const types = heldTypes(referralService);
    this.store = new FhirStore(this.#database, { types, cursorSecret: '', now: () => new Date() });
  }

  /** The statements of this work, in their order. */
  async heard(work: (store: FhirStore) => Promise<unknown>): Promise<Statement[]> {
    this.#database.statements.length = 0;
    await work(this.store);
    return [...this.#database.statements];
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

class ListeningDatabase extends Database {
  readonly statements: Statement[] = [];

  override as(audience: readonly string[]): Session {
    const session = super.as(audience);
    return {
      query: <Row>(statement: Statement) => {
        this.statements.push(statement);
        return session.query<Row>(statement);
      },
    };
  }
}

const batch = 500;

/** Fills the store by its own write path; its events are not sent, because nobody hears them here. */
export async function preload(installation: Installation): Promise<void> {
  const { admin, log, settings } = installation;
  const listening = new ListeningStore(installation);
  try {
    for (let from = 0; from < settings.rows; from += batch) {
      const places = Array.from({ length: Math.min(batch, settings.rows - from) }, (_, at) => from + at);
      const act = { agent: 'bench', interaction: 'bench', correlationId: `bench-${String(from)}` };
      await listening.store.commit(places.flatMap(writesOf), act);
    }
  } finally {
    await listening.close();
  }
  await admin.query('DELETE FROM referral.outbox');
  await admin.query('VACUUM ANALYZE');
  await admin.query('CHECKPOINT');
  log(`Preloaded ${String(settings.rows)} Tasks and as many Patients`);
}

function writesOf(at: number): Write[] {
  return [
    { interaction: 'create', resource: sampleTask(at), audience: [practice, providerOf(at)].sort() },
    { interaction: 'create', resource: samplePatient(at), audience: [practice] },
  ];
}
