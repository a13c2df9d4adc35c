import { type Database, onlyForEveryone, type SqlMigration } from '#postgres';

/** Requests that are answered later (`Prefer: respond-async`), and their answers for as long as they are kept. */
export const jobMigration: SqlMigration = {
  name: 'Job1764000000006',
  up: [
    `CREATE TABLE job (
       id uuid PRIMARY KEY, owner text NOT NULL, request text NOT NULL, started timestamptz NOT NULL,
       alive timestamptz NOT NULL, finished timestamptz, cancelled boolean NOT NULL DEFAULT false, answer text)`,
    'CREATE INDEX job_owner ON job (owner, started)',
    'CREATE INDEX job_finished ON job (finished)',
  ],
};

/** Patients whose Consents were applied while a job was at work: what it has read may be withheld by now. */
export const doubtedJobMigration: SqlMigration = {
  name: 'DoubtedJob1764000000502',
  up: [`ALTER TABLE job ADD COLUMN doubted text[] NOT NULL DEFAULT '{}'`],
};

/** An answer holds content, and an address may: no client reads this table. */
export const guardedJobMigration: SqlMigration = { name: 'GuardedJob1764000000501', up: onlyForEveryone('job') };

export interface Job {
  id: string;
  /** Who asked, as text: nobody else is told of it. */
  owner: string;
  /** What was asked for: method and address. */
  request: string;
  started: Date;
  /** When its process last said that it is at work. */
  alive: Date;
  finished?: Date;
  cancelled: boolean;
  /** What came of it, as text, once it has finished. */
  answer?: string;
}

/** Jobs survive the process that does them; what it was doing when it died does not. */
export class Jobs {
  constructor(private readonly database: Database) {}

  /** False where owners whose names begin alike have as many on their way as they may; those of dead processes do not count. */
  async begin(
    job: Pick<Job, 'id' | 'owner' | 'request' | 'started'>,
    { most, of, aliveSince }: { most: number; of: string; aliveSince: Date },
  ): Promise<boolean> {
    const rows = await this.database.as(['*']).query({
      text: `INSERT INTO job (id, owner, request, started, alive)
             SELECT $1, $2, $3, $4, $4 WHERE $5 > (SELECT count(*) FROM job
               WHERE starts_with(owner, $7) AND finished IS NULL AND NOT cancelled AND alive >= $6) RETURNING id`,
      values: [job.id, job.owner, job.request, job.started, most, aliveSince, of],
    });
    return rows.length > 0;
  }

  /** The job is still at work; false where it was cancelled meanwhile. */
  async keepAlive(id: string, now: Date): Promise<boolean> {
    const rows = await this.database.as(['*']).query({
      text: 'UPDATE job SET alive = $2 WHERE id = $1 AND NOT cancelled RETURNING id',
      values: [id, now],
    });
    return rows.length > 0;
  }

  /** An answer that speaks of somebody whose Consent came while it was made is not kept: whoever wants it asks again. */
  async finish(id: string, answer: string, now: Date): Promise<void> {
    const isDoubted = `EXISTS (SELECT 1 FROM unnest(doubted) AS p(id) WHERE position('Patient/' || p.id IN $2) > 0)`;
    await this.database.as(['*']).query({
      text: `UPDATE job SET finished = $3, doubted = '{}', cancelled = ${isDoubted}, answer = CASE WHEN ${isDoubted} THEN NULL ELSE $2 END
             WHERE id = $1 AND NOT cancelled`,
      values: [id, answer, now],
    });
  }

  /** Of this owner only. */
  async find(id: string, owner: string): Promise<Job | undefined> {
    const [row] = await this.database.as(['*']).query<JobRow>({
      text: `SELECT id, owner, request, started, alive, finished, cancelled, answer FROM job
             WHERE id = $1::uuid AND owner = $2 AND NOT cancelled`,
      values: [id, owner],
    });
    if (!row) return undefined;
    const { finished, answer, ...rest } = row;
    return { ...rest, ...(finished ? { finished } : {}), ...(answer === null ? {} : { answer }) };
  }

  /** True where there was one. Its answer is forgotten at once. */
  async cancel(id: string, owner: string): Promise<boolean> {
    const rows = await this.database.as(['*']).query({
      text: `UPDATE job SET cancelled = true, answer = NULL WHERE id = $1::uuid AND owner = $2 AND NOT cancelled RETURNING id`,
      values: [id, owner],
    });
    return rows.length > 0;
  }

  /** Forgets what finished, or was last at work, before this time; and of this owner all but the last answers. */
  async forget(before: Date, { owner, kept }: { owner: string; kept: number }): Promise<void> {
    await this.database.as(['*']).query({
      text: `DELETE FROM job WHERE finished < $1 OR alive < $1 OR id IN (
               SELECT id FROM job WHERE owner = $2 AND (finished IS NOT NULL OR cancelled) ORDER BY started DESC OFFSET $3)`,
      values: [before, owner, kept],
    });
  }
}

type JobRow = Omit<Job, 'finished' | 'answer'> & { finished: Date | null; answer: string | null };
