import type { AuditEvent } from 'fhir/r4';

/** A row of an audit table, as JSON. */
export interface AuditTableRow {
  schema: string;
  id: string;
  recorded: string;
  agent: string;
  organisation?: string | null;
  interaction: string;
  entities: readonly string[];
  outcome?: string | null;
}

/** https://hl7.org/fhir/R4/auditevent.html */
export function auditEventOf({
  schema,
  id,
  recorded,
  agent,
  organisation,
  interaction,
  entities,
}: AuditTableRow): AuditEvent {
  return {
    resourceType: 'AuditEvent',
    id: `${schema.replaceAll('_', '-')}.${id}`,
    type: {
      system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
      code: 'rest',
      display: 'RESTful Operation',
    },
    subtype: [{ code: interaction }],
    recorded: new Date(recorded).toISOString(),
    agent: [
      {
        requestor: true,
        who: {
          identifier: { value: agent },
          ...(organisation ? { display: `Organization/${organisation}` } : {}),
        },
      },
    ],
    source: { observer: { display: `Ginnel ${schema}` } },
    entity: entities.map((reference) => ({ what: { reference } })),
  };
}
