import type { ServiceRequest, Task } from 'fhir/r4';
import pg from 'pg';
import { grouped } from './grouped.js';

/** A version as it was committed, with its event. */
export interface Version<R = Task> {
  id: string;
  version: number;
  resource: R;
  event: string | null;
  correlationId: string | null;
  agent: string | null;
}

/** One wish with everything that was made of it. */
export interface History {
  request: string;
  wish: Version<ServiceRequest>[];
  parents: Version[][];
  parts: Version[][];
  /** The record of the person says so, or a part of some referral of that person does. */
  hasDied: boolean;
}

const versions = `
  SELECT v.id, v.version, v.content, o.type AS event, o.correlation_id AS "correlationId", o.agent
  FROM referral.every_version v LEFT JOIN referral.outbox o
    ON o.resource_type = v.type AND o.resource_id = v.id AND o.version = v.version
  WHERE v.type = $1 AND v.id = ANY ($2) ORDER BY v.id, v.version`;

const died = `
  SELECT 'Patient/' || id AS person FROM referral.patient
  WHERE content::jsonb ? 'deceasedDateTime' OR content::jsonb ->> 'deceasedBoolean' = 'true'
  UNION SELECT content::jsonb #>> '{for,reference}' FROM referral.task
  WHERE content::jsonb ? 'partOf' AND content LIKE '%"patient-died"%'`;

const wishesAtATime = 100;

/** What stands in the tables, which no caller is shown. */
export class Facts {
  private constructor(private readonly client: pg.Client) {}

  static async connect(adminUrl: string): Promise<Facts> {
    const client = new pg.Client({ connectionString: adminUrl });
    await client.connect();
    return new Facts(client);
  }

  close(): Promise<void> {
    return this.client.end();
  }

  async rows<R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
    return (await this.client.query<R>(text, values)).rows;
  }

  /** So that events are found by what they are about. */
  async index(): Promise<void> {
    await this.rows('CREATE INDEX IF NOT EXISTS outbox_about ON referral.outbox (resource_id, version)');
    await this.rows('CREATE INDEX IF NOT EXISTS outbox_caused ON referral.outbox (correlation_id)');
    await this.rows('ANALYZE referral.outbox');
  }

  /** Each wish with its whole history, some at a time. */
  async *histories(): AsyncGenerator<History> {
    const tasks = await this.rows<{ id: string; request: string }>(
      `SELECT id, content::jsonb #>> '{focus,reference}' AS request FROM referral.task
       WHERE content::jsonb #>> '{focus,reference}' LIKE 'ServiceRequest/%' AND content LIKE '%"fulfill"%'`,
    );
    const dead = new Set((await this.rows<{ person: string }>(died)).map(({ person }) => person));
    const wishes = [...grouped(tasks, ({ request }) => request)];
    for (let at = 0; at < wishes.length; at += wishesAtATime) {
      const some = wishes.slice(at, at + wishesAtATime);
      const requests = some.map(([reference]) => idOf(reference));
      const wished = await this.#versions<ServiceRequest>('ServiceRequest', requests);
      const known = await this.#versions<Task>(
        'Task',
        some.flatMap(([, of]) => of.map(({ id }) => id)),
      );
      for (const [reference, of] of some)
        yield historyOf(idOf(reference), {
          wished,
          tasks: of.map(({ id }) => known.get(id) ?? []),
          dead,
        });
    }
  }

  /** Wishes that were sent and have no Task. */
  async lost(): Promise<string[]> {
    const found = await this.rows<{ id: string }>(
      `SELECT id FROM referral.service_request WHERE NOT deleted AND content::jsonb ->> 'status' <> 'draft'
       EXCEPT SELECT split_part(content::jsonb #>> '{focus,reference}', '/', 2) FROM referral.task`,
    );
    return found.map(({ id }) => `ServiceRequest/${id} has no Task`);
  }

  /** Types of the events of Tasks, and how often each was. */
  async events(): Promise<{ event: string; count: number }[]> {
    return this.rows(
      `SELECT type AS event, count(*)::int AS count FROM referral.outbox WHERE resource_type = 'Task' GROUP BY 1`,
    );
  }

  async #versions<R>(type: string, ids: readonly string[]): Promise<Map<string, Version<R>[]>> {
    const found = await this.rows<Omit<Version<R>, 'resource'> & { content: string }>(versions, [type, ids]);
    const parsed = found.map(({ content, ...one }) => ({ ...one, resource: JSON.parse(content) as R }));
    return grouped(parsed, ({ id }) => id);
  }
}

interface Found {
  wished: Map<string, Version<ServiceRequest>[]>;
  tasks: Version[][];
  /** References of people. */
  dead: ReadonlySet<string>;
}

function historyOf(request: string, { wished, tasks, dead }: Found): History {
  const isPart = (task: Version[]): boolean => task[0]?.resource.partOf !== undefined;
  return {
    request,
    wish: wished.get(request) ?? [],
    parents: tasks.filter((task) => !isPart(task)),
    parts: tasks.filter(isPart),
    hasDied: dead.has(wished.get(request)?.[0]?.resource.subject.reference ?? ''),
  };
}

/** The last of them. */
export function now<R>(versions: readonly Version<R>[]): R | undefined {
  return versions.at(-1)?.resource;
}

function idOf(reference: string): string {
  return reference.split('/')[1] ?? '';
}
