import type { Audience } from '#fhir';
import type { Role } from './caller.js';
import { grantsOf } from './scope-grants.js';

export interface Reader {
  role: Role;
  organisation?: string;
  /** What the issuer knows a patient's link by. */
  patient?: string;
  scopes?: readonly string[];
}

/**
 * As whom a caller reads: its organisation and the public, the same with the labels that its scopes open, and what its scopes
 * leave of a type. Without scopes, what is labelled R or V stays closed.
 */
export function readerMarks(reader: Reader): Audience {
  const grants = grantsOf(reader);
  const plain = [...ownMark(reader), 'public'];
  const labelled = (grants?.labels ?? []).flatMap((label) => plain.map((mark) => `${mark}#${label}`));
  const narrowings = (grants?.narrowings ?? []).map(({ type, query }) => `${type}?${query}`);
  return [...plain, ...labelled, ...narrowings];
}

/** An id as FHIR writes it: no mark can be made of it that means something else. */
export function isMark(id: string): boolean {
  return /^[A-Za-z0-9\-.]{1,64}$/.test(id) && id !== 'public';
}

function ownMark({ role, organisation, patient }: Reader): string[] {
  if (role === 'operator') return [];
  const mark = role === 'patient' ? patient && `patient-link.${patient}` : organisation;
  return mark === undefined || mark === '' ? [] : [mark];
}
