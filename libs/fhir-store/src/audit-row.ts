import { createHash, randomUUID } from 'node:crypto';
import type { Act, Stored } from './stored.js';

/** What the audit keeps of one act. */
export interface AuditRow {
  id: string;
  recorded: Date;
  agent: string;
  organisation: string | null;
  interaction: string;
  requestId: string | null;
  correlationId: string;
  /** References with their versions. */
  entities: readonly string[];
  digest: Buffer;
}

export function auditRowOf(act: Act, versions: readonly Stored[], recorded: Date): AuditRow {
  const { agent, interaction, correlationId, organisation = null, requestId = null } = act;
  const id = randomUUID();
  const entities = versions.map((stored) => `${stored.type}/${stored.id}/_history/${String(stored.version)}`);
  const sealed = [id, recorded.toISOString(), agent, organisation, interaction, entities, requestId, correlationId];
  const digest = createHash('sha256').update(JSON.stringify(sealed)).digest();
  return { id, recorded, agent, organisation, interaction, requestId, correlationId, entities, digest };
}
