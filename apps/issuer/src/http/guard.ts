import type { FastifyReply, FastifyRequest } from 'fastify';
import { FhirError, error } from '#fhir';
import { networkOf, Quotas } from '#fhir-server';

/** What callers may ask of one process of the issuer in a minute. */
export interface IssuerLimits {
  /** Tokens of one client. */
  tokens: number;
  /** Refused requests for tokens of one address: after them it is not listened to. */
  refused: number;
  /** Requests for pages of one address. */
  pages: number;
  /** Requests that are answered at once. */
  inFlight: number;
}

export const usualIssuerLimits: IssuerLimits = { tokens: 600, refused: 300, pages: 300, inFlight: 200 };

/** Keeps one caller from taking the issuer away from the others. Keys and revocations, which services need, are not behind it. */
export class Guard {
  readonly #tokens: Quotas;
  readonly #pages: Quotas;
  #inside = 0;

  constructor(private readonly limits: IssuerLimits) {
    const { tokens, refused, pages } = limits;
    this.#tokens = new Quotas({ requests: tokens, requestSeconds: 60, attempts: refused });
    this.#pages = new Quotas({ requests: pages, requestSeconds: 60, attempts: pages });
  }

  /** 429 for an address of which too many were refused: before anything is read or checked. */
  async listen({ ip }: FastifyRequest): Promise<void> {
    await this.#tokens.refuseGuesses(networkOf(ip), undefined);
  }

  async refused({ ip }: FastifyRequest): Promise<void> {
    await this.#tokens.failed(networkOf(ip), undefined);
  }

  /** Counts a token of a client that has proven who it is, and says so in the answer; 429 beyond its quota. */
  async token(client: string, reply: FastifyReply): Promise<void> {
    void reply.headers({ ...(await this.#tokens.count(client)) });
  }

  /** Counts a step of a sign-in or a registration; 429 beyond what one address may. */
  async page({ ip }: FastifyRequest): Promise<void> {
    await this.#pages.count(networkOf(ip));
  }

  /** 503 where too many are being answered; its place is given back when the answer is out, or nobody waits for it. */
  enter({ raw }: FastifyReply): void {
    if (this.#inside >= this.limits.inFlight)
      throw new FhirError([error('transient', 'Too much comes at once just now; try again.')], {
        status: 503,
        headers: { 'retry-after': '1' },
      });
    this.#inside += 1;
    raw.once('close', () => {
      this.#inside -= 1;
    });
  }
}
