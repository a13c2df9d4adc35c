import { type Fields, isFields } from '../fields.js';
import { type Inspection } from '../inspection.js';

/** The resource that a Reference names, where it is contained or an entry of the same Bundle. */
export function resolved(value: unknown, { container, bundle }: Inspection): Fields | undefined {
  const literal = isFields(value) ? value.reference : value;
  if (typeof literal !== 'string') return undefined;
  return literal.startsWith('#') ? container?.find(literal.slice(1)) : bundle?.find(literal);
}

/** The type that a Reference names, as far as it can be told. */
export function namedType(value: unknown, inspection: Inspection): string | undefined {
  if (!isFields(value)) return undefined;
  const found = resolved(value, inspection)?.resourceType;
  if (typeof found === 'string') return found;
  const literal = typeof value.reference === 'string' ? value.reference : '';
  const named = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(literal)?.[1];
  return named ?? (typeof value.type === 'string' ? value.type : undefined);
}
