import type { AuditEvent, AuditEventAgent, AuditEventEntity, CodeableConcept, Coding } from 'fhir/r4';
import type { ServiceName } from '#fhir';
import { actionOf, type AuditRowRead } from '#fhir-store';
import { recordId } from '../records/record-id.js';

const base = 'https://ginnel.org.uk/fhir';
export const clientSystem = `${base}/Id/client`;
export const personSystem = `${base}/Id/user`;
const serviceSystem = `${base}/Id/service`;
const roleSystem = `${base}/CodeSystem/role`;
const interactionSystem = `${base}/CodeSystem/interaction`;
const balp = 'https://profiles.ihe.net/ITI/BALP';
const dicom = 'http://dicom.nema.org/resources/ontology/DCM';
const terminology = 'http://terminology.hl7.org/CodeSystem';

const source: Coding = { system: dicom, code: '110153', display: 'Source Role ID' };
const destination: Coding = { system: dicom, code: '110152', display: 'Destination Role ID' };
const names: Readonly<Record<string, string>> = { C: 'Create', R: 'Read', U: 'Update', D: 'Delete', E: 'Query' };

/**
 * An entry as AuditEvent, by IHE Basic Audit Log Patterns. Ginnel keeps no network addresses: that there was one is said, and
 * that it is masked. https://profiles.ihe.net/ITI/BALP/
 */
export function auditEventOf(row: AuditRowRead, service: ServiceName): AuditEvent {
  const { id, recorded, interaction, status } = row;
  const action = actionOf[interaction] ?? 'E';
  const profile = profileOf(row, action);
  const time = recorded.toISOString();
  return {
    resourceType: 'AuditEvent',
    id: recordId({ service, id }),
    meta: { ...(profile === undefined ? {} : { profile: [profile] }), versionId: '1', lastUpdated: time },
    type: { system: `${terminology}/audit-event-type`, code: 'rest', display: 'RESTful Operation' },
    subtype: [subtypeOf(interaction)],
    action: action as 'C' | 'R' | 'U' | 'D' | 'E',
    recorded: time,
    outcome: status === null || status < 400 ? '0' : status < 500 ? '4' : '8',
    ...(status === null ? {} : { outcomeDesc: `HTTP ${String(status)}` }),
    agent: agentsOf(row, { service, action }),
    source: {
      observer: { identifier: { system: serviceSystem, value: service } },
      type: [{ system: `${terminology}/security-source-type`, code: '4', display: 'Application Server' }],
    },
    entity: entitiesOf(row),
  };
}

/** The patterns are of what succeeded; a refusal, an operation and what a service does by itself follow none of them. */
function profileOf(
  { interaction, status, patients, role, entities }: AuditRowRead,
  action: string,
): string | undefined {
  const isPlain = ['create', 'read', 'vread', 'update', 'patch', 'delete', 'search'].includes(interaction);
  if (!isPlain || role === null || (status !== null && status >= 400)) return undefined;
  if (interaction !== 'search' && entities.length === 0) return undefined;
  return `${balp}/StructureDefinition/IHE.BasicAudit.${patients.length > 0 ? 'Patient' : ''}${names[action] ?? ''}`;
}

function subtypeOf(interaction: string): Coding {
  const rest: Readonly<Record<string, string>> = {
    search: 'search-type',
    history: 'history-instance',
    ...same(['create', 'read', 'vread', 'update', 'patch', 'delete', 'history-type', 'history-system', 'transaction']),
  };
  const code = interaction.startsWith('$') ? 'operation' : rest[interaction];
  return code === undefined
    ? { system: interactionSystem, code: interaction }
    : {
        system: 'http://hl7.org/fhir/restful-interaction',
        code,
        ...(code === 'operation' ? { display: interaction } : {}),
      };
}

function same(codes: readonly string[]): Record<string, string> {
  return Object.fromEntries(codes.map((code) => [code, code]));
}

