import { z } from 'zod';
import type { ServiceName } from '#fhir';
import { type Correlation, correlationIdHeader, requestIdHeader } from '#observability';
import { notReached } from './faults.js';

/** What stands behind the edge: the services, and the issuer of their tokens. */
export type Part = ServiceName | 'issuer';

/** Whom the edge knows; an address changes when its process is another one. */
export interface Upstreams {
  /** In the order of the table of owners. */
  services: readonly ServiceName[];
  /** http://host:port; undefined while it does not run. */
  addressOf: (part: Part) => string | undefined;
}

export interface Question {
  /** Below the services' addresses, with its query. */
  path: string;
  accept?: string | undefined;
  correlation: Correlation;
}

export interface Told {
  status: number;
  contentType: string;
  text: string;
}

const patienceMs = 5_000;

/** Asks every service the same; a service that does not answer well fails the whole, because a part would be a lie. */
export async function askAll({ services, addressOf }: Upstreams, question: Question): Promise<Told[]> {
  return Promise.all(services.map((service) => ask({ service, address: addressOf(service) }, question)));
}

async function ask(
  { service, address }: { service: ServiceName; address: string | undefined },
  { path, accept, correlation }: Question,
): Promise<Told> {
  if (address === undefined) throw notReached(service);
  const headers = {
    [requestIdHeader]: correlation.requestId,
    [correlationIdHeader]: correlation.correlationId,
    ...(accept === undefined ? {} : { accept }),
  };
  try {
    const answer = await fetch(`${address}${path}`, { headers, signal: AbortSignal.timeout(patienceMs) });
    const text = await answer.text();
    if (answer.status < 500) {
      return { status: answer.status, contentType: answer.headers.get('content-type') ?? '', text };
    }
  } catch (cause) {
    throw notReached(service, cause);
  }
  throw notReached(service);
}

const readiness = z.object({ status: z.string(), problems: z.array(z.string()).default([]) });

/** What keeps these from working now, each named; nothing when all are ready. */
export async function problemsOf(
  parts: readonly Part[],
  { addressOf }: Pick<Upstreams, 'addressOf'>,
): Promise<string[]> {
  const problems = await Promise.all(
    parts.map(async (part) => (await problemsAt(addressOf(part))).map((problem) => `${part}: ${problem}`)),
  );
  return problems.flat();
}

/** What keeps the service at this address from working now. */
export async function problemsAt(address: string | undefined): Promise<string[]> {
  if (address === undefined) return ['It does not run.'];
  try {
    const answer = await fetch(`${address}/health/ready`, { signal: AbortSignal.timeout(patienceMs) });
    const { problems } = readiness.parse(await answer.json());
    return answer.ok ? [] : problems.length > 0 ? problems : ['It is not ready.'];
  } catch {
    return ['It does not answer.'];
  }
}
