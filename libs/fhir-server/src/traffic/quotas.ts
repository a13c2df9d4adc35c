import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { FhirError, error } from '#fhir';
import type { Limits } from '../limits.js';

export type QuotaLimits = Pick<Limits, 'requests' | 'requestSeconds' | 'attempts'>;

/** Names of the fields in https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10 */
export interface QuotaHeaders {
  'ratelimit-policy': string;
  ratelimit: string;
}

const mostKnown = 10_000;

/** How many requests a client has left, and how many failed attempts to say who one is an address has; of this process alone. */
export class Quotas {
  readonly #requests: RateLimiterMemory;
  readonly #attempts: RateLimiterMemory;
  /** Digests of credentials that were accepted lately: an address that others misuse must not lock them out. */
  readonly #known = new Set<string>();

  constructor(private readonly limits: QuotaLimits) {
    const { requests, requestSeconds: duration, attempts } = limits;
    this.#requests = new RateLimiterMemory({ points: requests, duration });
    this.#attempts = new RateLimiterMemory({ points: attempts, duration });
  }

  /** Counts a request of this client; 429 beyond its quota. */
  async count(client: string): Promise<QuotaHeaders> {
    try {
      return this.#headers(await this.#requests.consume(client));
    } catch (reason) {
      if (!(reason instanceof RateLimiterRes)) throw reason;
      const { requests, requestSeconds } = this.limits;
      const diagnostics = `A client may send ${String(requests)} requests in ${String(requestSeconds)} seconds; wait for the time in Retry-After.`;
      throw throttled(diagnostics, reason.msBeforeNext, { ...this.#headers(reason) });
    }
  }

  /** 429 for an address from which too many did not say who they are; not for credentials that were accepted lately. */
  async refuseGuesses(address: string, credentials: string | undefined): Promise<void> {
    const counted = await this.#attempts.get(address);
    if (counted === null || counted.consumedPoints < this.limits.attempts) return;
    if (this.#known.has(digestOf(credentials))) return;
    const diagnostics =
      'Too many requests without a valid token came from this address; wait for the time in Retry-After.';
    throw throttled(diagnostics, counted.msBeforeNext);
  }

  async failed(address: string, credentials: string | undefined): Promise<void> {
    this.#known.delete(digestOf(credentials));
    await this.#attempts.penalty(address);
  }

  accepted(credentials: string | undefined): void {
    const digest = digestOf(credentials);
    if (this.#known.has(digest)) return;
    if (this.#known.size >= mostKnown) this.#known.clear();
    this.#known.add(digest);
  }

  #headers({ remainingPoints, msBeforeNext }: RateLimiterRes): QuotaHeaders {
    const { requests, requestSeconds } = this.limits;
    return {
      'ratelimit-policy': `"client";q=${String(requests)};w=${String(requestSeconds)}`,
      ratelimit: `"client";r=${String(remainingPoints)};t=${seconds(msBeforeNext)}`,
    };
  }
}

function throttled(diagnostics: string, ms: number, headers: Record<string, string> = {}): FhirError {
  return new FhirError([error('throttled', diagnostics)], { headers: { ...headers, 'retry-after': seconds(ms) } });
}

function seconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1000)));
}

/** An address; of IPv6 its network of 64 bits, because whoever has one address of it has all. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const groups = [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

function digestOf(credentials = ''): string {
  return hash('sha256', credentials, 'base64');
}
