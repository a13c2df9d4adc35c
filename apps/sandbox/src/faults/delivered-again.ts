import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** Of one connection, not of what is delivered. */
const ofTheConnection = ['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive', 'expect'];

/** What is sent on with a body that is delivered once more. */
export function passedHeaders(headers: IncomingHttpHeaders): [string, string][] {
  const passed = Object.entries(headers).filter(([name]) => !ofTheConnection.includes(name));
  return passed.map(([name, value]) => [name, String(value)]);
}

export async function bytesOf(payload: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of payload as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
