import type { FhirResource } from 'fhir/r4';
import type { Audience, ResourceId } from '#fhir';
import type { AuditedRequest } from './audit/audited-request.js';
import type { Once, OnceAnswer } from './once.js';

/** One version of a resource as it lies in the store. */
export interface Stored {
  type: string;
  id: string;
  /** meta.versionId, counted from 1; also the event's sequence. */
  version: number;
  lastUpdated: Date;
  /** Marks, as the row bears them; what a commit answers does not show yet what a Consent withholds. */
  audience: Audience;
  /** True for the version that a delete made; it has no content. */
  deleted: boolean;
  /** The exact bytes that are served; '' when deleted. */
  content: string;
}

/** What a write asks for. The store sets id (where absent on create), meta.versionId and meta.lastUpdated. */
export type Write = (
  | { interaction: 'create'; resource: FhirResource; audience: Audience }
  | { interaction: 'update'; resource: FhirResource; audience: Audience; version: number }
  | { interaction: 'delete'; type: string; id: string; audience: Audience; version: number }
) & {
  /** The published type, such as `referral-accepted.v1`; by default task-created.v1, task-updated.v1 … */
  event?: string;
  /** Keys that may be used once, ever; somebody faster makes a conflict (409). A place on a slot is one. */
  keys?: readonly string[];
  /** Ids of the Patients that it is about, where its content does not refer to them: a Binary. */
  persons?: readonly string[];
  /** Keys that this resource holds until it is deleted: the criteria of a conditional create, so that exactly one wins. */
  holds?: readonly HeldKey[];
};
// `version` is the version that was read and is replaced; another writer in between makes a conflict (409).

/** A key that a resource holds. Another holder makes DuplicateKey, unless it is the one that is named in `instead`. */
export interface HeldKey {
  key: string;
  /** The holder that no longer meets the criteria: the key passes from it, if it still holds it. */
  instead?: ResourceId;
}

/** On whose behalf and in which conversation a commit happens. */
export interface Act {
  /** Client id, or the service's name for its own handlers. Pseudonymous, never a person's name. */
  agent: string;
  /** Organisation of the agent, where it has one. */
  organisation?: string;
  /** FHIR interaction or operation: create, update, $process-message, on-referral-accepted. */
  interaction: string;
  requestId?: string;
  correlationId: string;
  traceparent?: string;
  /** Keys that may be used once, ever, such as `process-message|<client>|<X-Request-Id>`. A second use throws DuplicateKey. */
  keys?: readonly string[];
  /**
   * The transaction across services that this commit completes. A row of `resource` whose `reserved_by` is set is replaced
   * by the commit that names the same transaction, which also takes the mark away; any other is refused with 409. An id that
   * a transaction is to create may be kept free by a row of version 0, which nobody sees: it becomes version 1 by an update
   * of version 0.
   */
  transaction?: string;
  /** The request that it answers, as far as the audit keeps more of it; a service that acts by itself has none. */
  request?: AuditedRequest;
  /** The request that this commit answers, where it may come again: docs/interactions/idempotency.md. A second one throws RequestDone. */
  once?: Once;
  /** What it is answered with; 200 unless told. */
  onceAnswer?: OnceAnswer;
}

/** A key of an Act was used before, the same request came a second time; or a held key has another holder. */
export class DuplicateKey extends Error {
  constructor(
    readonly key: string,
    options?: { cause?: unknown },
  ) {
    super('This request was processed before.', options);
    this.name = 'DuplicateKey';
  }
}
