import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FhirError, error } from '#fhir';
import type { Metrics } from '#observability';
import type { Limits } from '../limits.js';
import { Gate } from './gate.js';
import { answersPreflight, originsOf } from './origins.js';
import { networkOf, Quotas } from './quotas.js';

export interface TrafficOptions {
  limits: Limits;
  /** Of the pages that may call; none unless told. */
  origins?: readonly string[];
  metrics?: Metrics;
}

const tickMs = 25;

/** What keeps one caller from taking this process away from the others. */
export class Traffic {
  readonly #limits: Limits;
  readonly #origins: ReadonlySet<string>;
  readonly #quotas: Quotas;
  readonly #gate: Gate;
  readonly #noted: (() => void) | undefined;

  constructor({ limits, origins = [], metrics }: TrafficOptions) {
    this.#limits = limits;
    this.#origins = originsOf(origins);
    this.#quotas = new Quotas(limits);
    this.#gate = new Gate(limits, () => performance.now());
    this.#noted = metrics && noting(this.#gate, metrics);
  }

  /** Measures how late the event loop is, until the server closes. */
  watch(scope: FastifyInstance): void {
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      this.#gate.tick(now - last - tickMs);
      this.#noted?.();
      last = now;
    }, tickMs);
    timer.unref();
    scope.addHook('onClose', (_scope, done) => {
      clearInterval(timer);
      done();
    });
  }

  answersPreflight(request: FastifyRequest, reply: FastifyReply): boolean {
    return answersPreflight(request, reply, this.#origins);
  }

  /** Who calls, as `authenticate` finds out; too many failures from one address are not even looked at. */
  async identify<Who>(request: FastifyRequest, authenticate: () => Promise<Who>): Promise<Who> {
    const { headers } = request;
    const ip = networkOf(request.ip);
    await this.#quotas.refuseGuesses(ip, headers.authorization);
    try {
      const caller = await authenticate();
      this.#quotas.accepted(headers.authorization);
      return caller;
    } catch (reason) {
      if (reason instanceof FhirError && reason.status === 401) await this.#quotas.failed(ip, headers.authorization);
      throw reason;
    }
  }

  /** Counts a request against its client's quota, and says so in the answer. */
  async count(client: string, reply: FastifyReply): Promise<void> {
    void reply.headers({ ...(await this.#quotas.count(client)) });
  }

  /** Refuses what would find no place. */
  knock(client: string): void {
    this.#gate.knock(client);
  }

  /** Does the work of a request once there is a place for it, and answers in time, whatever becomes of the work. */
  async answer<T>(client: string, raw: ServerResponse, work: () => T | Promise<T>): Promise<T> {
    const leave = await this.#gate.enter(client, (leaveQueue) => raw.once('close', leaveQueue));
    try {
      return await inTime(work(), this.#limits.answerMs);
    } finally {
      leave();
    }
  }
}

async function inTime<T>(answer: T | Promise<T>, ms: number): Promise<T> {
  if (!(answer instanceof Promise)) return answer;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(tooLate(ms));
    }, ms);
  });
  return Promise.race([answer, late]).finally(() => {
    clearTimeout(timer);
  });
}

function tooLate(ms: number): FhirError {
  const diagnostics = `This was not done within ${String(ms / 1000)} seconds; it may be done yet. Send it again with the same X-Request-Id.`;
  return new FhirError([error('timeout', diagnostics)], { status: 504, headers: { 'retry-after': '5' } });
}

function noting(gate: Gate, metrics: Metrics): () => void {
  const inside = metrics.gauge({ name: 'ginnel_http_in_flight', help: 'Requests that are being answered.' });
  const waiting = metrics.gauge({ name: 'ginnel_http_waiting', help: 'Requests that wait for a place.' });
  const overload = metrics.gauge({ name: 'ginnel_http_overload', help: '1 while more comes than can be done.' });
  return () => {
    inside.set(gate.inside);
    waiting.set(gate.waiting);
    overload.set(gate.isOverloaded ? 1 : 0);
  };
}
