import type { Caller } from '#auth';
import type { Act } from '#fhir-store';
import type { Headers } from './headers.js';
import type { FhirRequest } from './operation.js';

/** A request inside another one, such as an entry of a batch: plain data, because another process may answer it. */
export interface InnerRequest {
  /** Below `[base]`: `Patient/1`, `Task?status=requested`. */
  url: string;
  headers: Headers;
  /** GET unless told. */
  method?: FhirRequest['method'];
  /** As parsed from JSON; judged here as the address wants it. */
  body?: unknown;
  caller: Caller;
  act: Act;
  now: Date;
}
