import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { Database } from '#postgres';

/** Ends the codes of a Task, and the sessions that were opened with them. */
@Injectable()
export class RevokeCodes {
  constructor(private readonly database: Database) {}

  /** How many it ended. */
  async execute({ taskId, now }: { taskId: string; now: Date }): Promise<number> {
    const ended = await this.database.as(everyone).query({
      name: 'task-code-revoke',
      text: `UPDATE task_code SET revoked_at = $2
             WHERE task_id = $1 AND revoked_at IS NULL AND coalesce(session_ends_at, ends_at) > $2 RETURNING 1`,
      values: [taskId, now],
    });
    return ended.length;
  }
}
