import type { FhirResource } from 'fhir/r4';
import type { ServedType } from '../faces.js';
import { type Headers, ifMatchOf } from '../headers.js';
import type { Patch } from './patch/patch.js';

/** One write as a client asks for it: by a request of its own, or by an entry of a Bundle. */
export type AskedWrite = { served: ServedType } & (
  | { interaction: 'create'; resource: FhirResource; ifNoneExist?: URLSearchParams }
  | { interaction: 'update'; place: Place; resource: FhirResource; conditions: Conditions }
  | { interaction: 'patch'; place: Place; patch: Patch; conditions: Conditions }
  | { interaction: 'delete'; place: Place; conditions: Conditions; atMost?: number }
);

export type Asked<I extends AskedWrite['interaction']> = Extract<AskedWrite, { interaction: I }>;

/** Which resource is meant: one by its id, or the one that meets criteria (`Patient?identifier=…`). */
export type Place = { id: string } | { criteria: URLSearchParams };

/** What must hold of the version that is there now. */
export interface Conditions {
  /** Of If-Match: the version that the client read. */
  version?: number;
  /** Of If-Match, as `*`: there must be one, whichever. */
  any?: true;
  /** If-None-Match: `*` where there may be none, or ETags of versions that it may not be. */
  unless?: string;
}

export function conditionsOf(headers: Headers): Conditions {
  const match = ifMatchOf(headers['if-match']);
  const unless = headers['if-none-match'];
  return { ...matching(match), ...(unless === undefined ? {} : { unless }) };
}

function matching(match: number | '*' | undefined): Conditions {
  if (match === undefined) return {};
  return match === '*' ? { any: true } : { version: match };
}

/** True where the client does not name the resource by its id. */
export function isConditional(asked: AskedWrite): boolean {
  return asked.interaction === 'create' ? asked.ifNoneExist !== undefined : 'criteria' in asked.place;
}
