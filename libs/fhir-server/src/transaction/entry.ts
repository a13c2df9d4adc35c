import type { FhirResource } from 'fhir/r4';
import type { ServiceName } from '#fhir';
import type { Headers } from '../headers.js';
import type { Conditions } from '../interactions/asked-write.js';

/** Where an entry stands, and whose it is. */
interface Placed {
  /** Its number in the Bundle, from 0. */
  at: number;
  /** `Bundle.entry[2]`, for issues. */
  place: string;
  type: string;
  owner: ServiceName;
}

/** One resource by its id, or the one that meets criteria (`identifier=…`). */
export type Address = { id: string } | { criteria: string };

/** A write that an entry asks for; plain data, because it may be another process that does it. */
export type WriteEntry = Placed & { fullUrl?: string } & (
    | { interaction: 'create'; resource: FhirResource; ifNoneExist?: string }
    | { interaction: 'update'; resource: FhirResource; address: Address; conditions: Conditions }
    /** The resource is the patch: Parameters, or a Binary that holds a JSON Patch. */
    | { interaction: 'patch'; resource: FhirResource; address: Address; conditions: Conditions }
    | { interaction: 'delete'; address: Address; conditions: Conditions }
  );

/** A read or search, answered when everything is written. */
export interface ReadEntry extends Placed {
  interaction: 'read';
  /** Below `[base]`, such as `Patient/1` or `Task?status=requested`. */
  url: string;
  headers: Headers;
  /** A HEAD: answered without the resource. */
  head: boolean;
}

/**
 * An entry that is known to be about this resource; none for a patch or delete of what is not there. `isMissing`: nothing
 * meets the criteria of an update, and the id is new. `isThere`: something meets those of a create, whose own resource is not
 * written then.
 */
export type IdentifiedEntry = WriteEntry & { id?: string; isMissing?: boolean; isThere?: boolean };

export function isRead(entry: WriteEntry | ReadEntry): entry is ReadEntry {
  return entry.interaction === 'read';
}

/** In the order of FHIR: what ends, what begins, what changes. https://hl7.org/fhir/R4/http.html#trules */
export function inOrder<E extends { interaction: WriteEntry['interaction'] }>(entries: readonly E[]): E[] {
  const turns: WriteEntry['interaction'][][] = [['delete'], ['create'], ['update', 'patch']];
  return turns.flatMap((turn) => entries.filter(({ interaction }) => turn.includes(interaction)));
}
