import { isDeepStrictEqual } from 'node:util';
import type { FhirResource } from 'fhir/r4';

/** Content within a resource: an Attachment with data, or a Binary. */
export interface Content {
  /** Where it stands: `DocumentReference.content[0].attachment`. */
  path: string;
  contentType: string;
  /** base64 */
  data: string;
  /** As told: bytes, and SHA-1 in base64. */
  size?: number;
  hash?: string;
}

/** What a resource holds itself, without what it held before. */
export function contentsIn(resource: FhirResource, before?: FhirResource): Content[] {
  const known = before === undefined ? [] : [...walk(before, before.resourceType)];
  return [...walk(resource, resource.resourceType)].filter(
    (content) => !known.some((one) => isDeepStrictEqual({ ...one, path: '' }, { ...content, path: '' })),
  );
}

/** An Attachment with data names its type (att-1); Signature and SampledData, which have data too, do not. */
function* walk(value: unknown, path: string): Generator<Content> {
  if (Array.isArray(value)) {
    for (const [at, one] of value.entries()) yield* walk(one, `${path}[${String(at)}]`);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const { data, contentType, size, hash } = value as Partial<Record<string, unknown>>;
  if (typeof data === 'string' && typeof contentType === 'string') {
    yield {
      path,
      contentType,
      data,
      ...(typeof size === 'number' ? { size } : {}),
      ...(typeof hash === 'string' ? { hash } : {}),
    };
  }
  for (const [name, one] of Object.entries(value)) yield* walk(one, `${path}.${name}`);
}
