import { isOwnedType, owners } from '#fhir';

/** A reference without a version: `Task/1`. */
export type Ref = string;

/** What many people share: it is never erased with one of them, only what it says of him. */
const shared: ReadonlySet<string> = new Set([
  ...owners['activity-directory'],
  ...['Questionnaire', 'ValueSet', 'CodeSystem', 'ConceptMap', 'Measure', 'Library', 'Basic'],
]);

/** Kept by services beside what they own. */
const kept: ReadonlySet<string> = new Set(['Provenance', 'Bundle', 'AuditEvent']);

export function refOf({ type, id }: { type: string; id: string }): Ref {
  return `${type}/${id}`;
}

/** Whether resources of its type are about people. */
export function isPersonal(ref: Ref): boolean {
  const [type = ''] = ref.split('/');
  return kept.has(type) || (isOwnedType(type) && !shared.has(type));
}

/** Whatever the text of a resource names, as a reference, an address or a criterion; of types that are about people. */
export function personalRefsIn(content: string): ReadonlySet<Ref> {
  const found = [...content.matchAll(/(?<![A-Za-z])([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})/g)];
  return new Set(found.map(([ref]) => ref).filter(isPersonal));
}

/** A POSIX expression that finds any of these within a text, and none that only begins alike. */
export function namingAny(refs: readonly Ref[]): string {
  return `(${refs.map((ref) => ref.replaceAll('.', '\\.')).join('|')})($|[^A-Za-z0-9.-])`;
}
