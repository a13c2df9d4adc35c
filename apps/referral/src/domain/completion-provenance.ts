import type { Provenance, ServiceRequest, Task } from 'fhir/r4';
import { base } from './codes.js';

/** Who closed a ServiceRequest: Ginnel, on behalf of the requester, because its Task was completed. */
export function completionProvenance(
  request: ServiceRequest,
  parent: Task,
  { version, act, now }: { version: number; act: { correlationId: string }; now: Date },
): Provenance {
  return {
    resourceType: 'Provenance',
    target: [{ reference: `ServiceRequest/${request.id ?? ''}/_history/${String(version)}` }],
    recorded: now.toISOString(),
    activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'UPDATE' }] },
    agent: [
      {
        who: { identifier: { system: `${base}/Id/service`, value: 'referral' } },
        ...(parent.requester ? { onBehalfOf: parent.requester } : {}),
      },
    ],
    entity: [
      { role: 'source', what: { reference: `Task/${parent.id ?? ''}` } },
      { role: 'source', what: { identifier: { system: `${base}/Id/correlation`, value: act.correlationId } } },
    ],
  };
}
