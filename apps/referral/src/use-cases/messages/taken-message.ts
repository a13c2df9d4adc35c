import type { FhirResource } from 'fhir/r4';
import type { Issue } from '#fhir';
import type { Write } from '#fhir-store';
import type { MessageAnswer } from '../../domain/bars/index.js';

/** What a message is to change, in one commit, and what it is answered then. */
export interface TakenMessage {
  writes: readonly Write[];
  /** The resource that a duplicate of the request is pointed to. */
  target: { type: string; id: string };
  ids: ReadonlyMap<FhirResource, string>;
  states?: MessageAnswer['states'];
  encounter?: MessageAnswer['encounter'];
  /** What the sender should know. */
  remarks: readonly Issue[];
}
