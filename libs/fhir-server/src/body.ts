import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { FhirResource } from 'fhir/r4';
import { FhirError, isFault, parseJson } from '#fhir';
import type { Validator } from '#fhir-validation';

export const defaultBodyLimit = 1024 * 1024;

/** What is read and thrown away beyond the limit, so that the client hears the answer before the connection closes. */
const drained = 32 * 1024 * 1024;

/** The body as text: of a limited length and in UTF-8, because a broken letter would be stored for good. */
export async function readBody(payload: Readable, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of payload as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length <= limit) chunks.push(chunk);
      if (length > drained) break;
    }
  } catch (cause) {
    throw FhirError.of('incomplete', 'The body ended early.', { status: 400, cause });
  }
  if (length > limit) {
    throw FhirError.of('too-long', `The body is longer than this server takes: ${String(limit)} bytes.`);
  }
  const bytes = Buffer.concat(chunks);
  if (!isUtf8(bytes)) throw FhirError.of('structure', 'The body is not UTF-8.');
  return bytes.toString('utf8');
}

/** The resource in a body, of the type that the address names; throws every fault of its structure. */
export function resourceIn(
  text: string,
  validator: Validator,
  { judge, expectedType }: { judge?: (received: unknown) => void; expectedType?: string } = {},
): FhirResource {
  if (text.trim() === '') throw FhirError.of('required', 'The body is empty; send one resource.');
  const resource = parseJson(text);
  judge?.(resource);
  const issues = validator.validate(resource, expectedType === undefined ? {} : { expectedType });
  if (issues.some(isFault)) throw new FhirError(issues);
  return resource as FhirResource;
}
