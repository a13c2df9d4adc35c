import pg from 'pg';
import type { Sample } from '../comparison.js';
import { quantile } from '../statistics.js';

/** One execution of a prepared statement. */
export interface Execution {
  name: string;
  text: string;
  values: readonly unknown[];
}

/** Connections of the bare driver: each runs one statement after the other, without a pool between. */
export class PgLoad {
  private constructor(private readonly clients: readonly pg.Client[]) {}

  /** As the service logs in: its login, its schema, reading as this audience. */
  static async connect(options: {
    url: string;
    schema: string;
    audience: readonly string[];
    connections: number;
  }): Promise<PgLoad> {
    const { url, schema, audience, connections } = options;
    const settings = `-c search_path=${schema} -c timezone=UTC -c ginnel.audience=${audience.join(',')}`;
    const clients = Array.from(
      { length: connections },
      () => new pg.Client({ connectionString: url, options: settings, application_name: 'ginnel-bench' }),
    );
    await Promise.all(clients.map((client) => client.connect()));
    return new PgLoad(clients);
  }

  async run(next: () => Execution, seconds: number): Promise<Sample> {
    const times: number[] = [];
    const begun = performance.now();
    const end = begun + seconds * 1000;
    await Promise.all(this.clients.map((client) => repeat(client, { next, end, times })));
    const took = (performance.now() - begun) / 1000;
    return { rate: times.length / took, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.end()));
  }
}

async function repeat(
  client: pg.Client,
  { next, end, times }: { next: () => Execution; end: number; times: number[] },
): Promise<void> {
  for (let begun = performance.now(); begun < end; begun = performance.now()) {
    const { name, text, values } = next();
    const { rowCount } = await client.query({ name, text, values: [...values] });
    if (rowCount === 0) throw new Error(`The statement ${name} found nothing.`);
    times.push(performance.now() - begun);
  }
}
