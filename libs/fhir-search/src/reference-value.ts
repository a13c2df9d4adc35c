import { resourceIdOf } from '#fhir';

const version = /\/_history\/[A-Za-z0-9\-.]{1,64}$/;
/** As nearly all are. */
const relative = /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/;
const typeAndId = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}$/;

/** How a literal reference is indexed and sought: `Task/1`, an absolute URL as it stands, neither with its version. */
export function referenceValue(literal: string): string | undefined {
  if (relative.test(literal)) return literal;
  if (/^https?:\/\/\S+$/.test(literal)) return literal.replace(version, '');
  const found = resourceIdOf(literal);
  return found && `${found.type}/${found.id}`;
}

/** The type that a literal names. */
export function typeIn(literal: string): string | undefined {
  if (relative.test(literal)) return literal.slice(0, literal.indexOf('/'));
  return typeAndId.exec(literal.replace(version, ''))?.[1];
}
