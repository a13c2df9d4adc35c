import type { Bundle, FhirResource } from 'fhir/r4';
import pg from 'pg';
import { idIn, type sendMessage } from './messages.js';
import type { World } from './world.js';

export type Sent = Awaited<ReturnType<typeof sendMessage>>;
type Client = Parameters<World['send']>[0];

/** What a message left behind: what is served, and what is only kept. */
export class KeptRecords {
  constructor(private readonly world: World) {}

  async read<R>(as: Client, place: string): Promise<R> {
    return (await this.world.send<R>(as, { path: `/fhir/${place}` })).body;
  }

  async search(as: Client, query: string): Promise<FhirResource[]> {
    return ((await this.read<Bundle>(as, query)).entry ?? []).flatMap(({ resource }) =>
      resource ? [resource as FhirResource] : [],
    );
  }

  async total(query: string): Promise<number> {
    const counted = `${query}${query.includes('?') ? '&' : '?'}_total=accurate&_count=0`;
    return (await this.read<Bundle>('practice', counted)).total ?? -1;
  }

  /** The message as it was kept; it is not served. */
  async messageOf(sent: Sent): Promise<string> {
    const rows = await this.#sql<{ content: string }>(`SELECT content FROM referral.bundle`);
    const request = `"ServiceRequest/${idIn(sent, 'ServiceRequest')}"`;
    return rows.find(({ content }) => content.includes(request))?.content ?? '';
  }

  async questionnaireEvents(id: string): Promise<string[]> {
    const rows = await this.#sql<{ type: string }>(`SELECT type FROM questionnaire.outbox WHERE resource_id = $1`, [
      id,
    ]);
    return rows.map(({ type }) => type);
  }

  async rowsWith(table: string, text: string): Promise<number> {
    return (await this.#sql(`SELECT 1 FROM ${table} AS t WHERE t::text LIKE '%' || $1 || '%'`, [text])).length;
  }

  async #sql<R extends object>(text: string, values: string[] = []): Promise<R[]> {
    const client = new pg.Client({ connectionString: this.world.databaseUrl });
    await client.connect();
    try {
      return (await client.query<R>(text, values)).rows;
    } finally {
      await client.end();
    }
  }
}
