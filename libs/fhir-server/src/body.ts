import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { FhirResource } from 'fhir/r4';
import { FhirError, isFault, parseJson } from '#fhir';
import type { Validator } from '#fhir-validation';
import { inflated } from './formats/compression.js';
import type { Format } from './formats/negotiation.js';
import { parseXml } from './formats/xml-reader.js';
import { type Limits, refuseLongStrings } from './limits.js';

/** What is read and thrown away beyond the limit, so that the client hears the answer before the connection closes. */
const drained = 32 * 1024 * 1024;

/** The body as text: of a limited length and in UTF-8, because a broken letter would be stored for good. */
export async function readBody(
  payload: Readable,
  { limit, encoding }: { limit: number; encoding?: string | undefined },
): Promise<string> {
  const bytes = await readBytes(payload, { limit, encoding });
  if (!isUtf8(bytes)) throw FhirError.of('structure', 'The body is not UTF-8.');
  return bytes.toString('utf8');
}

/** The body as it is, of a limited length. */
export async function readBytes(
  payload: Readable,
  { limit, encoding }: { limit: number; encoding?: string | undefined },
): Promise<Buffer> {
  const sent = await received(payload, limit);
  return encoding === 'gzip' ? inflated(sent, limit) : sent;
}

async function received(payload: Readable, limit: number): Promise<Buffer> {
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
  if (length <= limit) return Buffer.concat(chunks);
  throw FhirError.of('too-long', `The body is longer than this server takes: ${String(limit)} bytes.`);
}

/** What a body says, in the format that its Content-Type names; nothing of it is judged yet. */
export function parsedBody(text: string, format: Format, limits: Limits): unknown {
  if (text.trim() === '') throw FhirError.of('required', 'The body is empty; send one resource.');
  const { jsonDepth: maxDepth } = limits;
  const parsed = format === 'xml' ? parseXml(text, { maxDepth }) : parseJson(text, { maxDepth });
  refuseLongStrings(parsed, text, limits);
  return parsed;
}

export interface Expectation {
  /** What an operation says of a body before its structure is judged. */
  judge?: (received: unknown) => void;
  expectedType?: string;
  /** Its structure is somebody else's to judge. */
  unjudged?: boolean;
}

/** The resource, of the type that the address names; throws every fault of its structure. */
export function checkedResource(
  received: unknown,
  validator: Validator,
  { judge, expectedType, unjudged = false }: Expectation = {},
): FhirResource {
  judge?.(received);
  if (unjudged) return asItStands(received);
  const issues = validator.validate(withoutEntries(received), expectedType === undefined ? {} : { expectedType });
  if (issues.some(isFault)) throw new FhirError(issues);
  return received as FhirResource;
}

/** What is handed over unjudged must at least be a resource by its looks. */
function asItStands(received: unknown): FhirResource {
  const isResource =
    typeof received === 'object' &&
    received !== null &&
    'resourceType' in received &&
    typeof received.resourceType === 'string';
  if (isResource) return received as FhirResource;
  throw FhirError.of('structure', 'The body is no resource: an object with a resourceType is expected.');
}

/** The entries of a batch are judged one by one, each with its own outcome. */
function withoutEntries(received: unknown): unknown {
  if (!isBatch(received)) return received;
  const { entry } = received;
  if (!Array.isArray(entry)) return received;
  return {
    ...received,
    entry: entry.map((one: unknown) => {
      if (typeof one !== 'object' || one === null || !('resource' in one)) return one;
      const { resource, ...rest } = one;
      const isJudgedLater = typeof resource === 'object' && resource !== null && 'request' in rest;
      return isJudgedLater ? rest : one;
    }),
  };
}

function isBatch(received: unknown): received is { entry?: unknown } {
  if (typeof received !== 'object' || received === null) return false;
  const { resourceType, type } = received as { resourceType?: unknown; type?: unknown };
  return resourceType === 'Bundle' && type === 'batch';
}
