import type { FhirResource, Parameters } from 'fhir/r4';
import { error, FhirError, parseJson, stringifyJson } from '#fhir';
import type { Limits } from '../../limits.js';
import { applyFhirPathPatch } from './fhirpath-patch.js';
import { applyJsonPatch, type JsonPatchOperation, jsonPatchIn } from './json-patch.js';

/** How a client says what is to change. XML Patch is not taken: https://hl7.org/fhir/R4/http.html#patch */
export type Patch =
  { form: 'json'; operations: readonly JsonPatchOperation[] } | { form: 'fhirpath'; parameters: Parameters };

/** What a resource may come to by a patch: the same as by a body. */
export type PatchLimits = Pick<Limits, 'bodyBytes' | 'jsonDepth'>;

/** The patch in a parsed body: a list of RFC 6902 operations, or Parameters whose structure was judged before. */
export function patchIn(body: unknown): Patch {
  if (isParameters(body)) return { form: 'fhirpath', parameters: body };
  return { form: 'json', operations: jsonPatchIn(body) };
}

/** The resource as the patch wants it: all operations, or none; the one given is left as it is. */
export function patched(patch: Patch, resource: FhirResource, limits: PatchLimits): FhirResource {
  const changed =
    patch.form === 'json' ? applyJsonPatch(patch.operations, resource) : applyFhirPathPatch(patch.parameters, resource);
  refuseNewIdentity(resource, changed);
  return readAgain(changed, limits);
}

/** What is stored must be such that it can be read: neither too deep nor too long. */
function readAgain(changed: FhirResource, { bodyBytes, jsonDepth: maxDepth }: PatchLimits): FhirResource {
  const text = stringifyJson(changed);
  if (Buffer.byteLength(text) > bodyBytes) {
    const diagnostics = `The patched resource is longer than this server takes: ${String(bodyBytes)} bytes.`;
    throw FhirError.of('too-long', diagnostics);
  }
  try {
    return parseJson(text, { maxDepth }) as FhirResource;
  } catch (thrown) {
    throw thrown instanceof FhirError ? new FhirError(thrown.issues, { status: 422 }) : thrown;
  }
}

function isParameters(body: unknown): body is Parameters {
  return typeof body === 'object' && body !== null && 'resourceType' in body && body.resourceType === 'Parameters';
}

/** What a resource is, and what the server says of its version, no patch may change. */
function refuseNewIdentity(before: FhirResource, after: FhirResource): void {
  const kept: [element: string, value: (resource: FhirResource) => unknown][] = [
    ['resourceType', ({ resourceType }) => resourceType],
    ['id', ({ id }) => id],
    ['meta.versionId', ({ meta }) => meta?.versionId],
    ['meta.lastUpdated', ({ meta }) => meta?.lastUpdated],
  ];
  const issues = kept
    .filter(([, value]) => value(before) !== value(after))
    .map(([element]) => `${before.resourceType}.${element}`)
    .map((element) => error('business-rule', `A patch may not change ${element}; the server sets it.`, element));
  if (issues.length > 0) throw new FhirError(issues, { status: 422 });
}
