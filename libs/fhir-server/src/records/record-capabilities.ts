import type { CapabilityStatementRestResource } from 'fhir/r4';
import { type SearchParameter, searchParameter } from '#fhir-search';
import { auditParameters } from '../audit/audit-query.js';
import { provenanceParameters } from './provenances.js';
import { type RecordType, recordTypes } from './record-route.js';

const codes: Readonly<Record<RecordType, readonly string[]>> = {
  AuditEvent: auditParameters,
  Provenance: provenanceParameters,
};

export function recordParametersOf(type: RecordType): SearchParameter[] {
  return codes[type].flatMap((code) => searchParameter(type, code) ?? []);
}

/** What is done with records of every service: they are read and searched, never written by clients. */
export function recordCapabilities(): CapabilityStatementRestResource[] {
  return recordTypes.map((type) => ({
    type,
    interaction: [{ code: 'read' }, { code: 'search-type' }],
    versioning: 'no-version',
    searchParam: recordParametersOf(type).map((parameter) => ({
      name: parameter.code,
      definition: parameter.url,
      type: parameter.type,
    })),
  }));
}
