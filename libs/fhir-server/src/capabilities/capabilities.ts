import type { CapabilityStatement } from 'fhir/r4';
import { stringifyJson } from '#fhir';
import type { FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import { capabilityStatementOf } from './capability-statement.js';
import { docsPageOf } from './docs-page.js';
import { openApiOf } from './open-api.js';
import type { Release } from './release.js';

/** What this server says of itself; made of what is wired. */
export interface Capabilities {
  resource: CapabilityStatement;
  statement: FhirResponse;
  openApi: FhirResponse;
  docs: FhirResponse;
}

export function capabilitiesOf(serving: Serving, release: Release): Capabilities {
  const openApi = openApiOf(serving, release);
  const resource = capabilityStatementOf(serving, release);
  return {
    resource,
    statement: { status: 200, content: stringifyJson(resource) },
    openApi: { status: 200, content: JSON.stringify(openApi), contentType: 'application/json; charset=utf-8' },
    docs: docsPageOf(openApi),
  };
}
