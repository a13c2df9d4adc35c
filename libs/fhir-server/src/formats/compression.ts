import { promisify } from 'node:util';
import { brotliCompress, constants, gunzip, gzip } from 'node:zlib';
import { FhirError } from '#fhir';

/** What an answer may be compressed with. https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding */
export type Encoding = 'br' | 'gzip';

/** Shorter answers go in one packet as they are. */
const worthwhile = 1024;

const [brotli, zip, unzip] = [promisify(brotliCompress), promisify(gzip), promisify(gunzip)];

/** The best that the client takes; undefined where the answer goes as it is. */
export function encodingFor(accepted: string | undefined, content: string): Encoding | undefined {
  if (accepted === undefined || content.length < worthwhile) return undefined;
  const qualities = new Map(accepted.toLowerCase().split(',').map(codingOf));
  const [br, gz] = [qualities.get('br') ?? 0, qualities.get('gzip') ?? qualities.get('*') ?? 0];
  if (br <= 0 && gz <= 0) return undefined;
  return br >= gz ? 'br' : 'gzip';
}

/** Off the event loop. Quick settings: a slow answer helps nobody. */
export function compress(content: string, encoding: Encoding): Promise<Buffer> {
  return encoding === 'gzip'
    ? zip(content, { level: 5 })
    : brotli(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
}

/** A gzipped body, inflated as far as the limit and no further. */
export async function inflated(bytes: Buffer, limit: number): Promise<Buffer> {
  try {
    return await unzip(bytes, { maxOutputLength: limit });
  } catch (cause) {
    if (isTooLong(cause))
      throw FhirError.of('too-long', `The body, inflated, is longer than this server takes: ${String(limit)} bytes.`, {
        cause,
      });
    throw FhirError.of('structure', 'The body is not gzip, as its Content-Encoding says.', { status: 400, cause });
  }
}

function codingOf(text: string): [string, number] {
  const [coding = '', ...parameters] = text.split(';').map((part) => part.trim());
  const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const quality = q === undefined ? 1 : Number(q);
  return [coding, Number.isFinite(quality) ? quality : 0];
}

function isTooLong(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
}