/** Of a read the client is where it went; of all else, where it came from. */
function agentsOf(row: AuditRowRead, { service, action }: { service: ServiceName; action: string }): AuditEventAgent[] {
  const { agent, organisation, role, person } = row;
  const [client, server] = action === 'R' ? [destination, source] : [source, destination];
  const system = role === null && organisation === null ? serviceSystem : clientSystem;
  return [
    {
      type: { coding: [client] },
      who: { identifier: { system, value: agent } },
      requestor: person === null && organisation === null,
      network: masked,
    },
    {
      type: { coding: [server] },
      who: { identifier: { system: serviceSystem, value: service } },
      requestor: false,
      network: masked,
    },
    ...behind(row),
  ];
}

/** On whose behalf the client called: a person who signed in, and an organisation. */
function behind({ organisation, role, person, purpose }: AuditRowRead): AuditEventAgent[] {
  const roles: CodeableConcept[] = role === null ? [] : [{ coding: [{ system: roleSystem, code: role }] }];
  const purposes = purpose === null ? [] : [{ coding: [{ system: `${terminology}/v3-ActReason`, code: purpose }] }];
  const more = {
    ...(roles.length > 0 ? { role: roles } : {}),
    ...(purposes.length > 0 ? { purposeOfUse: purposes } : {}),
  };
  const signedIn = { identifier: { system: personSystem, value: person ?? '' } };
  const theirs = { reference: `Organization/${organisation ?? ''}` };
  return [
    ...(person === null ? [] : [{ type: user, who: signedIn, requestor: true, ...more }]),
    ...(organisation === null ? [] : [{ who: theirs, requestor: person === null, ...more }]),
  ];
}

const user: CodeableConcept = {
  coding: [{ system: `${terminology}/v3-ParticipationType`, code: 'IRCP', display: 'information recipient' }],
};
const masked = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }],
};

function entitiesOf(row: AuditRowRead): AuditEventEntity[] {
  const { entities, patients, target, query, requestId, correlationId } = row;
  const shown =
    entities.length > 0 ? entities : target?.includes('/~') === false && target.includes('/') ? [target] : [];
  const sought = query === null && row.interaction !== 'search' ? [] : [queryEntity(target, query)];
  return [
    ...patients.map((reference) => entityOf({ reference }, person, patient)),
    ...shown.map((reference) => entityOf({ reference }, systemObject, domainResource)),
    ...sought,
    ...(requestId === null ? [] : [transaction('XrequestId', requestId)]),
    transaction('XcorrelationId', correlationId),
  ];
}

const person: Coding = { system: `${terminology}/audit-entity-type`, code: '1', display: 'Person' };
const systemObject: Coding = { system: `${terminology}/audit-entity-type`, code: '2', display: 'System Object' };
const patient: Coding = { system: `${terminology}/object-role`, code: '1', display: 'Patient' };
const domainResource: Coding = { system: `${terminology}/object-role`, code: '4', display: 'Domain Resource' };
const queryRole: Coding = { system: `${terminology}/object-role`, code: '24', display: 'Query' };

function entityOf(what: AuditEventEntity['what'], type: Coding, role: Coding): AuditEventEntity {
  return { ...(what ? { what } : {}), type, role };
}

/** What was asked for, its parameters by name: their values may be somebody's. */
function queryEntity(target: string | null, query: string | null): AuditEventEntity {
  const [parameters = '', digest = ''] = (query ?? '').split('~');
  const text = `${target ?? ''}${parameters === '' ? '' : `?${parameters}`}`;
  return {
    type: systemObject,
    role: queryRole,
    description: text === '' ? 'A query that was not understood' : text,
    query: Buffer.from(`${text}${digest === '' ? '' : `#${digest}`}`).toString('base64'),
  };
}

function transaction(code: 'XrequestId' | 'XcorrelationId', value: string): AuditEventEntity {
  const system = code === 'XrequestId' ? `${balp}/CodeSystem/BasicAuditEntityType` : `${base}/CodeSystem/audit-entity`;
  return { type: { system, code }, what: { identifier: { value } } };
}
