import type { Reference } from 'fhir/r4';
import { type Check, type Inspection } from './inspection.js';
import { quotedName } from './quoting.js';
import { type Structures } from './structures.js';

/** Holds a sound Reference against the types its element may name. https://hl7.org/fhir/R4/references.html */
export function referenceRule(targets: readonly string[] | undefined, { resourceTypes }: Structures): Check {
  const allowed = targets && new Set(targets);
  const known = new Set(resourceTypes);
  return (value, inspection) => {
    const { reference, type } = value as Reference;
    const named = reference === undefined ? undefined : targetOf(reference, known, inspection);
    const stated = type !== undefined && known.has(type) ? type : named;
    const target = named ?? stated;
    if (target !== stated) {
      inspection.fault(
        'value',
        `Reference.type says ${String(stated)}, but the reference is to ${String(target)}.`,
        'type',
      );
    } else if (target !== undefined && allowed?.has(target) === false) {
      inspection.fault(
        'value',
        `The reference is to ${target}; allowed is ${[...allowed].join(', ')}.`,
        named === undefined ? 'type' : 'reference',
      );
    }
  };
}

const id = '[A-Za-z0-9.-]{1,64}';
const relative = new RegExp(`^([A-Za-z]+)/${id}(?:/_history/${id})?$`);
const absolute = new RegExp(`/([A-Za-z]+)/${id}(?:/_history/${id})?$`);
const conditional = /^([A-Za-z]+)\?\S+$/;
const uuid = /^urn:uuid:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The type that a literal reference names, if it tells; a literal that can't be one is a fault. */
function targetOf(literal: string, known: ReadonlySet<string>, inspection: Inspection): string | undefined {
  if (literal.startsWith('#')) return containedType(literal.slice(1), inspection);
  if (literal.startsWith('urn:')) return urnType(literal, inspection);
  const type = /^[A-Za-z][A-Za-z0-9+.-]*:/.test(literal)
    ? absoluteType(literal, known, inspection)
    : (relativeType(literal) ?? searchedType(literal, inspection));
  if (type === undefined || known.has(type)) return type;
  const said = `The reference names ${quotedName(type) ?? 'a type'}, which is no resource type of FHIR R4.`;
  inspection.fault('value', said, 'reference');
  return undefined;
}

function relativeType(literal: string): string | undefined {
  return relative.exec(literal)?.[1];
}

function searchedType(literal: string, inspection: Inspection): string | undefined {
  const type = conditional.exec(literal)?.[1];
  if (type === undefined) inspection.fault('value', forms, 'reference');
  else if (inspection.bundle?.isTransaction) return type;
  else inspection.fault('value', 'Only in a transaction may a search stand in place of a reference.', 'reference');
  return undefined;
}

const forms =
  'A reference is Type/id, an absolute URL, urn:uuid: or urn:oid: with its value, or #id of a contained resource.';

function containedType(id: string, inspection: Inspection): string | undefined {
  inspection.container?.use(id);
  const type = inspection.container?.typeOf(id);
  if (type === undefined)
    inspection.fault(
      'invariant',
      'There is no contained resource with the id that is referred to (ref-1).',
      'reference',
    );
  return type;
}

function urnType(literal: string, inspection: Inspection): string | undefined {
  if (literal.startsWith('urn:uuid:') && !uuid.test(literal)) {
    inspection.fault('value', 'urn:uuid: is not followed by a UUID.', 'reference');
    return undefined;
  }
  const type = inspection.bundle?.typeOf(literal);
  if (type === undefined && inspection.bundle?.isWhole) {
    inspection.warn('not-found', 'No entry of this Bundle has the fullUrl that is referred to.', 'reference');
  }
  return type;
}

function absoluteType(literal: string, known: ReadonlySet<string>, inspection: Inspection): string | undefined {
  const type = inspection.bundle?.typeOf(literal) ?? absolute.exec(literal)?.[1];
  return type !== undefined && known.has(type) ? type : undefined;
}
