import { request as requestHttp } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { lookupPublic } from '#auth';
import { isPublicAddress } from '#fhir';

export interface FetchedKeySet {
  text: string;
  /** How long it may be kept: what Cache-Control says, an hour at most; nothing said is a minute. */
  freshMs: number;
}

export interface FetchKeySetOptions {
  /** In a sandbox a key set may also lie on this machine, over plain http. */
  loopback: boolean;
}

const longest = 64 * 1_024;
const patienceMs = 5_000;

/** Why an address is none that a key set may be fetched from; nothing when it may be. */
export function problemOfKeySetUrl(text: string, { loopback }: FetchKeySetOptions): string | undefined {
  const url = URL.parse(text);
  if (!url || text.length > 1_000) return 'The address of a key set must be an absolute URL.';
  return loopback && isLoopback(url) && url.protocol === 'http:' ? undefined : problemOfPublic(url);
}

function problemOfPublic(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    return 'The address of a key set has no user, password or fragment.';
  if (url.protocol !== 'https:') return 'The address of a key set must begin with https://.';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isPublicAddress(host)) return 'The address of a key set must be a public one.';
  return undefined;
}

/**
 * The key set at an address that a client registered: no redirects, a bound on size and time, and never from a machine that
 * the internet does not reach.
 */
export function fetchKeySet(address: string, options: FetchKeySetOptions): Promise<FetchedKeySet> {
  const problem = problemOfKeySetUrl(address, options);
  if (problem !== undefined) return Promise.reject(new Error(problem));
  const url = new URL(address);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const request: RequestOptions = {
    headers: { accept: 'application/json' },
    agent: false,
    signal: AbortSignal.timeout(patienceMs),
    ...(options.loopback && isLoopback(url) ? {} : { lookup: lookupPublic }),
  };
  return new Promise((resolve, reject) => {
    send(url, request, (answer) => {
      if (answer.statusCode !== 200) {
        answer.destroy();
        reject(new Error(`The key set was answered with status ${String(answer.statusCode)}.`));
        return;
      }
      const freshMs = freshMsIn(answer.headers['cache-control']);
      read(answer).then((text) => {
        resolve({ text, freshMs });
      }, reject);
    })
      .on('error', reject)
      .end();
  });
}

/** From what a Cache-Control header says, in milliseconds. */
export function freshMsIn(cacheControl: string | undefined): number {
  if (cacheControl === undefined) return 60_000;
  if (/\b(no-store|no-cache)\b/i.test(cacheControl)) return 0;
  const [, seconds] = /\bmax-age\s*=\s*"?(\d{1,9})/i.exec(cacheControl) ?? [];
  return seconds === undefined ? 60_000 : Math.min(Number(seconds), 3_600) * 1_000;
}

async function read(answer: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer) {
    length += part.length;
    if (length > longest) throw new Error('The key set is longer than 64 KB.');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
