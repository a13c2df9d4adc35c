import pg from 'pg';
import { eventually } from './eventually.js';
import { type World } from './world.js';

/** What stands in a world's tables, which no caller is shown. */
export class Tables {
  constructor(private readonly world: () => World) {}

  async on<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.world().databaseUrl });
    await client.connect();
    return work(client).finally(() => client.end());
  }

  /** Waits until the referral service has dealt with an event of this resource. */
  async heard(resource: string): Promise<void> {
    const text = 'SELECT 1 FROM referral.inbox_position WHERE resource = $1';
    const positions = () => this.on(async (client) => (await client.query(text, [resource])).rows.length);
    await eventually(positions, (count) => count > 0);
  }

  /** Waits until those who keep answers have looked for what hangs on this version of a referral. */
  async follows(request: string, version: number): Promise<void> {
    const text = `SELECT 1 FROM questionnaire.inbox_position
                  WHERE consumer = 'questionnaire-follows-readers' AND resource = $1 AND sequence >= $2`;
    const positions = () => this.on(async (client) => (await client.query(text, [request, version])).rows.length);
    await eventually(positions, (count) => count > 0);
  }

  /** Where the followed copies of a large ServiceRequest and its large Task lie. */
  copiesOf(request: string, part: string): Promise<string[]> {
    return this.on(async (client) => {
      const { rows } = await client.query<{ copy: string }>(
        `SELECT 'ServiceRequest' AS copy FROM questionnaire.service_request WHERE id = $1 AND length(content) > 600000
         UNION SELECT 'Task' FROM outcomes.task WHERE id = $2 AND length(content) > 600000 AND version = 3 ORDER BY 1`,
        [request, part],
      );
      return rows.map(({ copy }) => copy);
    });
  }

  /** What any service put aside. */
  parked(): Promise<string[]> {
    return this.on(async (client) => {
      const found: string[] = [];
      for (const schema of ['referral', 'activity_directory', 'questionnaire', 'outcomes', 'subscriptions']) {
        const { rows } = await client.query<{ consumer: string; detail: string }>(
          `SELECT consumer, detail FROM ${schema}.dead_letter`,
        );
        found.push(...rows.map(({ consumer, detail }) => `${consumer}: ${detail}`));
      }
      return found;
    });
  }
}
