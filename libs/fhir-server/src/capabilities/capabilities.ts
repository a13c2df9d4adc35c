import { stringifyJson } from '#fhir';
import type { FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import { capabilityStatementOf } from './capability-statement.js';
import { docsPageOf } from './docs-page.js';
import { openApiOf } from './open-api.js';
import type { Release } from './release.js';

/** What this server says of itself; made once, of what is wired. */
export interface Capabilities {
  statement: FhirResponse;
  openApi: FhirResponse;
  docs: FhirResponse;
}

export function capabilitiesOf(serving: Serving, release: Release): Capabilities {
  const openApi = openApiOf(serving, release);
  return {
    statement: { status: 200, content: stringifyJson(capabilityStatementOf(serving, release)) },
    openApi: { status: 200, content: JSON.stringify(openApi), contentType: 'application/json; charset=utf-8' },
    docs: docsPageOf(openApi),
  };
}
