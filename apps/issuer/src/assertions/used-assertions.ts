import { hash } from 'node:crypto';
import type { Database } from '#postgres';

/** Remembers assertions until they end of themselves, for all processes together. */
export class UsedAssertions {
  constructor(private readonly database: Database) {}

  /** True for the first who uses this id of this client: one statement, so that of many at once one is the first. */
  async use(client: string, { jti, exp }: { jti: string; exp: number }): Promise<boolean> {
    const first = await this.database.as(['*']).query({
      name: 'issuer-use-assertion',
      text: 'INSERT INTO used_assertion VALUES ($1, $2, to_timestamp($3)) ON CONFLICT DO NOTHING RETURNING client',
      values: [client, hash('sha256', jti, 'base64url'), exp + graceSeconds],
    });
    return first.length === 1;
  }
}

/** Kept a little longer than the assertion lives: clocks of the database and of the processes differ. */
const graceSeconds = 60;
