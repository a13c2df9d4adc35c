import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { Database } from '#postgres';
import { digestOf, newSecret } from './secret.js';

export interface MintedCode {
  /** Told once, and stored nowhere. */
  code: string;
  endsAt: Date;
}

const lifeMs = 7 * 86_400_000;
const keptMs = 90 * 86_400_000;

/** Makes a one-time code for one Task of an organisation; an earlier one that nobody has redeemed ends with it. */
@Injectable()
export class MintCode {
  constructor(private readonly database: Database) {}

  async execute({
    taskId,
    organisation,
    client,
    now,
  }: Readonly<Record<'taskId' | 'organisation' | 'client', string>> & { now: Date }): Promise<MintedCode> {
    const code = newSecret();
    const endsAt = new Date(now.getTime() + lifeMs);
    await this.database.transaction(everyone, async (tx) => {
      await tx.query({
        name: 'task-code-replace',
        text: `UPDATE task_code SET revoked_at = $2 WHERE task_id = $1 AND redeemed_at IS NULL AND revoked_at IS NULL`,
        values: [taskId, now],
      });
      await tx.query({
        name: 'task-code-mint',
        text: `INSERT INTO task_code (digest, task_id, organisation, minted_by, minted_at, ends_at)
               VALUES ($1, $2, $3, $4, $5, $6)`,
        values: [digestOf(code), taskId, organisation, client, now, endsAt],
      });
      await tx.query({
        name: 'task-code-drop-old',
        text: 'DELETE FROM task_code WHERE ends_at < $1',
        values: [new Date(now.getTime() - keptMs)],
      });
    });
    return { code, endsAt };
  }
}
