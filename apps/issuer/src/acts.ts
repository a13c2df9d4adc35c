import type { Database } from '#postgres';

/** Something that was done to a client, a person or a signing key. */
export interface Act {
  at: Date;
  kind: 'client' | 'person' | 'signing_key';
  /** Its id, a person's pseudonymous one. */
  subject: string;
  verb: 'added' | 'changed' | 'removed';
  /** What it was after that, or before it was removed; without secrets and names. */
  content: Record<string, unknown>;
}

/** What was done, as the database noted it with each change; nobody but its owner can take a line out. */
export class Acts {
  constructor(private readonly database: Database) {}

  /** In the order in which it was done; of everything where no subject is named. */
  list(subject?: string): Promise<Act[]> {
    return this.database.as(['*']).query<Act>({
      text: `SELECT at, kind, subject, verb, content FROM act WHERE $1::text IS NULL OR subject = $1 ORDER BY id`,
      values: [subject ?? null],
    });
  }
}
