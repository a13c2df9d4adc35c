import { Injectable } from '@nestjs/common';
import { type Caller, readerMarks } from '#auth';
import { everyone, FhirError } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { Database } from '#postgres';
import { digestOf } from './secret.js';

/** A session that a one-time code opened, of the client that redeemed it. */
export const sessionHeader = 'ginnel-task-session';

/** As whom a turn is made: the caller itself, or, in a session, the provider of that one Task. */
@Injectable()
export class FindSession {
  constructor(private readonly database: Database) {}

  async execute(request: FhirRequest): Promise<FhirRequest> {
    const { [sessionHeader]: session } = request.headers;
    if (session === undefined) return request;
    const { caller, act, id = '', now } = request;
    const [row] = await this.database.as(everyone).query<{ organisation: string }>({
      name: 'task-code-session',
      text: `SELECT organisation FROM task_code
             WHERE session_digest = $1 AND task_id = $2 AND redeemed_by = $3 AND revoked_at IS NULL AND session_ends_at > $4`,
      values: [digestOf(session), id, caller.client, now],
    });
    if (!row) {
      const diagnostics =
        'This session is not for this Task, is not yours, or has ended. Redeem a new code with Task/$redeem-code.';
      throw FhirError.of('forbidden', diagnostics);
    }
    const { organisation } = row;
    return { ...request, caller: inSession(caller, organisation), act: { ...act, organisation } };
  }
}

/** The client, as it stands to the Task of its session. */
export function inSession({ client, user, scopes }: Caller, organisation: string): Caller {
  const own = { role: 'provider' as const, organisation, ...(scopes ? { scopes } : {}) };
  return { client, ...own, ...(user === undefined ? {} : { user }), audience: readerMarks(own) };
}
